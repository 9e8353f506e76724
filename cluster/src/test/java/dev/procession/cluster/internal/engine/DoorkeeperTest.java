package dev.procession.cluster.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.cluster.internal.security.PasswordHash;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.ignite.plugin.security.SecurityCredentials;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DoorkeeperTest {
  @TempDir Path tmp;
  private Path file;

  @BeforeEach
  void write() throws IOException {
    file = tmp.resolve("node.properties");
    write("alice", "submit", "secret");
  }

  private void write(String name, String role, String password) throws IOException {
    Files.writeString(file, "users." + name + "=" + role + " " + PasswordHash.of(password) + "\n");
  }

  private String refusal(boolean client, String claimed, String name, Object password)
      throws IOException {
    return Doorkeeper.refusal(
        file, client, claimed, new SecurityCredentials(name, (String) password));
  }

  @Test
  @DisplayName("a user with its password is let in as what it may be, and nobody else")
  void refusal_saysWhy() throws Exception {
    assertThat(refusal(true, "alice", "alice", "secret")).isNull();
    assertThat(refusal(true, "alice", "alice", "Secret")).isEqualTo("its password is another");
    assertThat(refusal(true, "alice", "alice", null)).isEqualTo("its password is another");
    assertThat(refusal(true, "carol", "carol", "secret")).isEqualTo("there is no such user");
    assertThat(refusal(true, "bob", "alice", "secret")).isEqualTo("it goes by another name");
    assertThat(refusal(false, "alice", "alice", "secret")).contains("wants to be a member");
    assertThat(Doorkeeper.refusal(file, true, "alice", null)).contains("no such user");
    write("alice", "member", "secret");
    assertThat(refusal(false, "alice", "alice", "secret")).isNull();
  }

  @Test
  @DisplayName("the file is read for each that comes; nobody is let in while it cannot be read")
  void file_isReadAnew() throws Exception {
    write("bob", "submit", "other");
    assertThat(refusal(true, "alice", "alice", "secret")).isEqualTo("there is no such user");
    assertThat(refusal(true, "bob", "bob", "other")).isNull();
    Files.writeString(file, "users.bob=owner x\n");
    assertThat(refusal(true, "bob", "bob", "other")).contains("cannot be read");
    Files.delete(file);
    assertThat(refusal(true, "bob", "bob", "other")).contains("cannot be read");
  }
}
