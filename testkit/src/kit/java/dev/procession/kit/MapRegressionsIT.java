package dev.procession.kit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.MapOptions;
import dev.procession.MapResults;
import dev.procession.ProcessFuture;
import dev.procession.TaskOptions;
import dev.procession.TaskTimeoutException;
import dev.procession.WaitTimeoutException;
import dev.procession.WorkerCrashedException;
import dev.procession.WorkerStartException;
import dev.procession.testing.Doer;
import dev.procession.testing.Gate;
import dev.procession.testing.NoLeaks;
import dev.procession.testing.Occupied;
import dev.procession.testing.Tally;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What once went wrong in {@code map}. */
@NoLeaks
class MapRegressionsIT {
  @TempDir Path tmp;

  private static List<Integer> upTo(int count) {
    return IntStream.range(0, count).boxed().toList();
  }

  /** As many of them as are asked for in that time, four at least. */
  private static Iterable<Integer> upTo(int count, Duration time) {
    long until = System.nanoTime() + time.toNanos();
    return () ->
        new Iterator<>() {
          private int next;

          @Override
          public boolean hasNext() {
            return next < 4 || (next < count && System.nanoTime() - until < 0);
          }

          @Override
          public Integer next() {
            return next++;
          }
        };
  }

  private static MapOptions chunks(int size) {
    return MapOptions.builder().chunkSize(size).build();
  }

  private static TaskOptions timeout(Duration timeout) {
    return TaskOptions.builder().timeout(timeout).build();
  }

  private static <R> List<MapResults.Outcome<R>> outcomes(MapResults<R> results) {
    List<MapResults.Outcome<R>> all = new ArrayList<>();
    try (results) {
      results.outcomes().forEach(all::add);
    }
    return all;
  }

  /** Takes as long as that, or until it is interrupted. */
  private static void takeAsLongAs(long nanos) {
    long until = System.nanoTime() + nanos;
    long left;
    while ((left = until - System.nanoTime()) > 0 && !Thread.currentThread().isInterrupted()) {
      LockSupport.parkNanos(left);
    }
  }

  /**
   * An element that ended just before its deadline's interrupt was told twice: a stale outcome lay
   * in the place of a later element, one index came twice and the last one never, and the element
   * behind ran twice.
   */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  @DisplayName("elements that end at their very deadline have one outcome each and begin once")
  void elementDeadline_atItsEnd_oneOutcome(boolean ordered) {
    Tally begun = Tally.in(tmp, "begun");
    var options = MapOptions.builder().chunkSize(4).bufferSize(4).ordered(ordered).build();
    List<MapResults.Outcome<Integer>> all;
    try (var pool = Kit.pool(1, made -> made.spareWorkers(1))) {
      all =
          outcomes(
              pool.with(timeout(Duration.ofMillis(100)))
                  .map(
                      options,
                      (Integer x) -> {
                        begun.add(x);
                        // From a little before the deadline to a little after it.
                        takeAsLongAs(98_000_000 + (x * 7 % 20) * 150_000L);
                        return x;
                      },
                      upTo(400, Duration.ofSeconds(10))));
    }
    int count = all.size();
    List<String> ended = new ArrayList<>();
    assertThat(all)
        .extracting(MapResults.Outcome::index)
        .containsExactlyInAnyOrderElementsOf(LongStream.range(0, count).boxed().toList());
    for (var outcome : all) {
      if (outcome.isSuccess()) {
        assertThat(outcome.value()).isEqualTo((int) outcome.index());
        ended.add(Long.toString(outcome.index()));
      } else {
        assertThat(outcome.failure()).isInstanceOf(TaskTimeoutException.class);
      }
    }
    assertThat(begun.lines()).doesNotHaveDuplicates().containsAll(ended);
  }

  /**
   * A large result is copied in the background. What had been delivered was counted, so the element
   * that ran when the worker crashed was taken for the one before it, and ran again.
   */
  @Test
  @Needs(Ability.PROCESSES)
  @DisplayName("a crash behind a large result is the outcome of the element that ran")
  void crash_behindLargeResult_costsTheRightElement() {
    Tally begun = Tally.in(tmp, "begun");
    List<MapResults.Outcome<byte[]>> all;
    try (var pool = Kit.pool(1, options -> options.maxHeap("1g"))) {
      all =
          outcomes(
              pool.map(
                  chunks(2),
                  (Integer x) -> {
                    begun.add(x);
                    if (x == 1) {
                      Runtime.getRuntime().halt(7);
                    }
                    return new byte[100_000_000];
                  },
                  upTo(2)));
    }
    assertThat(all).hasSize(2);
    assertThat(all.get(0).value()).hasSize(100_000_000);
    assertThat(all.get(1).failure()).isInstanceOf(WorkerCrashedException.class);
    assertThat(begun.lines()).containsExactly("0", "1");
  }

  /** For the same reason the deadline of a later element of the chunk never came. */
  @Test
  @DisplayName("an element's deadline comes although a result before it was large")
  void elementDeadline_behindLargeResult_comes() {
    Gate never = Gate.in(tmp, "never");
    List<MapResults.Outcome<byte[]>> all;
    try (var pool = Kit.pool(1)) {
      all =
          outcomes(
              pool.with(timeout(Duration.ofSeconds(1)))
                  .map(
                      chunks(3),
                      (Integer x) -> {
                        if (x == 2) {
                          never.await();
                        }
                        return new byte[x == 0 ? 20 << 20 : 1];
                      },
                      upTo(3)));
    }
    assertThat(all).extracting(MapResults.Outcome::isSuccess).containsExactly(true, true, false);
    assertThat(all.get(2).failure()).isInstanceOf(TaskTimeoutException.class);
  }

