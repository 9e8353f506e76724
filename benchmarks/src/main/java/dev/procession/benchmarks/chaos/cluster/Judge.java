package dev.procession.benchmarks.chaos.cluster;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/** Holds what futures said against what tasks wrote down. */
final class Judge {
  private static final class Task {
    private String submitter = "";
    private int retries = -1;
    private Deed deed;
    private int begun;
    private int ended;
    private final Set<String> outcomes = new HashSet<>();
    private int told;
    private boolean isDetached;
    private final Set<String> fetched = new HashSet<>();
  }

  /** What a node keeps of a detached task that has ended. */
  private static final Set<String> ENDS = Set.of("VALUE", "THREW", "CRASHED", "TIMEOUT");

  private final Map<Long, Task> tasks = new HashMap<>();
  private final Map<String, Integer> outcomes = new TreeMap<>();
  private final Map<String, Integer> fetched = new TreeMap<>();
  private final Set<Long> workers = new HashSet<>();
  private final Consumer<String> violation;
  private int again;
  private int detached;
  private int inherited;

  Judge(Consumer<String> violation) {
    this.violation = violation;
  }

  /**
   * Judges.
   *
   * @param gone process ids of submitters that were killed, whose futures nobody has
   */
  void judge(List<String[]> lines, Set<String> gone) {
    for (String[] line : lines) {
      long id = Long.parseLong(line[1]);
      Task task = tasks.computeIfAbsent(id, unused -> new Task());
      switch (line[0]) {
        case Journal.SUBMITTED -> {
          task.submitter = line[2];
          task.retries = Integer.parseInt(line[3]);
          task.deed = Deed.valueOf(line[4]);
        }
        case Journal.BEGUN -> {
          task.begun++;
          workers.add(Long.parseLong(line[2]));
        }
        case Journal.ENDED -> task.ended++;
        case Journal.OVERLAP ->
            violation.accept(
                "task " + id + " began in " + line[2] + " while it was alive in " + line[3]);
        case Journal.OUTCOME -> {
          task.told++;
          task.outcomes.add(line[2]);
          outcomes.merge(line[2].split(":")[0], 1, Integer::sum);
        }
        case Journal.DETACHED -> task.isDetached = true;
        case Journal.FETCHED -> {
          task.fetched.add(line[2]);
          fetched.merge(line[2].split(":")[0], 1, Integer::sum);
        }
        default -> violation.accept("a line that says " + line[0]);
      }
    }
    tasks.forEach((id, task) -> judge(id, task, gone.contains(task.submitter)));
  }

  private void judge(long id, Task task, boolean isOrphan) {
    String what =
        "task " + id + " (" + task.deed + ", " + task.retries + " retries): " + task.outcomes;
    if (task.retries < 0) {
      violation.accept(what + " was never submitted");
    }
    if (task.begun > task.retries + 1) {
      violation.accept(what + ", begun " + task.begun + " times");
    }
    again += Math.max(0, task.begun - 1);
    if (task.told > 1) {
      violation.accept(what + ", told " + task.told + " times");
    }
    if (task.isDetached) {
      judgeDetached(what, task, isOrphan);
    }
    if (task.told == 0 && !isOrphan && !task.isDetached) {
      violation.accept(what + ", never told");
    }
    judge(what, task, task.outcomes);
  }

  private void judge(String what, Task task, Set<String> told) {
    if (told.contains("VALUE") && task.ended == 0) {
      violation.accept(what + ", but it never ended");
    }
    if (told.contains("VALUE") && task.deed != Deed.RETURN && task.deed != Deed.SLEEP) {
      violation.accept(what + ", which it cannot");
    }
    if (told.contains("THREW") && task.deed != Deed.THROW) {
      violation.accept(what + ", which it cannot");
    }
    if (told.contains("CRASHED") && task.begun == 0) {
      violation.accept(what + ", but it never began");
    }
    told.stream()
        .filter(outcome -> outcome.startsWith("UNEXPECTED"))
        .forEach(outcome -> violation.accept(what));
  }

  /** Whoever fetches it hears the same. */
  private void judgeDetached(String what, Task task, boolean isOrphan) {
    detached++;
    String text = what + ", fetched " + task.fetched;
    judge(text, task, task.fetched);
    Set<String> ends = new HashSet<>(task.fetched);
    ends.retainAll(ENDS);
    if (ends.size() > 1) {
      violation.accept(text + ", which differ");
    }
    if (isOrphan && !ends.isEmpty()) {
      inherited++;
    }
  }

  /** Processes that ran tasks. */
  Set<Long> workers() {
    return workers;
  }

  /** In a line. */
  String figures() {
    return tasks.size()
        + " tasks, "
        + again
        + " attempts after the first, outcomes "
        + outcomes
        + "; "
        + detached
        + " detached, what was fetched "
        + fetched
        + ", the ends of "
        + inherited
        + " of programs that were killed";
  }
}
