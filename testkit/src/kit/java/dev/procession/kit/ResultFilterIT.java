package dev.procession.kit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.MapResults;
import dev.procession.ProcessFuture;
import dev.procession.RemoteTaskException;
import dev.procession.ResultNotSerializableException;
import dev.procession.TaskDeserializationException;
import dev.procession.VoidTask;
import dev.procession.spi.TaskSerializer;
import dev.procession.testing.NoLeaks;
import java.io.ObjectInputFilter;
import java.io.Serializable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import javax.management.BadAttributeValueExpException;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a result may bring into the parent. */
@NoLeaks
class ResultFilterIT {
  private static final Duration SOON = Duration.ofSeconds(30);

  private static final ObjectInputFilter FILTER =
      ObjectInputFilter.Config.createFilter(
          Allowed.class.getName()
              + ";java.util.*;java.lang.*;!*"
              + ";maxdepth=10;maxarray=1000;maxbytes=100000");

  record Allowed(String text) implements Serializable {}

  record Other(String text) implements Serializable {}

  record NotSerializable(String text) {}

  private static final class OtherFailure extends RuntimeException {
    OtherFailure() {
      super("of another class");
    }
  }

  private static List<Object> nested(int depth) {
    List<Object> list = new ArrayList<>();
    for (int i = 1; i < depth; i++) {
      list = new ArrayList<>(List.of(list));
    }
    return list;
  }

  private static void assertRefused(ProcessFuture<?> future) {
    assertThatThrownBy(() -> future.result(SOON))
        .isInstanceOf(TaskDeserializationException.class)
        .hasMessageStartingWith("the result could not be read: a filter refused it, the pool's");
  }

  @Test
  @DisplayName("an allow-list lets its classes pass, and text and numbers, and denies all else")
  void classes() throws Exception {
    try (var pool = Kit.pool(1, options -> options.resultFilter(FILTER))) {
      assertThat(pool.submit(() -> new Allowed("a")).result()).isEqualTo(new Allowed("a"));
      assertThat(pool.submit(() -> List.of(new Allowed("a"))).result()).hasSize(1);
      assertThat(pool.submit(() -> 1).result()).isEqualTo(1);
      assertThat(pool.submit(() -> "text").result()).isEqualTo("text");
      assertThat(pool.submit(() -> (Object) null).result()).isNull();
      assertRefused(pool.submit(() -> new Other("b")));
      assertRefused(pool.submit(() -> new ArrayList<>(List.of(new Other("b")))));
      assertThat(pool.submit((Other o) -> new Allowed(o.text()), new Other("in")).result())
          .isEqualTo(new Allowed("in"));
      assertThat(pool.snapshot().restarts()).isZero();
    }
  }

  @Test
  @DisplayName("depth, arrays and bytes are bounded, a byte array of any size too")
  void bounds() throws Exception {
    try (var pool = Kit.pool(1, options -> options.resultFilter(FILTER))) {
      assertThat(pool.submit(() -> nested(4)).result()).hasSize(1);
      assertRefused(pool.submit(() -> nested(20)));
      assertThat(pool.submit(() -> new long[1000]).result()).hasSize(1000);
      assertRefused(pool.submit(() -> new long[1001]));
      assertThat(pool.submit(() -> new byte[1000]).result()).hasSize(1000);
      assertRefused(pool.submit(() -> new byte[1001]));
      assertRefused(pool.submit(() -> new byte[1_000_000]));
      assertRefused(pool.submit(() -> new Allowed("x".repeat(200_000))));
    }
  }

  @Test
  @DisplayName("an exception of a class that is denied arrives as a RemoteTaskException")
  void exceptions() throws Exception {
    try (var pool = Kit.pool(1, options -> options.resultFilter(FILTER))) {
      VoidTask allowed =
          () -> {
            throw new IllegalStateException("as it is");
          };
      VoidTask denied =
          () -> {
            throw new OtherFailure();
          };
      assertThatThrownBy(() -> pool.submit(allowed).get())
          .isInstanceOf(ExecutionException.class)
          .hasCauseExactlyInstanceOf(IllegalStateException.class);
      assertThatThrownBy(() -> pool.submit(denied).get())
          .hasCauseExactlyInstanceOf(RemoteTaskException.class)
          .hasMessageContaining("of another class");
    }
  }

  @Test
  @DisplayName("of a map only the elements that are denied fail")
  void map() throws Exception {
    try (var pool = Kit.pool(1, options -> options.resultFilter(FILTER));
        var results =
            pool.map(
                (Integer i) -> i % 2 == 0 ? new Allowed("even") : new Other("odd"),
                List.of(1, 2, 3, 4))) {
      assertThat(results.outcomes())
          .extracting(MapResults.Outcome::isSuccess)
          .containsExactly(false, true, false, true);
    }
  }

  @Test
  @DisplayName("a result that JDK serialisation cannot write fails as one with its serializer does")
  void notSerializable() throws Exception {
    try (var pool = Kit.pool(1, options -> options.resultFilter(FILTER))) {
      assertThatThrownBy(() -> pool.submit(() -> new NotSerializable("x")).result())
          .isInstanceOf(ResultNotSerializableException.class)
          .hasMessageContaining("NotSerializable");
    }
  }

  @ParameterizedTest
  @Needs(Ability.PROCESSES)
  @ValueSource(booleans = {false, true})
  @DisplayName(
      "a class of a known attack is refused without a filter too, and its worker is killed")
  void gadget(boolean inMap) throws Exception {
    try (var pool = Kit.pool(1, options -> options.serializer(TaskSerializer.jdk()))) {
      long before = pool.submit(Kit::pid).result();
      if (inMap) {
        try (var results =
            pool.map((Integer i) -> new BadAttributeValueExpException("x" + i), List.of(1, 2))) {
          assertThat(results.outcomes())
              .extracting(MapResults.Outcome::isSuccess)
              .containsOnly(false);
        }
      } else {
        assertThatThrownBy(() -> pool.submit(() -> new BadAttributeValueExpException("x")).result())
            .isInstanceOf(TaskDeserializationException.class);
      }
      // The second element may be of the first one's replacement, which is killed as well.
      Awaitility.await().until(() -> pool.snapshot().restarts() >= 1);
      assertThat(pool.submit(Kit::pid).result()).isNotEqualTo(before);
    }
  }

  @Test
  @Needs(Ability.PROCESSES)
  @DisplayName("within an exception it is refused too: a stand-in comes, and the worker is killed")
  void gadgetInFailure() throws Exception {
    try (var pool = Kit.pool(1)) {
      long before = pool.submit(Kit::pid).result();
      VoidTask task =
          () -> {
            throw new Loaded(new BadAttributeValueExpException("x"));
          };
      assertThat(pool.submit(task).exception().orElseThrow())
          .isInstanceOf(RemoteTaskException.class)
          .hasMessageContaining("Loaded");
      Awaitility.await().until(() -> pool.snapshot().restarts() >= 1);
      assertThat(pool.submit(Kit::pid).result()).isNotEqualTo(before);
    }
  }

  private static final class Loaded extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Object load;

    Loaded(Object load) {
      super("Loaded");
      this.load = load;
    }
  }
}
