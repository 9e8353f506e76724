package dev.procession.cluster.internal.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class KeyMakerTest {
  @TempDir Path directory;

  @Test
  @DisplayName("files can be read by their owner only, and no user's password opens the authority")
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "it has no such permissions")
  void secretsAreKept() throws Exception {
    SecurityFile alice = SecurityFile.read(KeyMaker.in(directory).addUser("alice"));
    alice.check(/* member= */ false);
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files)
          .extracting(path -> path.getFileName().toString())
          .containsExactlyInAnyOrder(
              "ca.p12",
              "ca.properties",
              "trust.p12",
              "node.p12",
              "node.properties",
              "alice.p12",
              "alice.properties");
    }
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
            .as("%s", file)
            .isEqualTo("rw-------");
      }
    }
    for (SecurityFile.Store own : List.of(alice.keyStore(), alice.trustStore())) {
      char[] password = own.password().toCharArray();
      assertThat(KeyStore.getInstance(own.file().toFile(), password).size()).isEqualTo(1);
      assertThatThrownBy(() -> KeyStore.getInstance(directory.resolve("ca.p12").toFile(), password))
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  @DisplayName("what was there is kept: a second user, what an attempt left out, others' stores")
  void again_makesWhatIsMissing() throws Exception {
    KeyMaker.in(directory).addUser("alice");
    Path nodes = directory.resolve("node.properties");
    Files.writeString(nodes, Files.readString(nodes) + "# a word of ours\n");
    KeyMaker.in(directory).addUser("bob");
    assertThat(SecurityFile.readUsers(nodes)).containsOnlyKeys("alice", "bob", "node");
    assertThat(Files.readString(nodes)).contains("# a word of ours");
    assertThatThrownBy(() -> KeyMaker.in(directory).addUser("bob"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("there is a user 'bob' already");
    // As if it had been stopped before the end.
    Files.delete(directory.resolve("bob.properties"));
    KeyMaker.in(directory).addUser("bob");
    Files.delete(nodes);
    KeyMaker.in(directory);
    SecurityFile made = SecurityFile.read(nodes);
    made.check(/* member= */ true);
    assertThat(made.users()).containsOnlyKeys("node");
    // A node's directory has no authority: its stores are not to be replaced.
    Files.delete(directory.resolve("ca.properties"));
    byte[] before = Files.readAllBytes(directory.resolve("trust.p12"));
    assertThatThrownBy(() -> KeyMaker.in(directory))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("is there without ca.properties");
    assertThat(directory.resolve("trust.p12")).hasBinaryContent(before);
  }

  @Test
  @DisplayName("a name that is none, or is taken by a file of the cluster's own, is refused")
  void nonsense_isRefused() throws Exception {
    KeyMaker keys = KeyMaker.in(directory);
    for (String name : List.of("", "a b", "../a", "node", "ca", "trust", "x".repeat(65))) {
      assertThatThrownBy(() -> keys.addUser(name))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("a user's name has letters");
    }
  }
}
