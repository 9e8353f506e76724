package dev.procession;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.testing.NoLeaks;
import dev.procession.testing.Pools;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** When a worker loads its serializer, which takes longer than the rest of its start. */
@NoLeaks
class SerializerWarmthIT {
  /** In a worker: whether the serializer is there, by the thread that it starts and keeps. */
  private static boolean isLoaded() {
    return Thread.getAllStackTraces().keySet().stream()
        .anyMatch(thread -> thread.getName().startsWith("fory-"));
  }

  @Test
  @DisplayName("a worker that is given lambdas with numbers and text does without")
  void simpleTasks_notLoaded() throws Exception {
    int number = 5;
    String text = "text";
    try (var pool = Pools.of(1)) {
      assertThat(pool.submit(() -> (text + number).length()).result()).isEqualTo(5);
      assertThat(pool.submit(SerializerWarmthIT::isLoaded).result()).isFalse();
      try (var results = pool.map(x -> x + number, List.of(1, 2))) {
        assertThat(results).containsExactly(6, 7);
      }
      assertThat(pool.submit(SerializerWarmthIT::isLoaded).result()).isFalse();
    }
  }

  @Test
  @DisplayName("it is loaded before a task begins that has a deadline: its time is not the task's")
  void deadline_loadedBefore() throws Exception {
    TaskOptions minute = TaskOptions.builder().timeout(Duration.ofMinutes(1)).build();
    try (var pool = Pools.of(1)) {
      assertThat(pool.with(minute).submit(SerializerWarmthIT::isLoaded).result()).isTrue();
    }
    try (var pool = Pools.builder(1).taskTimeout(Duration.ofMinutes(1)).build();
        var results = pool.map(x -> isLoaded(), List.of(1))) {
      assertThat(results).containsExactly(true);
    }
  }

  @Test
  @DisplayName("it is loaded before a task begins that is given an object, alone or in a chunk")
  void object_loadedBefore() throws Exception {
    List<Integer> object = List.of(1, 2);
    try (var pool = Pools.of(1)) {
      assertThat(pool.submit(() -> isLoaded() ? object : null).result()).isEqualTo(object);
    }
    try (var pool = Pools.of(1);
        var results = pool.map(x -> isLoaded(), List.of(object))) {
      assertThat(results).containsExactly(true);
    }
  }

  @Test
  @DisplayName("a worker of a pool that needs it is ready only when it is loaded")
  void laterWorker_loadedAtStart() throws Exception {
    List<Integer> object = List.of(1, 2);
    try (var pool = Pools.builder(1).maxTasksPerWorker(1).build()) {
      assertThat(pool.submit(() -> object).result()).isEqualTo(object);
      assertThat(pool.submit(SerializerWarmthIT::isLoaded).result()).isTrue();
    }
  }
}