  /**
   * One element of a chunk that failed as a whole had the failure, the others no outcome at all.
   */
  @Test
  @DisplayName("a chunk whose worker cannot be started fails in every element")
  void chunk_failsAsAWhole_everyElementFails() throws Exception {
    var broken =
        Kit.pool(
            1,
            options ->
                options.initializer(
                    () -> {
                      throw new IllegalStateException("no database");
                    }));
    try (var pool = broken) {
      Doer taker =
          Doer.calling(() -> outcomes(pool.map(chunks(10), (Integer x) -> x, upTo(10)))).awaitEnd();
      assertThat(taker.thrown()).isNull();
      assertThat((List<?>) taker.result())
          .hasSize(10)
          .allSatisfy(
              outcome ->
                  assertThat(((MapResults.Outcome<?>) outcome).failure())
                      .isInstanceOf(WorkerStartException.class)
                      .hasRootCauseMessage("no database"));
    } finally {
      broken.shutdownNow();
    }
  }

  /**
   * Closing a map whose iterating thread waited for room took that chunk, which was in no queue
   * yet, out of the account of the queue: somebody else's task that did wait there was lost.
   */
  @Test
  @DisplayName("close() while the map waits for room touches nobody else's tasks")
  void close_whileWaitingForRoom_othersKeepTheirPlace() throws Exception {
    try (var pool = Kit.pool(1, options -> options.maxPending(1))) {
      var options = MapOptions.builder().chunkSize(1).bufferSize(1).build();
      var results = pool.map(options, (Integer x) -> x, upTo(2));
      Iterator<Integer> all = results.iterator();
      assertThat(all.next()).isZero();
      ProcessFuture<Integer> queued;
      Doer iterating;
      try (var occupied = Occupied.worker(pool, tmp)) {
        queued = pool.submit(() -> 5);
        iterating = Doer.calling(all::hasNext).awaitWaiting();
        results.close();
        assertThat(iterating.awaitEnd().thrown()).isNull();
      }
      assertThat(queued.result(Duration.ofSeconds(20))).isEqualTo(5);
      assertThat(pool.submit(() -> 6).result(Duration.ofSeconds(20))).isEqualTo(6);
      assertThat(pool.snapshot().pending()).isZero();
      assertThat(all.hasNext()).isFalse();
    }
  }

  /**
   * The ring of the parent's bell could be lost between two results of a chunk, and the second then
   * lay unread for as long as the third element took.
   */
  @Test
  @DisplayName("each element's outcome comes as soon as it is there, not with the next one's")
  void chunk_resultOfFirstElements_comesWhileNextRuns() {
    for (int round = 0; round < 4; round++) {
      Gate begun = Gate.in(tmp, "begun" + round);
      Gate go = Gate.in(tmp, "go" + round);
      try (var pool = Kit.pool(1);
          var results =
              pool.map(
                  chunks(3),
                  (Integer x) -> {
                    if (x == 2) {
                      begun.open();
                      go.await();
                    }
                    return new byte[x == 1 ? 40_000 : 1];
                  },
                  upTo(3))) {
        Iterator<byte[]> all = results.iterator();
        assertThat(all.next()).hasSize(1);
        begun.await();
        long since = System.nanoTime();
        assertThat(all.next()).hasSize(40_000);
        assertThat(Duration.ofNanos(System.nanoTime() - since)).isLessThan(Duration.ofSeconds(2));
        go.open();
        assertThat(all.next()).hasSize(1);
      }
    }
  }

  private static final class NoMoreInput extends Error {
    private static final long serialVersionUID = 1;
  }

  /** What had been read into a chunk before its input threw an Error was lost. */
  @Test
  @DisplayName("an Error of the inputs comes after the results of the inputs before it")
  void inputs_throwError_afterResults() {
    Iterator<Integer> inputs =
        new Iterator<>() {
          private int next;

          @Override
          public boolean hasNext() {
            return true;
          }

          @Override
          public Integer next() {
            if (next == 2) {
              throw new NoMoreInput();
            }
            return next++;
          }
        };
    try (var pool = Kit.pool(1);
        var results = pool.map(chunks(4), (Integer x) -> x, () -> inputs)) {
      Iterator<Integer> all = results.iterator();
      assertThat(all.next()).isZero();
      assertThat(all.next()).isEqualTo(1);
      assertThatThrownBy(all::next).isInstanceOf(NoMoreInput.class);
      assertThat(all.hasNext()).isFalse();
    }
  }

  /** While a map waited for room in a full pool, nobody watched its deadline. */
  @Test
  @DisplayName("the map's deadline comes also while it waits for room")
  void deadline_whileWaitingForRoom_comes() throws Exception {
    try (var pool = Kit.pool(1, options -> options.maxPending(1));
        var occupied = Occupied.worker(pool, tmp)) {
      var queued = pool.submit(() -> 5);
      var options = MapOptions.builder().chunkSize(1).timeout(Duration.ofMillis(300)).build();
      Doer taker =
          Doer.calling(
              () -> {
                try (var results = pool.map(options, (Integer x) -> x, upTo(3))) {
                  return results.iterator().next();
                }
              });
      assertThat(taker.awaitEnd().thrown()).isInstanceOf(WaitTimeoutException.class);
      occupied.go().open();
      assertThat(queued.get(20, TimeUnit.SECONDS)).isEqualTo(5);
    }
  }
}
