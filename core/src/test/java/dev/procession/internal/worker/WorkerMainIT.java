package dev.procession.internal.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.VoidTask;
import dev.procession.internal.codec.CallCodec;
import dev.procession.internal.codec.ForySerializer;
import dev.procession.internal.codec.LambdaTable;
import dev.procession.internal.codec.ValueCodec;
import dev.procession.internal.wire.LaunchConfig;
import dev.procession.internal.wire.Region;
import dev.procession.internal.wire.SharedDirectory;
import dev.procession.testing.NoLeaks;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A worker process without a parent. */
@NoLeaks
class WorkerMainIT {
  @TempDir private Path tmp;

  private static byte[] endless() throws Exception {
    ClassLoader loader = WorkerMainIT.class.getClassLoader();
    ForySerializer serializer = new ForySerializer();
    ValueCodec values = new ValueCodec(serializer, loader);
    CallCodec calls = new CallCodec(serializer, values, LambdaTable::definition);
    VoidTask initializer =
        () -> {
          while (true) {
            LockSupport.park();
          }
        };
    return calls.encodeStandalone(initializer);
  }

  @Test
  @DisplayName(
      "a parent that is gone before its worker can connect leaves none, whatever that does")
  void parentGone_initializerHangs_ends() throws Exception {
    try (SharedDirectory directory = SharedDirectory.create(List.of(tmp))) {
      Region unused = directory.make("w1.region", Region::create);
      LaunchConfig config =
          new LaunchConfig(
              1,
              "gone",
              new byte[LaunchConfig.SECRET_BYTES],
              "unix:" + tmp.resolve("nobody"),
              directory.paths(),
              "w1.region",
              "token",
              ForySerializer.class.getName(),
              0,
              true,
              false,
              0,
              false,
              endless());
      Path launch = tmp.resolve("w1.launch");
      config.write(launch);
      Process worker =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-cp",
                  System.getProperty("java.class.path"),
                  WorkerMain.class.getName(),
                  launch.toString())
              .redirectErrorStream(true)
              .redirectOutput(tmp.resolve("output").toFile())
              .start();
      try {
        assertThat(worker.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(worker.exitValue()).isNotZero();
      } finally {
        worker.destroyForcibly().waitFor();
      }
    }
  }
}
