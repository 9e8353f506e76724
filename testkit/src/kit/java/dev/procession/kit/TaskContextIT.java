package dev.procession.kit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.TaskContext;
import dev.procession.TaskOptions;
import dev.procession.TaskProgress;
import dev.procession.TaskStory;
import dev.procession.VoidTask;
import dev.procession.WorkerCrashedException;
import dev.procession.testing.Gate;
import dev.procession.testing.NoLeaks;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a task learns and says of itself while it runs. */
@NoLeaks
class TaskContextIT {
  @TempDir Path tmp;

  private record Facts(long id, String name, int attempt, Instant deadline) {
    static Facts now() {
      TaskContext context = TaskContext.current();
      return new Facts(
          context.id(),
          context.name(),
          context.attempt(),
          context.deadline().orElse(Instant.EPOCH));
    }
  }

  @Test
  @DisplayName("a task learns its id, name and deadline as the parent knows them")
  void facts() throws Exception {
    try (var pool = Kit.pool(1)) {
      var options = TaskOptions.builder().name("page 7").timeout(Duration.ofMinutes(5)).build();
      var future = pool.with(options).submit(Facts::now);
      Facts facts = future.result();
      TaskStory story = future.info();
      assertThat(facts.id()).isEqualTo(story.id());
      assertThat(facts.name()).isEqualTo("page 7");
      assertThat(facts.attempt()).isEqualTo(1);
      Instant deadline = story.started().orElseThrow().plus(Duration.ofMinutes(5));
      assertThat(Duration.between(facts.deadline(), deadline).abs())
          .isLessThan(Duration.ofSeconds(30));

      var other = pool.submit(Facts::now);
      assertThat(other.result().id()).isEqualTo(other.info().id());
      assertThat(other.result().name()).isEqualTo(other.info().name());
      assertThat(other.result().deadline()).isEqualTo(Instant.EPOCH);
    }
  }

  @Test
  @Needs(Ability.PROCESSES)
  @DisplayName("the attempt after a crash knows that it is the second")
  void secondAttempt() throws Exception {
    try (var pool = Kit.pool(1)) {
      var twice = pool.with(TaskOptions.builder().retries(1).build());
      int attempt =
          twice
              .submit(
                  () -> {
                    int now = TaskContext.current().attempt();
                    TaskContext.current().report(now, 2);
                    if (now == 1) {
                      Runtime.getRuntime().halt(3);
                    }
                    return now;
                  })
              .result();
      assertThat(attempt).isEqualTo(2);
    }
  }

  @Test
  @DisplayName("a name that is longer than a worker's buffer arrives")
  void longName() throws Exception {
    try (var pool = Kit.pool(1)) {
      String name = "n".repeat(9_000);
      var options = TaskOptions.builder().name(name).build();
      assertThat(pool.with(options).submit(() -> TaskContext.current().name()).result())
          .isEqualTo(name);
    }
  }

  @Test
  @DisplayName("a thread that a task makes works for that task, and for no later one")
  void threadsOfTheTask() throws Exception {
    try (var pool = Kit.pool(1)) {
      Gate next = Gate.in(tmp, "next");
      Gate told = Gate.in(tmp, "told");
      var first =
          pool.submit(
              () -> {
                long[] id = new long[1];
                Thread asks = new Thread(() -> id[0] = TaskContext.current().id());
                asks.start();
                asks.join();
                Thread late =
                    new Thread(
                        () -> {
                          next.awaitUninterruptibly();
                          TaskContext context = TaskContext.current();
                          context.report(1, 1, "of a task that is over");
                          if (context.id() == id[0] && !context.isCancelled()) {
                            told.open();
                          }
                        });
                late.setDaemon(true);
                late.start();
                return id[0];
              });
      assertThat(first.result()).isEqualTo(first.info().id());
      var second =
          pool.submit(
              () -> {
                next.open();
                told.await();
              });
      second.result();
      assertThat(first.info().progress()).isEmpty();
      assertThat(second.info().progress()).isEmpty();
    }
  }

