package dev.procession.kit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.ProcessFuture;
import dev.procession.Shared;
import dev.procession.TaskContext;
import dev.procession.TaskDeserializationException;
import dev.procession.TaskNotSerializableException;
import dev.procession.VoidTask;
import dev.procession.spi.TaskSerializer;
import dev.procession.testing.Gate;
import dev.procession.testing.NoLeaks;
import dev.procession.testing.Tally;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Values that all workers of a pool have. */
@NoLeaks
class SharedIT {
  @TempDir Path tmp;

  private record Model(Map<String, Integer> weights) {
    private static Model ofSize(int size) {
      Map<String, Integer> weights = new HashMap<>();
      IntStream.range(0, size).forEach(i -> weights.put("word " + i, i));
      return new Model(weights);
    }
  }

  @Test
  @DisplayName("tasks of a worker get one object, equal to what was shared, whatever they carry")
  void oneObject() throws Exception {
    Model model = Model.ofSize(20_000);
    try (var pool = Kit.pool(1);
        Shared<Model> shared = pool.share(model)) {
      var first = pool.submit(() -> System.identityHashCode(shared.get()));
      var next = pool.submit(s -> System.identityHashCode(s.get()), shared);
      assertThat(first.result()).isEqualTo(next.result());
      assertThat(pool.submit(() -> shared.get()).result()).isEqualTo(model);
      assertThat(first.info().bytesIn()).isLessThan(1_000);
      assertThat(shared.size()).isGreaterThan(200_000);
      assertThat(shared.get()).isSameAs(model);
    }
  }

  @Test
  @Needs(Ability.PROCESSES)
  @DisplayName("a worker that replaces a crashed one has it as well")
  void afterACrash() throws Exception {
    try (var pool = Kit.pool(1);
        Shared<String> shared = pool.share("model")) {
      assertThat(pool.submit(() -> shared.get()).result()).isEqualTo("model");
      assertThat(pool.submit(() -> Runtime.getRuntime().halt(1)).exception()).isPresent();
      assertThat(pool.submit(() -> shared.get()).result()).isEqualTo("model");
    }
  }

  @Test
  @DisplayName("any value that can cross can be shared, many at a time")
  void anyValue() throws Exception {
    List<Object> values =
        List.of(
            "", "größe", 7, 7L, 1.5, true, new int[] {1, 2, 3}, List.of(1, "two"), Map.of("k", 1));
    try (var pool = Kit.pool(1)) {
      List<Shared<Object>> all = values.stream().map(pool::<Object>share).toList();
      for (int i = 0; i < values.size(); i++) {
        Shared<Object> shared = all.get(i);
        assertThat(pool.submit(() -> shared.get()).result()).isEqualTo(values.get(i));
        shared.close();
      }
    }
  }

  @Test
  @DisplayName("so can null and a byte array, and with JDK serialisation")
  void jdkSerializer() throws Exception {
    try (var pool = Kit.pool(1, options -> options.serializer(TaskSerializer.jdk()));
        Shared<byte[]> bytes = pool.share(new byte[] {1, 2, 3});
        Shared<List<Integer>> list = pool.share(List.of(4, 5));
        Shared<Object> none = pool.share(null)) {
      assertThat(pool.submit(() -> bytes.get()).result()).containsExactly(1, 2, 3);
      assertThat(pool.submit(() -> list.get()).result()).containsExactly(4, 5);
      assertThat(pool.submit(() -> none.get()).result()).isNull();
    }
  }

  @Test
  @DisplayName(
      "once it is closed, get says so everywhere, and nothing that has it can be submitted")
  void closed() throws Exception {
    try (var pool = Kit.pool(1)) {
      Shared<Model> shared = pool.share(Model.ofSize(1_000));
      VoidTask use =
          () -> {
            if (shared.get().weights().size() != 1_000) {
              throw new AssertionError("another model");
            }
          };
      pool.submit(use).result();
      Gate go = Gate.in(tmp, "go");
      Gate begun = Gate.in(tmp, "begun");
      var late =
          pool.submit(
              () -> {
                begun.open();
                go.await();
                shared.get();
              });
      begun.await();
      shared.close();
      shared.close();
      // Elsewhere it is closed a moment later.
      Shared<String> behind = pool.share("behind");
      go.open();
      assertThat(late.exception().map(Object::getClass))
          .as("it may have been read before it was closed there")
          .isIn(Optional.empty(), Optional.of(IllegalStateException.class));
      assertThat(pool.submit(() -> behind.get()).result()).isEqualTo("behind");
      assertThatThrownBy(shared::get)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("was closed");
      assertThatThrownBy(shared::preload).isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(() -> pool.submit(use))
          .isInstanceOf(TaskNotSerializableException.class)
          .hasMessageContaining("was closed");
    }
  }

