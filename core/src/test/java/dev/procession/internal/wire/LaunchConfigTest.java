package dev.procession.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LaunchConfigTest {
  @TempDir private Path folder;
  private Path file;

  private final LaunchConfig config =
      new LaunchConfig(
          7,
          "pool with ünïcode and 'quotes'",
          new byte[LaunchConfig.SECRET_BYTES],
          "unix:/dev/shm/procession-1/s",
          List.of(Path.of("/dev/shm/procession-1"), Path.of("/tmp/with space/procession-2")),
          "w7.region",
          "cafe",
          "dev.procession.internal.codec.ForySerializer",
          17,
          true,
          true,
          48 << 20,
          true,
          new byte[100_000]);

  @BeforeEach
  void write() throws IOException {
    file = folder.resolve("w7.launch");
    Arrays.fill(config.secret(), (byte) -7);
    Arrays.fill(config.initializer(), (byte) 9);
    config.write(file);
  }

  @Test
  void take_readsWhatWasWrittenAndDeletesTheFile() throws IOException {
    LaunchConfig read = LaunchConfig.take(file);
    assertThat(read).usingRecursiveComparison().isEqualTo(config);
    assertThat(file).doesNotExist();
    assertThatThrownBy(() -> LaunchConfig.take(file)).isInstanceOf(FileNotFoundException.class);
  }

  @Test
  void take_withoutAnInitializer_givesEmptyBytes() throws IOException {
    LaunchConfig none =
        new LaunchConfig(
            1,
            "p",
            config.secret(),
            "tcp:1@127.0.0.1",
            List.of(),
            "r",
            "t",
            "s",
            0,
            false,
            false,
            0,
            false,
            new byte[0]);
    none.write(file);
    assertThat(LaunchConfig.take(file).initializer()).isEmpty();
  }

  @Test
  void take_ofAnotherVersion_namesBothAndDeletesTheFile() throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    bytes[3] = 99;
    Files.write(file, bytes);
    assertThatThrownBy(() -> LaunchConfig.take(file))
        .isInstanceOf(WireException.class)
        .hasMessageContaining("version 99")
        .hasMessageContaining("this worker " + RegionLayout.VERSION);
    assertThat(file).doesNotExist();
  }

  @Test
  void take_ofAFileCutOffAnywhere_throwsAndDeletesIt() throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    for (int length = 0; length < bytes.length; length += 1 + length / 8) {
      Files.write(file, Arrays.copyOf(bytes, length));
      assertThatThrownBy(() -> LaunchConfig.take(file))
          .as("%d bytes", length)
          .isInstanceOf(EOFException.class);
      assertThat(file).doesNotExist();
    }
  }

  /** Found by fuzzing: an InvalidPathException, or an IllegalArgumentException of readNBytes. */
  @Test
  void take_withAPathOrALengthThatCannotBe_throwsAndDeletesTheFile() throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    byte[] path = bytes.clone();
    path[indexOf(path, "/dev/shm/procession-1", 2)] = 0;
    byte[] length = bytes.clone();
    length[length.length - config.initializer().length - Integer.BYTES] = -1;
    for (byte[] damaged : List.of(path, length)) {
      Files.write(file, damaged);
      assertThatThrownBy(() -> LaunchConfig.take(file))
          .isInstanceOf(WireException.class)
          .hasMessageContaining("damaged");
      assertThat(file).doesNotExist();
    }
  }

  private static int indexOf(byte[] bytes, String text, int occurrence) {
    String all = new String(bytes, StandardCharsets.ISO_8859_1);
    int at = -1;
    for (int i = 0; i < occurrence; i++) {
      at = all.indexOf(text, at + 1);
    }
    return at;
  }
}
