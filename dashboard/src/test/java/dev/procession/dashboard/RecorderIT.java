package dev.procession.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.procession.ProcessFuture;
import dev.procession.ProcessPoolExecutor;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class RecorderIT {
  @Test
  @DisplayName("a worker that lived between two looks only has a mark where it ended, and one")
  void shortLife() throws Exception {
    try (var pool = ProcessPoolExecutor.builder().name("short").workers(1).build();
        Recorder recorder = new Recorder(pool.view(), null)) {
      recorder.look();
      ProcessFuture<?> halted =
          Work.named(pool, "crash").submit(() -> Runtime.getRuntime().halt(3));
      assertThat(halted.exception()).isPresent();
      await().atMost(Work.SOON).until(() -> pool.snapshot().workers().isEmpty());
      for (int i = 0; i < 3; i++) {
        recorder.look();
      }
      assertThat(recorder.everything().marks()).extracting(Tick.Mark::worker).containsExactly(1);
    }
  }
}
