package dev.procession.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.procession.ProcessFuture;
import dev.procession.ProcessPoolExecutor;
import dev.procession.observe.PoolView;
import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
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

  /** As of that view, but that each failure is told of a while before its text is there. */
  private static PoolView late(PoolView view, int asks) {
    Map<Object, Integer> asked = new HashMap<>();
    return (PoolView)
        Proxy.newProxyInstance(
            PoolView.class.getClassLoader(),
            new Class<?>[] {PoolView.class},
            (proxy, method, arguments) ->
                method.getName().equals("failure")
                        && asked.merge(arguments[0], 1, Integer::sum) <= asks
                    ? Optional.empty()
                    : method.invoke(view, arguments));
  }

  @Test
  @DisplayName("the text of a failure that is there after its look is kept all the same")
  void lateText() throws Exception {
    try (var pool = ProcessPoolExecutor.builder().name("late").workers(1).build();
        Recorder recorder = new Recorder(late(pool.view(), 2), null)) {
      recorder.look();
      ProcessFuture<?> halted =
          Work.named(pool, "crash").submit(() -> Runtime.getRuntime().halt(3));
      assertThat(halted.exception()).isPresent();
      for (int i = 0; i < 3; i++) {
        recorder.look();
      }
      assertThat(recorder.everything().failures()).hasSize(1);
      assertThat(recorder.texts().values()).singleElement().asString().contains("exit code 3");
    }
  }
}
