package dev.procession.benchmarks.fuzz;

import dev.procession.internal.wire.LaunchConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;

/** A worker reads its launch file. */
final class LaunchConfigTarget implements Target {
  private final Path directory = Files.createTempDirectory("fuzz-launch-");
  private final Path file = directory.resolve("launch");
  private final byte[] valid;

  LaunchConfigTarget() throws IOException {
    new LaunchConfig(
            3,
            "fuzzed",
            new byte[LaunchConfig.SECRET_BYTES],
            "unix:/nowhere/s",
            List.of(Path.of("/nowhere/one"), Path.of("/nowhere/two")),
            "w3.region",
            "0123456789abcdef",
            "dev.procession.internal.codec.ForySerializer",
            17,
            true,
            true,
            1 << 20,
            true,
            new byte[100])
        .write(file);
    valid = Files.readAllBytes(file);
  }

  @Override
  public String name() {
    return "launch file";
  }

  /** Each text may have 64 KiB, in bytes and in characters. */
  @Override
  public long allocationLimit() {
    return 2 << 20;
  }

  @Override
  public void feed(SplittableRandom random, Tally tally) throws IOException {
    Files.write(file, Mutator.mutate(valid, random));
    tally.reading();
    try {
      LaunchConfig config = LaunchConfig.take(file);
      if (config.secret().length != LaunchConfig.SECRET_BYTES) {
        throw new AssertionError("a secret of " + config.secret().length);
      }
      tally.accepted();
    } catch (IOException e) {
      tally.rejected();
    }
    if (Files.exists(file)) {
      throw new AssertionError("the launch file is left");
    }
  }

  @Override
  public void close() throws IOException {
    Files.deleteIfExists(file);
    Files.delete(directory);
  }
}
