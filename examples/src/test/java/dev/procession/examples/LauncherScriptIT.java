package dev.procession.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * The script in the root, in a project of its own with a Maven that only says that it was called.
 */
@DisabledOnOs(OS.WINDOWS)
class LauncherScriptIT {
  /** More names than a pipe holds. */
  private static final int SOURCES = 2_000;

  @TempDir private Path root;

  private void file(String name) throws IOException {
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, "");
  }

  /**
   * After a pull with many changes the script ended without a word: the first name was enough for
   * it, and the search that went on to write others was killed.
   */
  @Test
  void demo_whereManySourcesAreNewer_builds() throws Exception {
    Path script = Files.copy(Pages.root().resolve("procession"), root.resolve("procession"));
    for (String name :
        List.of(
            "examples/target/procession-examples.jar",
            "examples/target/procession.stamp",
            "pom.xml",
            "core/pom.xml",
            "examples/pom.xml",
            "examples/src/main/A.java")) {
      file(name);
    }
    Files.setLastModifiedTime(
        root.resolve("examples/target/procession.stamp"), FileTime.from(Instant.EPOCH));
    String folder = "core/src/main/java/" + "a-long-name/".repeat(15);
    for (int i = 0; i < SOURCES; i++) {
      file(folder + "Source" + i + ".java");
    }
    Path bin = Files.createDirectory(root.resolve("bin"));
    Path maven = Files.writeString(bin.resolve("mvn"), "#!/bin/sh\necho built; exit 3\n");
    Files.setPosixFilePermissions(maven, PosixFilePermissions.fromString("rwx------"));
    ProcessBuilder builder = new ProcessBuilder("bash", script.toString(), "demo");
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().merge("PATH", bin.toString(), (path, first) -> first + ":" + path);
    Path output = root.resolve("output");
    Process process = builder.redirectErrorStream(true).redirectOutput(output.toFile()).start();
    try {
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    assertThat(output).content().contains("building examples").contains("built");
    assertThat(output).content().contains("the build failed; its own words are above");
    assertThat(process.exitValue()).isEqualTo(1);
  }
}
