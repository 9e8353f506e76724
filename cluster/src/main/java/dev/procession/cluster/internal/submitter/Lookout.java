package dev.procession.cluster.internal.submitter;

import dev.procession.CrashReport;
import dev.procession.PoolSnapshot;
import dev.procession.WorkerSnapshot;
import dev.procession.cluster.internal.link.Frame;
import dev.procession.cluster.internal.submitter.WorkerNumbers.Place;
import dev.procession.internal.view.ViewProtocol;
import dev.procession.internal.view.ViewProtocol.Answer;
import dev.procession.observe.UnreachablePoolException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.IntToLongFunction;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is to be seen of the workers of all members, who are asked for it. Any thread may use it;
 * what asks waits, and so must not be called under the backend's lock or on the link's thread.
 */
final class Lookout {
  private static final Logger LOG = LoggerFactory.getLogger(Lookout.class);

  /** Who has not answered until then is left out where all are asked. */
  private static final Duration PATIENCE_WITH_ALL = Duration.ofSeconds(1);

  /** A member itself waits for five seconds for a worker to answer. */
  static final Duration PATIENCE_WITH_ONE = Duration.ofSeconds(6);

  private final Supplier<List<Attachment>> members;
  private final Questions questions = new Questions();
  private final WorkerNumbers numbers = new WorkerNumbers();
  private long restarts; // guarded by this; of members that are gone

  /**
   * An answer.
   *
   * @param member whose it is
   */
  record Said<T>(Attachment member, T value) {}

  /**
   * With nobody to ask yet.
   *
   * @param members tells who takes tasks at present
   */
  Lookout(Supplier<List<Attachment>> members) {
    this.members = members;
  }

  /* ---- From members ---- */

  void answered(Attachment by, Frame.Answer answer) {
    questions.answered(by, answer);
  }

  /** A member answers nothing more. */
  void lost(Attachment member) {
    questions.lost(member);
    synchronized (this) {
      restarts += member.restarts;
      member.restarts = 0;
    }
  }

  /** A worker of a member as one of this pool. */
  WorkerSnapshot ours(Attachment member, WorkerSnapshot worker) {
    return new WorkerSnapshot(
        numberOf(member, worker.number()),
        worker.pid(),
        worker.state(),
        worker.spare(),
        worker.currentTaskOrNull(),
        worker.currentTaskId(),
        worker.currentTaskFor(),
        worker.tasksDone(),
        worker.tasksFailed(),
        worker.prefetched(),
        worker.rssBytes(),
        worker.cpuTime(),
        worker.age(),
        worker.vitalsOrNull(),
        member.peer.name());
  }

  private static boolean isWhole(WorkerSnapshot worker) {
    return Stream.of(worker.state(), worker.currentTaskFor(), worker.cpuTime(), worker.age())
        .allMatch(Objects::nonNull);
  }

  /** The report of a worker of a member as of one of this pool. */
  CrashReport ours(String pool, Attachment member, CrashReport report) {
    return new CrashReport(
        pool,
        numberOf(member, report.worker()),
        report.pid(),
        report.reason(),
        report.exitCodeOrNull(),
        report.signalOrNull(),
        report.taskNameOrNull(),
        report.ranFor(),
        report.outputTail(),
        report.fatalErrorLogOrNull(),
        report.threadDumpOrNull(),
        report.peakMemoryBytes(),
        report.detailOrNull(),
        member.peer.name());
  }

  /** The number in this pool of a worker of a member. */
  int numberOf(Attachment member, int worker) {
    return numbers.of(member, worker);
  }

  /* ---- Asking ---- */

  /** The workers of all members that answer in time. */
  List<WorkerSnapshot> workers() {
    List<WorkerSnapshot> workers = new ArrayList<>();
    for (Said<PoolSnapshot> said : askAll(ViewProtocol.SNAPSHOT, member -> 0, PoolSnapshot.class)) {
      said.member.restarts = said.value.restarts();
      for (Object one : said.value.workers()) { // what has come is untrusted
        if (one instanceof WorkerSnapshot worker && isWhole(worker)) {
          workers.add(ours(said.member, worker));
        }
      }
    }
    return workers;
  }

  /** Workers that members have replaced, as far as {@link #workers} has heard. */
  long restarts() {
    // Not within the monitor: who is lost is told under the lock that this takes.
    List<Attachment> present = members.get();
    synchronized (this) {
      return restarts + present.stream().mapToLong(member -> member.restarts).sum();
    }
  }

  /**
   * What members answer to a question, as far as they do in time.
   *
   * @param argument of the question for each
   */
  <T> List<Said<T>> askAll(byte question, ToLongFunction<Attachment> argument, Class<T> type) {
    Map<Attachment, CompletableFuture<byte[]>> asked = new LinkedHashMap<>();
    for (Attachment member : members.get()) {
      asked.put(member, questions.ask(member, question, argument.applyAsLong(member)));
    }
    long until = System.nanoTime() + PATIENCE_WITH_ALL.toNanos();
    List<Said<T>> said = new ArrayList<>();
    asked.forEach(
        (member, answer) -> {
          try {
            Answer read = read(member, answer, until - System.nanoTime());
            if (type.isInstance(read.value())) {
              said.add(new Said<>(member, type.cast(read.value())));
            }
          } catch (UnreachablePoolException e) {
            LOG.debug("not asked any further", e);
          }
        });
    return said;
  }

  /**
   * What the member of a worker answers to a question about it.
   *
   * @param argument of the question, by the number that the worker has there
   * @throws IllegalArgumentException if there is no such worker, or it cannot be done to it
   * @throws UnreachablePoolException if there is no answer
   */
  @Nullable Object ask(int worker, byte question, IntToLongFunction argument, Duration patience) {
    Place place = numbers.place(worker);
    if (place == null || !members.get().contains(place.member())) {
      throw new IllegalArgumentException(
          "the pool has no worker " + worker + (place == null ? "" : " any more"));
    }
    Attachment member = place.member();
    Answer answer =
        read(
            member,
            questions.ask(member, question, argument.applyAsLong(place.number())),
            patience.toNanos());
    if (answer.noSuchThing() != null) {
      throw new IllegalArgumentException(
          "member '" + member.peer.name() + "': " + answer.noSuchThing());
    }
    if (answer.failure() != null) {
      throw new UnreachablePoolException(
          "member '" + member.peer.name() + "': " + answer.failure(), null);
    }
    return answer.value();
  }

  /** Waits for an answer. */
  private static Answer read(Attachment from, CompletableFuture<byte[]> answer, long nanos) {
    try {
      return ViewProtocol.read(answer.get(Math.max(0, nanos), TimeUnit.NANOSECONDS));
    } catch (ExecutionException | TimeoutException | IOException e) {
      throw silent(from, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw silent(from, e);
    } finally {
      answer.cancel(/* mayInterruptIfRunning= */ false); // else it would be kept
    }
  }

  private static UnreachablePoolException silent(Attachment member, Exception why) {
    return new UnreachablePoolException(
        "member '" + member.peer.name() + "' does not answer: " + why, why);
  }

  /** Nobody looks any more: members need not remember what happens. */
  void lookNoMore() {
    for (Attachment member : members.get()) {
      member.outgoing.add(new Frame.Ask(0, Frame.Ask.NO_MORE, 0));
    }
  }
}
