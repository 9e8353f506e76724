package dev.procession;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class ReplacementIT {

  /**
   * The only worker died with a task waiting behind it. While its last output was read it still
   * counted as a worker to wait for, and nothing asked again afterwards: the task waited for ever.
   */
  @Test
  @DisplayName("The next task runs in a fresh worker when the only one has died")
  void onlyWorkerDies() throws Exception {
    try (var pool = ProcessPoolExecutor.create(1)) {
      ProcessFuture<Void> halted = pool.submit(() -> Runtime.getRuntime().halt(7));
      ProcessFuture<String> next = pool.submit(() -> "runs");

      assertThat(halted.exception(Duration.ofSeconds(30)))
          .get()
          .isInstanceOfSatisfying(
              WorkerCrashedException.class,
              crash -> assertThat(crash.report().exitCode()).hasValue(7));
      assertThat(next.result(Duration.ofSeconds(30))).isEqualTo("runs");
    }
  }
}