  @Test
  @DisplayName("what was not asked before the task's end is not known afterwards")
  void askedTooLate() throws Exception {
    try (var pool = Kit.pool(1)) {
      Gate next = Gate.in(tmp, "next");
      Gate refused = Gate.in(tmp, "refused");
      pool.submit(
              () -> {
                Thread late =
                    new Thread(
                        () -> {
                          next.awaitUninterruptibly();
                          try {
                            TaskContext.current().name();
                          } catch (IllegalStateException e) {
                            refused.open();
                          }
                        });
                late.setDaemon(true);
                late.start();
              })
          .result();
      pool.submit(
              () -> {
                next.open();
                refused.await();
              })
          .result();
    }
  }

  @Test
  @DisplayName("there is none outside a task: in the parent, in an initializer")
  void none() throws Exception {
    assertThat(TaskContext.currentIfAny()).isEmpty();
    assertThatThrownBy(TaskContext::current)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("works for no task");
    VoidTask initializer =
        () -> {
          if (TaskContext.currentIfAny().isPresent()) {
            throw new AssertionError("an initializer is no task");
          }
        };
    try (var pool = Kit.pool(1, options -> options.initializer(initializer))) {
      assertThat(pool.submit(() -> TaskContext.currentIfAny().isPresent()).result()).isTrue();
    }
  }

  @ParameterizedTest
  @CsvSource({"true", "false"})
  @DisplayName("a task that is cancelled, or whose deadline passes, sees that it is to stop")
  void stopped(boolean cancelled) throws Exception {
    try (var pool = Kit.pool(1, options -> options.killGrace(Duration.ofSeconds(40)))) {
      Gate begun = Gate.in(tmp, "begun");
      Gate seen = Gate.in(tmp, "seen");
      var options =
          TaskOptions.builder()
              .timeout(cancelled ? Duration.ofMinutes(5) : Duration.ofMillis(500))
              .build();
      var future =
          pool.with(options)
              .submit(
                  () -> {
                    TaskContext context = TaskContext.current();
                    boolean atFirst = context.isCancelled();
                    begun.open();
                    while (!context.isCancelled()) {
                      Thread.onSpinWait();
                    }
                    if (!atFirst) {
                      seen.open();
                    }
                  });
      begun.await();
      if (cancelled) {
        assertThat(future.cancel(true)).isTrue();
      }
      seen.await();
      Awaitility.await().until(future::isDone); // the worker may know a moment before
      assertThat(future.isCancelled()).isEqualTo(cancelled);
    }
  }

  /* ---- Progress ---- */

  @Test
  @DisplayName("a report arrives while the task runs, and its last one is there when it is done")
  void progress() throws Exception {
    try (var pool = Kit.pool(1)) {
      Gate go = Gate.in(tmp, "go");
      var future =
          pool.submit(
              () -> {
                TaskContext context = TaskContext.current();
                context.report(1, 3, "first");
                go.await();
                context.report(2, 3, "second");
                context.report(3, 3, "third");
                return "done";
              });
      List<TaskProgress> seen = new CopyOnWriteArrayList<>();
      future.addProgressListener(seen::add);
      Awaitility.await().until(() -> !seen.isEmpty());
      assertThat(seen.get(0).message()).isEqualTo("first");
      assertThat(seen.get(0).fraction()).hasValue(1.0 / 3);
      assertThat(future.info().progress().orElseThrow().done()).isEqualTo(1);
      assertThat(future.isDone()).isFalse();
      go.open();
      future.result();
      TaskProgress last = future.info().progress().orElseThrow();
      assertThat(last.message()).isEqualTo("third");
      assertThat(last.fraction()).hasValue(1);
      Awaitility.await().until(() -> seen.get(seen.size() - 1).equals(last));
      assertThat(seen).isSortedAccordingTo((one, next) -> Long.compare(one.done(), next.done()));
      List<TaskProgress> late = new CopyOnWriteArrayList<>();
      future.addProgressListener(late::add);
      Awaitility.await().until(() -> late.equals(List.of(last)));
    }
  }

