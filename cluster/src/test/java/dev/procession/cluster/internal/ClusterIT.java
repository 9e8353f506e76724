package dev.procession.cluster.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.ExitReason;
import dev.procession.MapResults;
import dev.procession.ProcessFuture;
import dev.procession.TaskOptions;
import dev.procession.TaskTimeoutException;
import dev.procession.WorkerCrashedException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A pool over members whose network is in memory. */
class ClusterIT {
  @Test
  @DisplayName("a task runs on a member and gives its result")
  void submit_one() throws Exception {
    try (TestCluster cluster = new TestCluster()) {
      cluster.member("a", 1);
      try (var pool = cluster.submitter("s")) {
        assertThat(pool.submit(() -> 6 * 7).result()).isEqualTo(42);
        long here = ProcessHandle.current().pid();
        assertThat(pool.submit(() -> ProcessHandle.current().pid()).result()).isNotEqualTo(here);
      }
    }
  }

  @Test
  @DisplayName("many short tasks on two members, and a map")
  void submit_many() throws Exception {
    try (TestCluster cluster = new TestCluster()) {
      cluster.member("a", 1);
      cluster.member("b", 1);
      try (var pool = cluster.submitter("s")) {
        List<ProcessFuture<Integer>> futures = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
          int number = i;
          futures.add(pool.submit(() -> number + 1));
        }
        long sum = 0;
        for (ProcessFuture<Integer> future : futures) {
          sum += future.result();
        }
        assertThat(sum).isEqualTo(200_010_000L);
        try (MapResults<Integer> results =
            pool.map(value -> value * 2, IntStream.range(0, 50_000).boxed().toList())) {
          int next = 0;
          for (int value : results) {
            assertThat(value).isEqualTo(2 * next++);
          }
          assertThat(next).isEqualTo(50_000);
        }
      }
    }
  }

  @Test
  @DisplayName("a crash, an exception and a deadline cost their task and say what happened")
  void failures() throws Exception {
    try (TestCluster cluster = new TestCluster()) {
      cluster.member("a", 2);
      try (var pool = cluster.submitter("s")) {
        assertThatThrownBy(
                () ->
                    pool.submit(
                            () -> {
                              Runtime.getRuntime().halt(3);
                              return 0;
                            })
                        .result())
            .isInstanceOfSatisfying(
                WorkerCrashedException.class,
                crash -> assertThat(crash.report().reason()).isEqualTo(ExitReason.EXIT_CALLED));
        assertThatThrownBy(() -> pool.submit(() -> Integer.parseInt("x")).result())
            .isInstanceOf(NumberFormatException.class);
        assertThatThrownBy(
                () ->
                    pool.with(TaskOptions.builder().timeout(Duration.ofMillis(200)).build())
                        .submit(
                            () -> {
                              while (true) {
                                Thread.onSpinWait();
                              }
                            })
                        .result())
            .isInstanceOf(TaskTimeoutException.class);
        assertThat(pool.submit(() -> 1).result()).isEqualTo(1);
      }
    }
  }
}