  @Test
  @DisplayName("the pool's end closes what was left open; nothing can be shared afterwards")
  void poolEnds() {
    var pool = Kit.pool(1);
    Shared<String> shared = pool.share("model");
    pool.close();
    assertThatThrownBy(shared::get).isInstanceOf(IllegalStateException.class);
    shared.close();
    assertThatThrownBy(() -> pool.share("more")).isInstanceOf(RejectedExecutionException.class);
  }

  @Test
  @DisplayName("a value of megabytes comes whole to all workers, those that come later too")
  void large() throws Exception {
    byte[] megabytes = new byte[5 << 20];
    new Random(1).nextBytes(megabytes);
    long sum = sumOf(megabytes);
    try (var pool = Kit.pool(2);
        Shared<List<byte[]>> shared = pool.share(List.of(megabytes))) {
      for (ProcessFuture<Long> future :
          List.of(
              pool.submit(() -> sumOf(shared.get().get(0))),
              pool.submit(() -> sumOf(shared.get().get(0))),
              pool.submit(() -> sumOf(shared.get().get(0))))) {
        assertThat(future.result()).isEqualTo(sum);
      }
    }
  }

  private static long sumOf(byte[] bytes) {
    long sum = 0;
    for (byte one : bytes) {
      sum = 31 * sum + one;
    }
    return sum;
  }

  private static final class Marker implements Serializable {
    private static final long serialVersionUID = 1L;
    private final Tally tally;

    Marker(Tally tally) {
      this.tally = tally;
    }

    private Object readResolve() {
      tally.add(Kit.pid());
      return this;
    }
  }

  @Test
  @Needs(Ability.PROCESSES)
  @DisplayName(
      "preload has workers read it, now and when they start, before a task asks; once each")
  void preload() throws Exception {
    Tally reads = Tally.in(tmp, "reads");
    try (var pool = Kit.pool(1);
        Shared<Marker> shared = pool.share(new Marker(reads))) {
      long first = pool.submit(Kit::pid).result();
      assertThat(shared.preload()).isSameAs(shared);
      Awaitility.await().until(() -> reads.lines().equals(List.of("" + first)));
      assertThat(pool.submit(() -> Runtime.getRuntime().halt(1)).exception()).isPresent();
      long second = pool.submit(Kit::pid).result();
      Awaitility.await().until(() -> reads.lines().equals(List.of("" + first, "" + second)));
      pool.submit(() -> shared.get() != null).result();
      assertThat(reads.lines()).hasSize(2);
    }
  }

  @Test
  @DisplayName("a shared value that comes back as a result is the parent's own again")
  void backAgain() throws Exception {
    try (var pool = Kit.pool(1);
        Shared<List<String>> shared = pool.share(List.of("a"))) {
      Shared<List<String>> back = pool.submit(() -> shared).result();
      assertThat(back.get()).isSameAs(shared.get());
      assertThatThrownBy(() -> pool.submit(() -> shared.close()).result())
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("in the parent");
    }
  }

  @Test
  @DisplayName("what cannot cross fails at once, and the message names the way to it")
  void notSerializable() {
    try (var pool = Kit.pool(1)) {
      assertThatThrownBy(() -> pool.share(List.of(new Thread())))
          .isInstanceOf(TaskNotSerializableException.class)
          .hasMessageStartingWith("The value cannot be shared with worker processes: shared value")
          .hasMessageContaining("java.lang.Thread");
    }
  }

  private static final class Unreadable implements Serializable {
    private static final long serialVersionUID = 1L;

    private Object readResolve() {
      if (TaskContext.currentIfAny().isPresent()) {
        throw new UnsupportedOperationException("not here");
      }
      return this;
    }
  }

  @Test
  @Needs(Ability.PROCESSES)
  @DisplayName("what cannot be read in a worker fails the task that asks for it, and no other")
  void unreadable() throws Exception {
    try (var pool = Kit.pool(1);
        Shared<Object> shared = pool.share(new Unreadable())) {
      assertThatThrownBy(() -> pool.submit(() -> shared.get() != null).result())
          .isInstanceOf(TaskDeserializationException.class)
          .hasMessageContaining("cannot be read in this worker")
          .hasMessageContaining("not here");
      assertThat(pool.submit(() -> 1).result()).isEqualTo(1);
    }
  }
}
