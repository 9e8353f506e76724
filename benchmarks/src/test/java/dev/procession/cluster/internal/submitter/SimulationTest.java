package dev.procession.cluster.internal.submitter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

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

  @Test
  @DisplayName("the sample of waits stands for all of them, the early ones as well")
  void waits_ofAll() {
    Simulation.Waits waits = new Simulation.Waits();
    long count = 3_000_000;
    for (long i = 0; i < count; i++) {
      waits.add(i);
    }
    long[] quantiles = waits.quantiles(0, 0.25, 0.5, 0.99, 1);
    double close = count * 0.01;
    assertThat((double) quantiles[0]).isCloseTo(0, within(close));
    assertThat((double) quantiles[1]).isCloseTo(count * 0.25, within(close));
    assertThat((double) quantiles[2]).isCloseTo(count * 0.5, within(close));
    assertThat((double) quantiles[3]).isCloseTo(count * 0.99, within(close));
    assertThat((double) quantiles[4]).isCloseTo(count, within(close));
  }

  @Test
  @DisplayName("few waits, or none, are all that there is")
  void waits_few() {
    Simulation.Waits waits = new Simulation.Waits();
    assertThat(waits.quantiles(0.5)).containsExactly(0);
    waits.add(5);
    waits.add(7);
    assertThat(waits.quantiles(0, 1)).containsExactly(5, 7);
  }
}
