package dev.procession.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What a worker's exit code says of a failure of its own. */
class WorkerExitTest {
  @Test
  void of_outOfMemory_saysSo() {
    assertThat(WorkerExit.of(new OutOfMemoryError("heap"))).isEqualTo(WorkerExit.OUT_OF_MEMORY);
  }

  @Test
  void of_anythingElse_isBroken() {
    assertThat(WorkerExit.of(new StackOverflowError())).isEqualTo(WorkerExit.BROKEN);
    assertThat(WorkerExit.of(new WireException("nonsense"))).isEqualTo(WorkerExit.BROKEN);
  }
}
