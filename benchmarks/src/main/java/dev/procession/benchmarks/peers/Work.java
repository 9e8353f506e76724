package dev.procession.benchmarks.peers;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A kind of work that is measured: a row of the table. */
enum Work {
  ROUND_TRIP(
      "round-trip",
      "hot round trip of `submit(() -> k).get()`, one caller",
      "µs",
      false,
      Size.NONE),
  PIPELINED("pipelined", "no-op lambdas, one submitter, one worker", "tasks/s", true, Size.NONE),
  SUBMITTERS(
      "submitters", "no-op lambdas, 4 submitters, a worker a core", "tasks/s", true, Size.NONE),
  MAP("map", "`map` over {size} ints, no tuning", "s", false, new Size(1_000_000, 10_000_000)),
  ECHO_1("echo-1", "echo of a 1 MiB byte[]", "ms", false, new Size(1 << 20, 1 << 20)),
  ECHO_64("echo-64", "echo of a 64 MiB byte[]", "ms", false, new Size(64 << 20, 64 << 20)),
  FIRST("first", "`create(1)` to first result", "ms", false, Size.NONE),
  FIRST_FRESH(
      "first-fresh",
      "`create(1)` to first result, first pool of a process",
      "ms",
      false,
      Size.NONE),
  FIRST_BESIDE(
      "first-beside",
      "`create(1)` to first result while another pool stops a runaway task",
      "ms",
      false,
      Size.NONE),
  READY_8(
      "ready-8", "8 workers ready: wall time ÷ (their CPU time ÷ cores)", "×", false, Size.NONE),
  STOP_SPARE(
      "stop-spare", "stop a runaway task → next task begins, with a spare", "ms", false, Size.NONE),
  STOP("stop", "stop a runaway task → next task begins, without a spare", "ms", false, Size.NONE),
  MILLISECOND("millisecond", "tasks of 1 ms of CPU, a worker a core", "tasks/s", true, Size.NONE),
  IDLE("idle", "idle pool of 2 workers: CPU time in 10 s", "ms", false, Size.NONE),
  MEMORY("memory", "idle worker's resident memory", "MB", false, Size.NONE),
  BOUNDED(
      "bounded",
      "cost per task through a bounded queue: {size} tasks ÷ 1,000 tasks",
      "×",
      false,
      new Size(500_000, 10_000_000)),
  PENDING(
      "pending",
      "heap for each of {size} pending futures",
      "bytes",
      false,
      new Size(200_000, 1_000_000)),
  WORKERS_2("workers-2", "no-op lambdas, 2 workers", "tasks/s", true, Size.NONE),
  WORKERS_64("workers-64", "no-op lambdas, 64 workers", "tasks/s", true, Size.NONE),
  GARBAGE(
      "garbage",
      "p99.9 of how late the parent's thread wakes while tasks make garbage",
      "µs",
      false,
      Size.NONE),
  WATCHED(
      "watched",
      "tasks of 1 ms of CPU: time while a dashboard's page is read ÷ time without one",
      "×",
      false,
      Size.NONE),
  CLUSTER_CALL(
      "cluster-call", "one call after another, a node with a worker", "µs", false, Size.NONE),
  CLUSTER_TINY(
      "cluster-tiny",
      "no-op tasks, one submitter, two nodes with a worker each",
      "tasks/s",
      true,
      Size.NONE);

  /** How much in a quick run and in a full one. */
  private record Size(long quick, long full) {
    static final Size NONE = new Size(0, 0);
  }

  private static final Set<Work> OURS_ONLY =
      Set.of(
          FIRST_BESIDE,
          READY_8,
          STOP_SPARE,
          STOP,
          IDLE,
          BOUNDED,
          PENDING,
          WORKERS_2,
          WORKERS_64,
          WATCHED);

  final String id;
  final String unit;

  /** Whether more is better. */
  final boolean rate;

  private final String title;
  private final Size size;

  Work(String id, String title, String unit, boolean rate, Size size) {
    this.id = id;
    this.title = title;
    this.unit = unit;
    this.rate = rate;
    this.size = size;
  }

  static Optional<Work> of(String id) {
    return Arrays.stream(values()).filter(work -> work.id.equals(id)).findFirst();
  }

  static List<String> ids() {
    return Arrays.stream(values()).map(work -> work.id).toList();
  }

  String title(boolean quick) {
    return title.replace("{size}", String.format("%,d", size(quick)));
  }

  /** Whether a quick run does less of it, so that its figures are not those of a full one. */
  boolean isSmallerIfQuick() {
    return size.quick != size.full;
  }

  long size(boolean quick) {
    return quick ? size.quick : size.full;
  }

  /** What the programs that measure call it. */
  String measurement() {
    return switch (this) {
      case ECHO_1, ECHO_64 -> "echo";
      default -> id;
    };
  }

  /** How long each phase of the measurement takes. */
  double seconds(boolean quick) {
    return switch (this) {
      case IDLE -> quick ? 2 : 10;
      case CLUSTER_CALL -> quick ? 1 : 20; // four JVMs compile what runs 3,000 times a second
      case CLUSTER_TINY -> quick ? 2 : 30; // six JVMs compile for half a minute
      case MILLISECOND -> quick ? 1 : 10; // three JVMs compile, and get to it slowly
      case WATCHED -> quick ? 0.5 : 2; // and there are many of them
      case ECHO_64, GARBAGE, WORKERS_64, WORKERS_2 -> quick ? 1 : 4;
      default -> quick ? 0.5 : 3;
    };
  }

  /** Whether it is one of those that have a table of their own. */
  boolean isOnCluster() {
    return this == CLUSTER_CALL || this == CLUSTER_TINY;
  }

  /** Whether such a peer can do it at all. */
  boolean suits(Peer peer) {
    if (isOnCluster()) {
      return Set.of(Peer.Kind.PROCESSION, Peer.Kind.ENGINE, Peer.Kind.DASK).contains(peer.kind());
    }
    return switch (peer.kind()) {
      case PROCESSION -> true;
      case THREADS ->
          Set.of(ROUND_TRIP, PIPELINED, SUBMITTERS, MILLISECOND, GARBAGE).contains(this);
      // Its map would be ten million tasks at a millisecond in all; it has no way to stop one.
      case PP4J -> !OURS_ONLY.contains(this) && this != MAP && this != ECHO_64 && this != GARBAGE;
      case PYTHON ->
          this == STOP ? peer.id().equals("pebble") : !OURS_ONLY.contains(this) && this != GARBAGE;
      case FLOOR -> Set.of(ROUND_TRIP, ECHO_1, ECHO_64).contains(this);
      case ENGINE, DASK -> false;
    };
  }

  /** Whether a run of three minutes has it. */
  boolean isQuick() {
    return Set.of(ROUND_TRIP, PIPELINED, MAP, ECHO_1, FIRST, PENDING).contains(this);
  }

  /** How much better the first figure is than the second. */
  double ratio(double ours, double theirs) {
    return rate ? ours / theirs : theirs / ours;
  }
}
