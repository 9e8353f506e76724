package dev.procession.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.ProcessFuture;
import dev.procession.TaskOptions;
import dev.procession.testing.Gate;
import dev.procession.testing.Tally;
import dev.procession.testing.Workers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * Two tasks, one on each of two nodes, of which one is to be lost: its task begins anew, and finds
 * out whether the attempts before it are alive.
 *
 * @param begun has the process of each attempt
 * @param alive whether those of the first two were, when the third began
 * @param go lets the one that was not lost end
 */
record Bereaved(Tally begun, Tally alive, Gate go, List<ProcessFuture<Integer>> futures) {
  private static final long PAUSE_NANOS = 5_000_000;

  static Bereaved submit(ClusterPool pool, Path directory) {
    Bereaved tasks =
        new Bereaved(
            Tally.in(directory, "begun"),
            Tally.in(directory, "alive"),
            Gate.in(directory, "go"),
            new ArrayList<>());
    Tally begun = tasks.begun;
    Tally alive = tasks.alive;
    Gate go = tasks.go;
    for (int i = 0; i < 2; i++) {
      tasks.futures.add(
          pool.with(TaskOptions.builder().retries(1).build())
              .submit(() -> attempt(begun, alive, go)));
    }
    return tasks;
  }

  private static int attempt(Tally begun, Tally alive, Gate go) {
    begun.addPid();
    if (begun.lines().size() == 3) {
      for (String pid : begun.lines().subList(0, 2)) {
        alive.add(!Workers.isGone(Long.parseLong(pid)));
      }
      return 2;
    }
    while (!go.isOpen()) {
      LockSupport.parkNanos(
          PAUSE_NANOS); // goes on if it is interrupted, and leaves processors free
    }
    return 1;
  }

  /** Whether both run. */
  boolean areRunning() {
    return begun.lines().size() == 2 && futures.stream().allMatch(ProcessFuture::isRunning);
  }

  /** Lets both end: one began twice, and not before the worker of its first attempt was gone. */
  void assertEndedBeforeAgain() throws InterruptedException {
    go.open(); // the worker of the other node is free now, and stays
    assertThat(futures.get(0).result() + futures.get(1).result()).isEqualTo(3);
    assertThat(alive.lines()).containsExactlyInAnyOrder("true", "false");
  }
}
