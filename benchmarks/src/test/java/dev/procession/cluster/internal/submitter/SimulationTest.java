package dev.procession.cluster.internal.submitter;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The scheduler of a cluster with members made up; all figures are of the simulated clock. */
class SimulationTest {
  @Test
  @DisplayName("every task ends, and workers seldom wait where all tasks are there")
  void allAtOnce_keepsWorkersBusy() {
    Simulation simulation =
        Simulation.of(new Simulation.Setup(20, 4, 40_000, 20, false, 0, 500, 0));
    assertThat(simulation.ended()).isEqualTo(40_000);
    assertThat(simulation.busy()).isBetween(0.9, 1.0);
  }

  @Test
  @DisplayName("what was on lost members is begun again, and every task ends")
  void membersLost_everyTaskEnds() {
    Simulation simulation =
        Simulation.of(new Simulation.Setup(20, 4, 20_000, 20, true, 0.8, 500, 3));
    assertThat(simulation.ended()).isEqualTo(20_000);
    assertThat(simulation.again()).isPositive();
  }
}
