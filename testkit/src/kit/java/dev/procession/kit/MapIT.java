package dev.procession.kit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.MapOptions;
import dev.procession.MapResults;
import dev.procession.TaskFailedException;
import dev.procession.TaskNotSerializableException;
import dev.procession.TaskOptions;
import dev.procession.TaskTimeoutException;
import dev.procession.WaitTimeoutException;
import dev.procession.WorkerCrashedException;
import dev.procession.testing.Doer;
import dev.procession.testing.Gate;
import dev.procession.testing.NoLeaks;
import dev.procession.testing.Tally;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code map}, section 8 of the specification. */
@NoLeaks
class MapIT {
  @TempDir Path tmp;

  private static List<Integer> upTo(int count) {
    return IntStream.range(0, count).boxed().toList();
  }

  private static MapOptions chunks(int size) {
    return MapOptions.builder().chunkSize(size).build();
  }

  private static <R> List<R> take(MapResults<R> results) {
    List<R> all = new ArrayList<>();
    try (results) {
      results.forEach(all::add);
    }
    return all;
  }

  /** Counts how far it was read; endless. */
  private static final class Counted implements Iterable<Integer> {
    final AtomicInteger read = new AtomicInteger();

    @Override
    public Iterator<Integer> iterator() {
      return new Iterator<>() {
        @Override
        public boolean hasNext() {
          return true;
        }

        @Override
        public Integer next() {
          return read.getAndIncrement();
        }
      };
    }
  }

