package dev.procession.benchmarks.peers;

import java.util.List;
import java.util.OptionalDouble;

/**
 * What Procession is to reach at one work.
 *
 * @param reference what its figure is compared with
 * @param bound the least ratio, or the highest figure where the reference is a limit
 * @param moonshot a bolder one, 0 for none
 * @param java the feature release for which it holds, null for each
 */
record Target(Work work, Reference reference, double bound, double moonshot, String java) {

  /**
   * The other figure.
   *
   * @param peer id of a peer, without the JDK where it is one of Java's; null for the limit itself
   * @param work another work of Procession's own; null for the same work
   */
  private record Reference(String peer, Work work, String text) {
    static final Reference LIMIT = new Reference(null, null, "at most");
    static final Reference CPYTHON = new Reference("spawn", null, "CPython (spawn)");

    static Reference peer(String id, String text) {
      return new Reference(id, null, text);
    }

    static Reference ownWork(Work work, String text) {
      return new Reference("procession", work, text);
    }

    boolean isLimit() {
      return peer == null;
    }
  }

  static final List<Target> ALL =
      List.of(
          new Target(Work.ROUND_TRIP, Reference.CPYTHON, 60, 100, null),
          new Target(Work.ROUND_TRIP, Reference.peer("pp4j", "PP4J"), 40, 100, null),
          new Target(Work.ROUND_TRIP, Reference.peer("c-spin", "C spin ring"), 0, 0.1, null),
          new Target(Work.PIPELINED, Reference.CPYTHON, 50, 100, null),
          new Target(
              Work.SUBMITTERS, Reference.ownWork(Work.PIPELINED, "one submitter"), 1, 1.5, null),
          new Target(Work.MAP, Reference.CPYTHON, 5, 10, null),
          new Target(Work.ECHO_1, Reference.CPYTHON, 5, 0, null),
          new Target(Work.ECHO_64, Reference.CPYTHON, 8, 0, null),
          new Target(Work.FIRST, Reference.CPYTHON, 1 / 2.5, 1, "17"),
          new Target(Work.FIRST, Reference.CPYTHON, 1 / 1.5, 1, "25"),
          new Target(Work.READY_8, Reference.LIMIT, 1.3, 0, null),
          new Target(Work.STOP_SPARE, Reference.LIMIT, 1, 0, null),
          new Target(Work.STOP, Reference.ownWork(Work.FIRST, "a worker's start"), 1, 0, null),
          new Target(
              Work.STOP, Reference.ownWork(Work.FIRST_BESIDE, "a start beside it"), 1, 0, null),
          new Target(Work.MILLISECOND, Reference.peer("threads", "thread pool"), 0.97, 0.99, null),
          new Target(Work.IDLE, Reference.LIMIT, 10, 0, null),
          new Target(Work.MEMORY, Reference.LIMIT, 60, 45, null),
          new Target(Work.BOUNDED, Reference.LIMIT, 1.2, 0, null),
          new Target(Work.PENDING, Reference.LIMIT, 400, 0, null),
          new Target(Work.WORKERS_64, Reference.ownWork(Work.WORKERS_2, "2 workers"), 0.5, 0, null),
          new Target(Work.GARBAGE, Reference.peer("threads", "thread pool"), 10, 0, null),
          new Target(Work.WATCHED, Reference.LIMIT, 1.03, 0, null),
          new Target(
              Work.CLUSTER_CALL, Reference.peer("ignite", "the engine's own"), 1 / 1.3, 0, null),
          new Target(Work.CLUSTER_TINY, Reference.peer("ignite", "the engine's own"), 10, 0, null),
          new Target(Work.CLUSTER_TINY, Reference.peer("dask", "dask.distributed"), 20, 0, null));

  boolean holdsFor(String feature) {
    return java == null || java.equals(feature);
  }

  /**
   * The ratio to the reference, or the figure where that is a limit; empty if one was not measured.
   */
  OptionalDouble measured(Results results, String feature) {
    OptionalDouble ours = median(results, work, Results.OURS + feature);
    if (ours.isEmpty() || reference.isLimit()) {
      return ours;
    }
    Work other = reference.work() == null ? work : reference.work();
    OptionalDouble theirs = median(results, other, reference.peer());
    if (theirs.isEmpty()) {
      theirs = median(results, other, reference.peer() + "-" + feature);
    }
    return theirs.isEmpty()
        ? theirs
        : OptionalDouble.of(work.ratio(ours.getAsDouble(), theirs.getAsDouble()));
  }

  private static OptionalDouble median(Results results, Work work, String peer) {
    return results
        .figure(work, peer)
        .map(figure -> OptionalDouble.of(figure.median()))
        .orElse(OptionalDouble.empty());
  }

  boolean isMet(double measured) {
    return reference.isLimit() ? measured <= bound : measured >= bound;
  }

  boolean isMoonshot(double measured) {
    return moonshot > 0 && (reference.isLimit() ? measured <= moonshot : measured >= moonshot);
  }

  /** Such as "≥ 60 × CPython (spawn)". */
  String text() {
    String text =
        reference.isLimit()
            ? "≤ " + Numbers.text(bound) + " " + work.unit
            : bound == 0 ? "" : "≥ " + Numbers.text(bound) + " × " + reference.text();
    if (moonshot > 0) {
      String bolder =
          reference.isLimit()
              ? Numbers.text(moonshot) + " " + work.unit
              : Numbers.text(moonshot) + " × " + (bound == 0 ? reference.text() : "");
      text += (text.isEmpty() ? "" : " ") + "(" + bolder.strip() + ")";
    }
    return text;
  }

  /** The measured value as it is shown under that text. */
  String text(double measured) {
    return Numbers.text(measured) + (reference.isLimit() ? " " + work.unit : " ×");
  }

  /** Names it in a comparison of runs. */
  String key(String feature) {
    return work.id + " against " + reference.text() + " on " + feature;
  }

  boolean isRatio() {
    return !reference.isLimit();
  }
}
