package dev.procession.testkit;

import dev.procession.VoidTask;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Assumptions;

/** What the cells of the fault matrix have in common. */
final class Cells {
  static final Duration DEADLINE = Duration.ofSeconds(1);

  /** They never return by themselves. */
  static final Set<Saboteur> HANGING =
      EnumSet.of(
          Saboteur.HANGS,
          Saboteur.SLEEPS_NATIVELY,
          Saboteur.DEADLOCKS,
          Saboteur.SWALLOWS_INTERRUPTS,
          Saboteur.STOPS_ITSELF);

  static final Set<Saboteur> FORKING = EnumSet.of(Saboteur.FORKS_GRANDCHILD, Saboteur.FORKS_ORPHAN);

  private Cells() {}

  /** What becomes of it, unless that cell has no case. */
  static Outcome applicable(Saboteur saboteur, Moment moment) {
    Outcome outcome = Expectations.of(saboteur, moment);
    Assumptions.assumeTrue(
        outcome.kind() != Outcome.Kind.NOT_APPLICABLE,
        () -> "not applicable: " + outcome.words().get(0));
    return outcome;
  }

  /** The saboteur between two lines of output. */
  static VoidTask speaking(Saboteur saboteur) {
    return () -> {
      System.out.println(Arena.LAST_WORDS);
      saboteur.run();
      System.out.println(Arena.AFTERWARDS);
    };
  }
}
