package dev.procession.benchmarks.peers;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/** Whether a run reaches the ratios of the one that is committed, give or take the noise. */
final class Check {
  /**
   * How much of a ratio may be lost: two runs of the same code on a shared machine of two cores
   * were seen to differ by a third.
   */
  static final double MARGIN = 0.4;

  private Check() {}

  /** A sentence for each ratio that has become worse. */
  static List<String> compare(Results before, Results now) {
    List<String> worse = new ArrayList<>();
    for (String java : now.javas()) {
      for (Target target : Target.ALL) {
        OptionalDouble then = target.measured(before, java);
        OptionalDouble today = target.measured(now, java);
        if (target.isRatio()
            && then.isPresent()
            && today.isPresent()
            && today.getAsDouble() < then.getAsDouble() * (1 - MARGIN)) {
          worse.add(
              String.format(
                  "worse: %s was %s, is %s",
                  target.key(java),
                  target.text(then.getAsDouble()),
                  target.text(today.getAsDouble())));
        }
      }
    }
    return worse;
  }
}
