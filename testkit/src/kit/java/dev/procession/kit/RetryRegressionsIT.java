package dev.procession.kit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.ProcessFuture;
import dev.procession.TaskOptions;
import dev.procession.testing.Gate;
import dev.procession.testing.NoLeaks;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What once went wrong with another attempt. */
@NoLeaks
@Needs(Ability.PROCESSES)
class RetryRegressionsIT {
  @TempDir Path tmp;

  /**
   * Placing a task for another attempt on the workers in turn could start a successor for one at
   * its task limit, which changed the list under the loop and broke the pool.
   */
  @Test
  @DisplayName("a retry with maxTasksPerWorker(1) and more work waiting does not break the pool")
  void retry_workersAtTheirLimit_poolLives() throws Exception {
    Gate crashed = Gate.in(tmp, "crashed");
    var options = TaskOptions.builder().retries(1).build();
    try (var pool = Kit.pool(2, made -> made.maxTasksPerWorker(1))) {
      var retried =
          pool.with(options)
              .submit(
                  () -> {
                    if (!crashed.isOpen()) {
                      crashed.open();
                      Runtime.getRuntime().halt(3);
                    }
                    return 1;
                  });
      List<ProcessFuture<Integer>> others = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        int value = i;
        others.add(pool.submit(() -> value));
      }
      assertThat(retried.result(Duration.ofSeconds(40))).isEqualTo(1);
      for (int i = 0; i < others.size(); i++) {
        assertThat(others.get(i).result(Duration.ofSeconds(40))).isEqualTo(i);
      }
    }
  }
}
