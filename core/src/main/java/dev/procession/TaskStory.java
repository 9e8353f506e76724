package dev.procession;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one task at one instant.
 *
 * @param id the task's number, unique and ascending within its pool
 * @param name the name given in {@link TaskOptions}, else one made from the task's class
 * @param state where the task is
 * @param submitted when it was submitted
 * @param startedOrNull when a worker began it, null if none has
 * @param finishedOrNull when its outcome was decided, null if it was not
 * @param workerPid process id of the worker that began it, or -1
 * @param attempt which attempt this is, from 1; 0 while no worker has begun it
 * @param bytesIn size of the serialised task in bytes
 * @param bytesOut size of the serialised result or failure in bytes, 0 while there is none
 * @param cpuTime processor time the task's thread used, exact to about 50 microseconds; zero while
 *     unknown
 * @param failureOrNull how it ended if it failed, as text: class and message of the exception
 * @param progressOrNull how far it is, or was at its end, by its own last word; null if it said
 *     nothing
 */
public record TaskStory(
    long id,
    String name,
    TaskState state,
    Instant submitted,
    @Nullable Instant startedOrNull,
    @Nullable Instant finishedOrNull,
    long workerPid,
    int attempt,
    long bytesIn,
    long bytesOut,
    Duration cpuTime,
    @Nullable String failureOrNull,
    @Nullable TaskProgress progressOrNull) {

  /** When a worker began the task. */
  public Optional<Instant> started() {
    return Optional.ofNullable(startedOrNull);
  }

  /** When the outcome was decided. */
  public Optional<Instant> finished() {
    return Optional.ofNullable(finishedOrNull);
  }

  /** How the task failed. */
  public Optional<String> failure() {
    return Optional.ofNullable(failureOrNull);
  }

  /** How far the task is, by its own last word. */
  public Optional<TaskProgress> progress() {
    return Optional.ofNullable(progressOrNull);
  }

  /** From submission to the beginning, or to the end if it never began; empty while it waits. */
  public Optional<Duration> queueTime() {
    Instant end = startedOrNull != null ? startedOrNull : finishedOrNull;
    return Optional.ofNullable(end).map(instant -> Duration.between(submitted, instant));
  }

  /** From the beginning to the end; empty before both are known. */
  public Optional<Duration> runTime() {
    return startedOrNull == null || finishedOrNull == null
        ? Optional.empty()
        : Optional.of(Duration.between(startedOrNull, finishedOrNull));
  }
}