  @Test
  @DisplayName("a million reports cost the parent few messages, and done callbacks come after them")
  void manyReports() throws Exception {
    try (var pool = Kit.pool(1)) {
      Gate go = Gate.in(tmp, "go");
      var future =
          pool.submit(
              () -> {
                go.await();
                TaskContext context = TaskContext.current();
                for (int i = 0; i <= 1_000_000; i++) {
                  context.report(i, 1_000_000);
                }
              });
      List<Object> told = new CopyOnWriteArrayList<>();
      future.addProgressListener(told::add);
      future.addProgressListener(
          progress -> {
            throw new IllegalStateException("a listener's own failure stops nothing");
          });
      future.addDoneCallback(told::add);
      go.open();
      future.result();
      Awaitility.await().until(() -> told.contains(future));
      assertThat(told.get(told.size() - 1)).isSameAs(future);
      assertThat(told.get(told.size() - 2))
          .isEqualTo(future.info().progress().orElseThrow())
          .extracting("done")
          .isEqualTo(1_000_000L);
      long seconds = future.info().runTime().orElseThrow().toSeconds() + 1;
      assertThat((long) told.size()).isLessThan(30 * seconds);
    }
  }

  @Test
  @Needs(Ability.PROCESSES)
  @DisplayName("a task that fails or crashes leaves its last word")
  void lastWord() throws Exception {
    try (var pool = Kit.pool(1)) {
      var fails =
          pool.submit(
              () -> {
                TaskContext.current().report(7, TaskProgress.UNKNOWN, "page 7");
                throw new IllegalStateException("bad page");
              });
      assertThat(fails.exception()).isPresent();
      assertThat(fails.info().progress().orElseThrow().message()).isEqualTo("page 7");
      assertThat(fails.info().progress().orElseThrow().fraction()).isEmpty();

      Gate go = Gate.in(tmp, "go");
      var crashes =
          pool.submit(
              () -> {
                TaskContext.current().report(8, 9, "page 8");
                go.await();
                Runtime.getRuntime().halt(3);
              });
      Awaitility.await().until(() -> crashes.info().progress().isPresent());
      go.open();
      assertThat(crashes.exception().orElseThrow()).isInstanceOf(WorkerCrashedException.class);
      assertThat(crashes.info().progress().orElseThrow().message()).isEqualTo("page 8");
    }
  }

  @Test
  @DisplayName("nonsense is refused where it is reported, and a long message is cut")
  void badReports() throws Exception {
    try (var pool = Kit.pool(1)) {
      assertThatThrownBy(() -> pool.submit(() -> TaskContext.current().report(-1, 5)).result())
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("done must be at least 0, was -1");
      assertThatThrownBy(() -> pool.submit(() -> TaskContext.current().report(1, -2)).result())
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("total must be at least 0, or -1");
      var future = pool.submit(() -> TaskContext.current().report(1, 2, "m".repeat(5_000)));
      future.result();
      assertThat(future.info().progress().orElseThrow().message())
          .isEqualTo("m".repeat(TaskProgress.MAX_MESSAGE));
    }
  }

  @Test
  @DisplayName("in a map the context is that of the chunk, and reports go nowhere")
  void inMap() throws Exception {
    try (var pool = Kit.pool(1);
        var ids =
            pool.map(
                i -> {
                  TaskContext.current().report(i, 100);
                  return TaskContext.current().id() > 0 && TaskContext.current().attempt() == 1;
                },
                IntStream.range(0, 100).boxed().toList())) {
      assertThat(ids.stream()).hasSize(100).allMatch(known -> known);
    }
  }
}
