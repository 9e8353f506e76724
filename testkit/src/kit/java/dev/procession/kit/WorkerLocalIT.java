package dev.procession.kit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.MapOptions;
import dev.procession.TaskFailedException;
import dev.procession.WorkerLocal;
import dev.procession.testing.Gate;
import dev.procession.testing.NoLeaks;
import dev.procession.testing.Tally;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Values of which each worker has its own. */
@NoLeaks
class WorkerLocalIT {
  @TempDir Path tmp;

  private static final WorkerLocal<StringBuilder> BUILDER = WorkerLocal.of(StringBuilder::new);

  /** Writes down that it was made and closed, and by which process. */
  private record Handle(Tally tally, String name) implements AutoCloseable {
    static Handle open(Tally tally, String name) {
      tally.add("open " + name + " " + Kit.pid());
      return new Handle(tally, name);
    }

    @Override
    public void close() {
      tally.add("close " + name + " " + Kit.pid());
    }
  }

  @Test
  @DisplayName("one in a static field has one value for all tasks of a worker")
  void staticField() throws Exception {
    try (var pool = Kit.pool(1)) {
      for (int i = 1; i <= 5; i++) {
        int length = i;
        assertThat(pool.submit(() -> BUILDER.get().append('x').length()).result())
            .isEqualTo(length);
      }
    }
  }

  @Test
  @Needs(Ability.PROCESSES)
  @DisplayName("one that tasks capture is made once a worker, and closed at the end of each")
  void captured() throws Exception {
    Tally tally = Tally.in(tmp, "tally");
    WorkerLocal<Handle> local = WorkerLocal.of(() -> Handle.open(tally, "a"));
    Set<Long> pids = new HashSet<>();
    try (var pool = Kit.pool(2, options -> options.minWorkers(2));
        var used =
            pool.map(
                MapOptions.builder().chunkSize(1).build(),
                i -> {
                  Thread.sleep(5);
                  return local.get().name().equals("a") ? Kit.pid() : 0L;
                },
                IntStream.range(0, 200).boxed().toList())) {
      used.forEach(pids::add);
    }
    assertThat(pids).doesNotContain(0L);
    assertThat(tally.lines())
        .containsExactlyInAnyOrderElementsOf(
            pids.stream()
                .flatMap(pid -> List.of("open a " + pid, "close a " + pid).stream())
                .toList());
  }

  @Test
  @Needs(Ability.PROCESSES)
  @DisplayName("values are closed by their closer, the last made first, and a failure stops none")
  void closers() throws Exception {
    Tally tally = Tally.in(tmp, "tally");
    WorkerLocal<String> first = WorkerLocal.of(() -> "first", tally::add);
    WorkerLocal<String> second =
        WorkerLocal.of(
            () -> "second",
            value -> {
              throw new IOException("cannot be closed");
            });
    WorkerLocal<String> third = WorkerLocal.of(() -> "third", tally::add);
    List<String> output = new CopyOnWriteArrayList<>();
    try (var pool =
        Kit.pool(1, options -> options.outputListener(line -> output.add(line.text())))) {
      assertThat(pool.submit(() -> first.get() + second.get() + third.get()).result())
          .isEqualTo("firstsecondthird");
    }
    assertThat(tally.lines()).containsExactly("third", "first");
    assertThat(output)
        .anyMatch(line -> line.contains("could not be closed") && line.contains("IOException"));
  }

  @Test
  @Needs(Ability.PROCESSES)
  @DisplayName("a closer that hangs has 5 seconds, and then the worker is killed")
  void hangingCloser() throws Exception {
    Gate closing = Gate.in(tmp, "closing");
    WorkerLocal<String> local =
        WorkerLocal.of(
            () -> "value",
            value -> {
              closing.open();
              Thread.sleep(600_000);
            });
    long pid;
    try (var pool = Kit.pool(1)) {
      pid = pool.submit(() -> local.get().length() + Kit.pid()).result() - 5;
    } // NoLeaks has 60 seconds for it
    assertThat(closing.isOpen()).isTrue();
    assertThat(ProcessHandle.of(pid)).isEmpty();
  }

