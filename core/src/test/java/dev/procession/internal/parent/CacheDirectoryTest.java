package dev.procession.internal.parent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class CacheDirectoryTest {
  @TempDir Path tmp;

  private @Nullable String before;

  @BeforeEach
  void remember() {
    before = System.getProperty(CacheDirectory.PROPERTY);
  }

  @AfterEach
  void restore() {
    if (before == null) {
      System.clearProperty(CacheDirectory.PROPERTY);
    } else {
      System.setProperty(CacheDirectory.PROPERTY, before);
    }
  }

  @Test
  @DisplayName("it is made where the property says")
  void property_isFollowed() {
    Path there = tmp.resolve("caches").resolve("ours");
    System.setProperty(CacheDirectory.PROPERTY, there.toString());
    assertThat(CacheDirectory.get()).isEqualTo(there).isDirectory();
  }

  @Test
  @DisplayName("none, and no failure, where it cannot be made: a home that is read-only")
  void unmakeable_none() throws IOException {
    Path file = Files.createFile(tmp.resolve("file"));
    System.setProperty(CacheDirectory.PROPERTY, file.resolve("ours").toString());
    assertThat(CacheDirectory.get()).isNull();
    System.setProperty(CacheDirectory.PROPERTY, "");
    assertThat(CacheDirectory.get()).isNull();
  }

  @Test
  @DisplayName("none where others may write: workers run what lies there")
  @DisabledOnOs(OS.WINDOWS)
  void writableByOthers_none() throws IOException {
    Path open = Files.createDirectory(tmp.resolve("open"));
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
    System.setProperty(CacheDirectory.PROPERTY, open.toString());
    assertThat(CacheDirectory.get()).isNull();
  }
}
