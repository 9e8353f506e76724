package dev.procession.cluster.internal.code;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CodeTest {
  @TempDir Path tmp;
  private CodeStore here;
  private CodeStore there;

  @BeforeEach
  void stores() throws IOException {
    here = CodeStore.in(Files.createDirectory(tmp.resolve("here")));
    there = CodeStore.in(Files.createDirectory(tmp.resolve("there")));
  }

  private Path classes(String text) throws IOException {
    Path classes = Files.createDirectories(tmp.resolve("classes/a/b")).getParent().getParent();
    Files.writeString(classes.resolve("a/b/C.class"), text);
    Files.writeString(classes.resolve("x.properties"), "x");
    return classes;
  }

  @Test
  @DisplayName("a directory is a jar of what is in it, the same one for the same content")
  void packed() throws IOException {
    CodePath first = CodePath.of(List.of(classes("1")), here);
    CodePath again = CodePath.of(List.of(classes("1")), here);
    CodePath other = CodePath.of(List.of(classes("2")), here);
    assertThat(first.files()).hasSize(1).isEqualTo(again.files()).isNotEqualTo(other.files());
    Path jar = first.file(first.files().get(0).hash());
    try (ZipFile zip = new ZipFile(jar.toFile())) {
      assertThat(zip.stream().map(entry -> entry.getName()))
          .containsExactlyInAnyOrder("a/b/C.class", "x.properties");
    }
  }

  @Test
  @DisplayName("entries that are not there, are empty or are Procession's own are left out")
  void leftOut() throws IOException {
    Path own =
        Path.of(CodePath.class.getProtectionDomain().getCodeSource().getLocation().getPath());
    CodePath path =
        CodePath.of(
            List.of(tmp.resolve("missing"), Files.createDirectory(tmp.resolve("none")), own), here);
    assertThat(path.files()).isEmpty();
    assertThat(path.file("ab")).isNull();
  }

  @Test
  @DisplayName("a jar arrives in pieces, and is in the store when it is whole")
  void incoming() throws IOException {
    Path jar = Files.write(tmp.resolve("a.jar"), "0123456789".getBytes());
    CodeFile file = CodePath.of(List.of(jar), here).files().get(0);
    assertThat(there.find(file)).isNull();
    CodeStore.Incoming incoming = there.incoming(file);
    assertThat(incoming.add("01234".getBytes())).isFalse();
    assertThat(there.find(file)).isNull();
    assertThat(incoming.add("56789".getBytes())).isTrue();
    assertThat(there.find(file)).hasBinaryContent("0123456789".getBytes());
  }

  @Test
  @DisplayName("what is not the announced content never gets into the store")
  void incoming_wrong() throws IOException {
    Path jar = Files.write(tmp.resolve("a.jar"), "0123456789".getBytes());
    CodeFile file = CodePath.of(List.of(jar), here).files().get(0);
    CodeStore.Incoming wrong = there.incoming(file);
    assertThatThrownBy(() -> wrong.add("9876543210".getBytes()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("not what its hash says");
    CodeStore.Incoming longer = there.incoming(file);
    assertThatThrownBy(() -> longer.add(new byte[11])).isInstanceOf(IOException.class);
    wrong.discard();
    longer.discard();
    assertThat(tmp.resolve("there")).isEmptyDirectory();
    for (String name : Arrays.asList("../../x", "", "AB")) {
      assertThatThrownBy(() -> there.find(new CodeFile(name, 1, "x")))
          .isInstanceOf(IOException.class);
    }
  }
}