  @Test
  @DisplayName("a worker that retires after its tasks, or because it was idle, closes its values")
  void retired() throws Exception {
    Tally tally = Tally.in(tmp, "tally");
    WorkerLocal<Handle> local = WorkerLocal.of(() -> Handle.open(tally, "r"));
    try (var pool = Kit.pool(1, options -> options.maxTasksPerWorker(1))) {
      pool.submit(() -> local.get().name()).result();
      Awaitility.await().until(() -> tally.lines().size() == 2);
    }
    try (var pool = Kit.pool(1, options -> options.idleTimeout(Duration.ofMillis(100)))) {
      pool.submit(() -> local.get().name()).result();
      Awaitility.await().until(() -> tally.lines().size() == 4);
    }
    assertThat(tally.lines().get(3)).isEqualTo(tally.lines().get(2).replace("open", "close"));
  }

  @Test
  @DisplayName("a supplier's failure is the task's, and the next task has it try again")
  void failingSupplier() throws Exception {
    Gate mended = Gate.in(tmp, "mended");
    WorkerLocal<String> local =
        WorkerLocal.of(
            () -> {
              if (!mended.isOpen()) {
                throw new IOException("no connection");
              }
              return "connected";
            });
    WorkerLocal<String> unchecked =
        WorkerLocal.of(
            () -> {
              throw new UnsupportedOperationException("never");
            });
    try (var pool = Kit.pool(1)) {
      assertThatThrownBy(() -> pool.submit(() -> local.get()).result())
          .isInstanceOf(TaskFailedException.class)
          .hasMessageContaining("no connection")
          .hasCauseInstanceOf(IOException.class);
      assertThatThrownBy(() -> pool.submit(() -> unchecked.get()).result())
          .isInstanceOf(UnsupportedOperationException.class);
      mended.open();
      assertThat(pool.submit(() -> local.get()).result()).isEqualTo("connected");
    }
  }

  private static final WorkerLocal<String> OF_ITSELF = WorkerLocal.of(WorkerLocalIT::ofItself);

  private static String ofItself() {
    return OF_ITSELF.get();
  }

  @Test
  @DisplayName("a supplier that asks for its own value is told so")
  void recursive() throws Exception {
    try (var pool = Kit.pool(1)) {
      assertThatThrownBy(() -> pool.submit(() -> OF_ITSELF.get()).result())
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("asks for the value that it is to make");
    }
  }

  @Test
  @Needs(Ability.PROCESSES)
  @DisplayName("threads of a task that ask at the same time get one value")
  void threads() throws Exception {
    Tally tally = Tally.in(tmp, "tally");
    WorkerLocal<Handle> local = WorkerLocal.of(() -> Handle.open(tally, "t"));
    try (var pool = Kit.pool(1)) {
      long distinct =
          pool.submit(
                  () ->
                      IntStream.range(0, 64)
                          .parallel()
                          .mapToObj(i -> System.identityHashCode(local.get()))
                          .distinct()
                          .count())
              .result();
      assertThat(distinct).isEqualTo(1);
    }
    assertThat(tally.lines()).hasSize(2);
  }

  @Test
  @DisplayName("null is a value too, and arguments are checked")
  void nulls() throws Exception {
    Tally tally = Tally.in(tmp, "tally");
    WorkerLocal<Object> local =
        WorkerLocal.of(
            () -> {
              tally.add("made");
              return null;
            });
    try (var pool = Kit.pool(1)) {
      assertThat(pool.submit(() -> local.get()).result()).isNull();
      assertThat(pool.submit(() -> local.get()).result()).isNull();
    }
    assertThat(tally.lines()).containsExactly("made");
    assertThatThrownBy(() -> WorkerLocal.of(null))
        .isInstanceOf(NullPointerException.class)
        .hasMessage("supplier");
    assertThatThrownBy(() -> WorkerLocal.of(() -> 1, null))
        .isInstanceOf(NullPointerException.class)
        .hasMessage("closer");
  }

  @Test
  @DisplayName("in a process that is no worker there is one value a process")
  void inTheParent() {
    WorkerLocal<StringBuilder> local = WorkerLocal.of(StringBuilder::new);
    assertThat(local.get()).isSameAs(local.get());
    assertThat(local.get()).isNotSameAs(WorkerLocal.of(StringBuilder::new).get());
  }
}