  /** Writes down that an element was begun, for who counts afterwards. */
  private static void evidence(String file, int element) throws IOException {
    Files.writeString(
        Path.of(file), element + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  private static int waitFor(Gate gate) {
    gate.await();
    return 1;
  }

  @Test
  @DisplayName("M1, M5, M16: results in input order, none at all for no input")
  void map_ordered_inputOrder() {
    try (var pool = Kit.pool(2)) {
      assertThat(take(pool.map((Integer x) -> x * x, List.<Integer>of()))).isEmpty();
      assertThat(take(pool.map((Integer x) -> x + 1, upTo(5_000))))
          .isEqualTo(IntStream.rangeClosed(1, 5_000).boxed().toList());
      for (int size : new int[] {1, 7, 5_000, 100_000}) {
        assertThat(take(pool.map(chunks(size), (Integer x) -> x + 1, upTo(1_000)))).hasSize(1_000);
      }
    }
  }

  @Test
  @DisplayName("M29: unordered gives every result once")
  void map_unordered_everyResultOnce() {
    try (var pool = Kit.pool(2)) {
      var options = MapOptions.builder().ordered(false).build();
      assertThat(take(pool.map(options, (Integer x) -> x, upTo(2_000))))
          .containsExactlyInAnyOrderElementsOf(upTo(2_000));
    }
  }

  @Test
  @DisplayName("M2, M18, M19: an endless input is read a bounded number ahead")
  void map_endless_boundedLookAhead() {
    Counted inputs = new Counted();
    try (var pool = Kit.pool(2)) {
      var options = MapOptions.builder().chunkSize(1).bufferSize(5).build();
      try (var results = pool.map(options, (Integer x) -> x, inputs)) {
        assertThat(inputs.read.get()).isEqualTo(5);
        Iterator<Integer> all = results.iterator();
        for (int i = 0; i < 1_000; i++) {
          assertThat(all.next()).isEqualTo(i);
          assertThat(inputs.read.get()).isLessThanOrEqualTo(i + 6);
        }
      }
    }
  }

  @Test
  @DisplayName("M7, M20, M21, M22: an element's exception comes at its place, the others go on")
  void map_oneFails_othersGoOn() {
    try (var pool = Kit.pool(1)) {
      try (var results =
          pool.map(chunks(3), (Integer divisor) -> 30 / divisor, List.of(2, 0, 3, 5))) {
        Iterator<Integer> all = results.iterator();
        assertThat(all.next()).isEqualTo(15);
        assertThatThrownBy(all::next).isInstanceOf(ArithmeticException.class);
        assertThat(all.next()).isEqualTo(10);
        assertThat(all.next()).isEqualTo(6);
        assertThat(all.hasNext()).isFalse();
        assertThatThrownBy(all::next).isInstanceOf(NoSuchElementException.class);
      }
    }
  }

  @Test
  @DisplayName("outcomes() gives failures as values, with the index of the input")
  void map_outcomes_failuresAsValues() {
    try (var pool = Kit.pool(1);
        var results = pool.map(chunks(2), (Integer divisor) -> 30 / divisor, List.of(1, 0, 2))) {
      List<MapResults.Outcome<Integer>> all = new ArrayList<>();
      results.outcomes().forEach(all::add);
      assertThat(all).extracting(MapResults.Outcome::index).containsExactly(0L, 1L, 2L);
      assertThat(all).extracting(MapResults.Outcome::isSuccess).containsExactly(true, false, true);
      assertThat(all.get(1).failure()).isInstanceOf(ArithmeticException.class);
    }
  }

  @Test
  @DisplayName("a checked exception arrives in a TaskFailedException that names the element")
  void map_checkedException_wrapped() {
    try (var pool = Kit.pool(1);
        var results =
            pool.map(
                (Integer x) -> {
                  throw new IOException("no " + x);
                },
                List.of(7))) {
      assertThatThrownBy(() -> results.iterator().next())
          .isInstanceOf(TaskFailedException.class)
          .hasRootCauseMessage("no 7");
    }
  }

  @Test
  @Needs(Ability.PROCESSES)
  @DisplayName("B2, M22: an element that ends its JVM costs itself; the others run exactly once")
  void map_crash_costsOneElement() throws Exception {
    String file = tmp.resolve("begun").toString();
    try (var pool = Kit.pool(1)) {
      List<MapResults.Outcome<Integer>> all = new ArrayList<>();
      try (var results =
          pool.map(
              chunks(10),
              (Integer x) -> {
                evidence(file, x);
                if (x == 4 || x == 13) {
                  Runtime.getRuntime().halt(9);
                }
                return x;
              },
              upTo(20))) {
        results.outcomes().forEach(all::add);
      }
      assertThat(all).hasSize(20);
      for (var outcome : all) {
        if (outcome.index() == 4 || outcome.index() == 13) {
          assertThat(outcome.failure()).isInstanceOf(WorkerCrashedException.class);
        } else {
          assertThat(outcome.value()).isEqualTo((int) outcome.index());
        }
      }
    }
    var counts =
        Files.readAllLines(Path.of(file)).stream()
            .collect(Collectors.groupingBy(Integer::valueOf, Collectors.counting()));
    assertThat(counts).hasSize(20).allSatisfy((element, times) -> assertThat(times).isEqualTo(1));
  }

  @Test
  @DisplayName("a task's deadline is that of each element of a chunk")
  void map_elementDeadline_costsOneElement() {
    try (var pool = Kit.pool(1)) {
      var options = TaskOptions.builder().timeout(Duration.ofMillis(300)).build();
      List<MapResults.Outcome<Integer>> all = new ArrayList<>();
      try (var results =
          pool.with(options)
              .map(
                  chunks(6),
                  (Integer x) -> {
                    if (x == 2) {
                      Thread.sleep(60_000);
                    }
                    return x;
                  },
                  upTo(6))) {
        results.outcomes().forEach(all::add);
      }
      assertThat(all)
          .extracting(MapResults.Outcome::isSuccess)
          .containsExactly(true, true, false, true, true, true);
      assertThat(all.get(2).failure()).isInstanceOf(TaskTimeoutException.class);
    }
  }

  @Test
  @DisplayName("M9, M10, M24: the map's deadline ends the iteration and names what is unfinished")
  void map_deadline_endsIteration() {
    Gate never = Gate.in(tmp, "never");
    try (var pool = Kit.pool(1)) {
      var options = MapOptions.builder().chunkSize(1).timeout(Duration.ofMillis(200)).build();
      var results = pool.map(options, MapIT::waitFor, List.of(never, never, never));
      Iterator<Integer> all = results.iterator();
      assertThatThrownBy(all::next)
          .isInstanceOf(WaitTimeoutException.class)
          .hasMessageContaining("3 of 3");
      assertThat(all.hasNext()).isFalse();
      assertThatThrownBy(all::next).isInstanceOf(NoSuchElementException.class);
    }
  }

  @Test
  @DisplayName("M12, M25: close() cancels what is left, stops what runs, and the pool lives on")
  void map_close_cancels() throws Exception {
    Gate never = Gate.in(tmp, "never");
    try (var pool = Kit.pool(1)) {
      var results = pool.map(chunks(1), MapIT::waitFor, Collections.nCopies(3, never));
      results.close();
      results.close();
      assertThat(results.iterator().hasNext()).isFalse();
      assertThat(pool.submit(() -> 5).result()).isEqualTo(5);
    }
  }

  @Test
  @DisplayName("M25: close() by another thread wakes a waiting next()")
  void map_closedByOther_wakes() throws Exception {
    Gate never = Gate.in(tmp, "never");
    try (var pool = Kit.pool(1)) {
      var results = pool.map(chunks(1), MapIT::waitFor, List.of(never));
      Doer taker = Doer.calling(() -> results.iterator().next()).awaitWaiting();
      results.close();
      taker.awaitEnd();
      assertThat(taker.thrown())
          .isInstanceOfAny(NoSuchElementException.class, CancellationException.class);
    }
  }

  @Test
  @DisplayName("M4: what the inputs throw comes after the results of the inputs before")
  void map_inputsThrow_afterResults() {
    Iterable<Integer> inputs =
        () ->
            new Iterator<>() {
              private int next;

              @Override
              public boolean hasNext() {
                return true;
              }

              @Override
              public Integer next() {
                if (next == 3) {
                  throw new IllegalStateException("input broke");
                }
                return next++;
              }
            };
    try (var pool = Kit.pool(1);
        var results = pool.map((Integer x) -> x, inputs)) {
      Iterator<Integer> all = results.iterator();
      for (int i = 0; i < 3; i++) {
        assertThat(all.next()).isEqualTo(i);
      }
      assertThatThrownBy(all::next).hasMessage("input broke");
      assertThat(all.hasNext()).isFalse();
    }
  }

  @Test
  @DisplayName("an input that cannot cross fails at its place only")
  void map_inputCannotCross_failsAlone() {
    List<Object> inputs = List.of("a", new Thread("x"), "c");
    try (var pool = Kit.pool(1);
        var results = pool.map((Object x) -> x.toString(), inputs)) {
      Iterator<String> all = results.iterator();
      assertThat(all.next()).isEqualTo("a");
      assertThatThrownBy(all::next)
          .isInstanceOf(TaskNotSerializableException.class)
          .hasMessageContaining("java.lang.Thread");
      assertThat(all.next()).isEqualTo("c");
    }
  }

  @Test
  @DisplayName("M13, M27: after shutdown the results read ahead come first, then the refusal")
  void map_shutdownDuringIteration_bufferFirst() {
    var pool = Kit.pool(1);
    var options = MapOptions.builder().chunkSize(1).bufferSize(4).build();
    var results = pool.map(options, (Integer x) -> x, new Counted());
    pool.shutdown();
    Iterator<Integer> all = results.iterator();
    for (int i = 0; i < 4; i++) {
      assertThat(all.next()).isEqualTo(i);
    }
    assertThatThrownBy(all::next).isInstanceOf(RejectedExecutionException.class);
    pool.close();
    assertThatThrownBy(() -> pool.map((Integer x) -> x, List.of(1)))
        .isInstanceOf(RejectedExecutionException.class);
  }

  @Test
  @DisplayName("M15, M19: nonsense sizes are refused with the option's name")
  void map_badSizes_refused() {
    assertThatThrownBy(() -> chunks(0)).hasMessageContaining("chunkSize").hasMessageContaining("0");
    assertThatThrownBy(() -> MapOptions.builder().bufferSize(-1))
        .hasMessageContaining("bufferSize");
  }

  @Test
  @Needs(Ability.PROCESSES)
  @DisplayName("T4: with maxTasksPerWorker each element counts")
  void map_maxTasksPerWorker_elementsCount() {
    try (var pool = Kit.pool(1, options -> options.maxTasksPerWorker(4))) {
      List<Long> pids = take(pool.map(chunks(10), (Integer x) -> Kit.pid(), upTo(12)));
      assertThat(pids).hasSize(12);
      assertThat(pids.stream().distinct().count()).isEqualTo(3);
      for (int i = 0; i < 12; i += 4) {
        assertThat(pids.subList(i, i + 4).stream().distinct()).hasSize(1);
      }
    }
  }

  @Test
  @DisplayName("an interrupted next() may be called again")
  void map_interrupted_goesOn() throws Exception {
    Gate go = Gate.in(tmp, "go");
    try (var pool = Kit.pool(1);
        var results = pool.map(chunks(1), MapIT::waitFor, List.of(go))) {
      Doer taker = Doer.calling(() -> results.iterator().next()).awaitWaiting();
      taker.interrupt();
      assertThat(taker.awaitEnd().thrown()).isInstanceOf(CancellationException.class);
      assertThat(taker.interruptedAtEnd()).isTrue();
      go.open();
      assertThat(results.iterator().next()).isEqualTo(1);
    }
  }

  /* ---- What runs when, and for how long ---- */

  @Test
  @DisplayName("M3: what was read ahead is run, whether or not anybody iterates")
  void map_notIterated_runs() {
    Tally ran = Tally.in(tmp, "ran");
    try (var pool = Kit.pool(1);
        var results =
            pool.map(
                chunks(2),
                (Integer x) -> {
                  ran.add(x);
                  return x;
                },
                upTo(5))) {
      Awaitility.await().until(() -> ran.lines().size() == 5);
      assertThat(ran.lines()).containsExactly("0", "1", "2", "3", "4");
      assertThat(results).containsExactly(0, 1, 2, 3, 4);
    }
  }

  @Test
  @Needs(Ability.PROCESSES)
  @DisplayName("M6: elements run concurrently: two that wait for one another both end")
  void map_elementsMeet_concurrent() {
    Gate first = Gate.in(tmp, "first");
    Gate second = Gate.in(tmp, "second");
    try (var pool = Kit.pool(2)) {
      assertThat(
              take(
                  pool.map(
                      chunks(1),
                      (Boolean isFirst) -> {
                        (isFirst ? first : second).open();
                        (isFirst ? second : first).await();
                        return Kit.pid();
                      },
                      List.of(true, false))))
          .doesNotHaveDuplicates();
    }
  }

  @Test
  @Needs(Ability.PROCESSES)
  @DisplayName("M14: chunkSize cuts the inputs into runs, each in one worker, the last one shorter")
  void map_chunkSize_runsOfThatLength() {
    Gate otherBegun = Gate.in(tmp, "other-begun");
    try (var pool = Kit.pool(2)) {
      List<Long> pids =
          take(
              pool.map(
                  chunks(3),
                  (Integer x) -> {
                    if (x == 3) {
                      otherBegun.open();
                    }
                    otherBegun.await();
                    return Kit.pid();
                  },
                  upTo(8)));
      assertThat(pids).hasSize(8);
      assertThat(pids.subList(0, 3).stream().distinct()).hasSize(1);
      assertThat(pids.subList(3, 6).stream().distinct()).hasSize(1).doesNotContain(pids.get(0));
      assertThat(pids.get(6)).isEqualTo(pids.get(7));
    }
  }

  @Test
  @Needs(Ability.PROCESSES)
  @DisplayName("M11: unlike Python's, the map's deadline also stops the element that runs")
  void map_deadline_stopsWhatRuns() throws Exception {
    Gate begun = Gate.in(tmp, "begun");
    try (var pool = Kit.pool(1)) {
      var options = MapOptions.builder().chunkSize(1).timeout(Duration.ofSeconds(2)).build();
      try (var results =
          pool.map(
              options,
              (Integer x) -> {
                begun.open();
                while (true) {
                  Thread.onSpinWait();
                }
              },
              upTo(1))) {
        begun.await();
        assertThatThrownBy(() -> results.iterator().next())
            .isInstanceOf(WaitTimeoutException.class)
            .hasMessageContaining("deadline of 2 s");
        assertThat(pool.submit(() -> 5).result()).isEqualTo(5);
      }
    }
  }

  private static int timeIsUpFor(int x) throws TimeoutException {
    switch (x) {
      case 1 -> throw new TimeoutException("the task's own");
      case 2 -> throw new WaitTimeoutException("the task's own too", null);
      default -> {
        return x;
      }
    }
  }

  @Test
  @DisplayName("M23: a TimeoutException of the function is an ordinary failure, deadline or not")
  void map_functionTimesOut_goesOn() {
    try (var pool = Kit.pool(1)) {
      for (MapOptions options :
          List.of(
              chunks(2), MapOptions.builder().chunkSize(2).timeout(Duration.ofHours(1)).build())) {
        try (var results = pool.map(options, MapIT::timeIsUpFor, upTo(4))) {
          Iterator<Integer> all = results.iterator();
          assertThat(all.next()).isZero();
          assertThatThrownBy(all::next)
              .isInstanceOf(TaskFailedException.class)
              .hasCauseExactlyInstanceOf(TimeoutException.class)
              .hasRootCauseMessage("the task's own");
          assertThatThrownBy(all::next).hasMessage("the task's own too");
          assertThat(all.next()).isEqualTo(3);
          assertThat(all.hasNext()).isFalse();
        }
      }
    }
  }

  @Test
  @DisplayName("M26: a failure closes nothing: what was read ahead runs on until close()")
  void map_oneFails_notClosed() {
    Tally ran = Tally.in(tmp, "ran");
    Gate go = Gate.in(tmp, "go");
    try (var pool = Kit.pool(1);
        var results =
            pool.map(
                chunks(1),
                (Integer x) -> {
                  if (x == 0) {
                    throw new IllegalStateException("first");
                  }
                  go.await();
                  ran.add(x);
                  return x;
                },
                upTo(3))) {
      assertThatThrownBy(() -> results.iterator().next()).hasMessage("first");
      go.open();
      Awaitility.await().until(() -> ran.lines().size() == 2);
    }
  }

  @Test
  @DisplayName("M28: a result that was given is not kept by an iteration that goes on")
  void map_given_notKept() {
    for (boolean ordered : new boolean[] {true, false}) {
      var options = MapOptions.builder().chunkSize(1).bufferSize(3).ordered(ordered).build();
      try (var pool = Kit.pool(1);
          var results = pool.map(options, (Integer x) -> new byte[1 << 16], new Counted())) {
        Iterator<byte[]> all = results.iterator();
        WeakReference<Object> given = new WeakReference<>(all.next());
        Awaitility.await()
            .untilAsserted(
                () -> {
                  System.gc();
                  assertThat(given.get()).isNull();
                });
        assertThat(all.next()).hasSize(1 << 16);
      }
    }
  }

  @Test
  @DisplayName("stream() gives the same results lazily")
  void map_stream_lazy() {
    try (var pool = Kit.pool(2);
        var stream = pool.map((Integer x) -> x * 2, new Counted()).stream()) {
      assertThat(stream.limit(5)).containsExactly(0, 2, 4, 6, 8);
    }
  }
}
