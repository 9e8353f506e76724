package dev.procession;

import java.io.Serializable;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One worker at one instant.
 *
 * @param number the worker's number in its pool, from 1, never used again
 * @param pid process id, or -1 while it is being launched
 * @param state where it is in its life
 * @param spare whether it is a warm spare that takes no task yet
 * @param currentTaskOrNull name of the task it runs, null if none
 * @param currentTaskId number of that task, -1 if none
 * @param currentTaskFor how long it has run, zero if none
 * @param tasksDone tasks it has finished, each element of a map chunk counted
 * @param tasksFailed how many of those did not give a value
 * @param prefetched tasks that wait in its ring
 * @param rssBytes resident memory in bytes, or -1 where the system does not tell
 * @param cpuTime processor time that the process has used, zero where the system does not tell
 * @param age time since its launch
 * @param vitalsOrNull what its JVM said last, within a second or so; null unless somebody looks at
 *     the pool by a {@link dev.procession.observe.PoolView}, and until it has said it
 * @param memberOrNull the cluster's node that it is on, null if it is on this machine
 */
public record WorkerSnapshot(
    int number,
    long pid,
    WorkerState state,
    boolean spare,
    @Nullable String currentTaskOrNull,
    long currentTaskId,
    Duration currentTaskFor,
    long tasksDone,
    long tasksFailed,
    int prefetched,
    long rssBytes,
    Duration cpuTime,
    Duration age,
    @Nullable WorkerVitals vitalsOrNull,
    @Nullable String memberOrNull)
    implements Serializable {

  /** Name of the task it runs. */
  public Optional<String> currentTask() {
    return Optional.ofNullable(currentTaskOrNull);
  }

  /** The cluster's node that it is on; empty on this machine. */
  public Optional<String> member() {
    return Optional.ofNullable(memberOrNull);
  }

  /** What its JVM said last. */
  public Optional<WorkerVitals> vitals() {
    return Optional.ofNullable(vitalsOrNull);
  }
}
