package dev.procession;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.testing.NoLeaks;
import dev.procession.testing.Pools;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Dry runs: what can be known of a task before it runs. */
@NoLeaks
class VerifyIT {
  private final ProcessPoolExecutor pool = Pools.of(1);

  @AfterEach
  void close() {
    pool.close();
  }

  @Test
  @DisplayName("a task that is as it should be: its place, its size, what it carries, no warning")
  void good() {
    String name = "page";
    int number = 7;
    TaskCheck check = pool.verify(() -> name + number);
    assertThat(check.code()).startsWith("lambda at VerifyIT.java:");
    assertThat(check.bytes()).isBetween(10L, 200L);
    assertThat(check.carried())
        .containsExactly(
            new TaskCheck.Carried("captured argument 0", "java.lang.String", 5),
            new TaskCheck.Carried("captured argument 1", "java.lang.Integer", 5));
    assertThat(check.warnings()).isEmpty();
    assertThat(check.toString())
        .isEqualTo(
            check.code()
                + ": "
                + check.bytes()
                + " bytes\n"
                + "  captured argument 0 (java.lang.String): 5 bytes\n"
                + "  captured argument 1 (java.lang.Integer): 5 bytes");
    assertThat(pool.snapshot().workers()).isEmpty(); // nothing was started for it
  }

  @Test
  @DisplayName("a function's argument is looked at too, and a task without a lambda has its class")
  void arguments() {
    TaskCheck check = pool.verify(String::length, "procession");
    assertThat(check.code()).isEqualTo("method reference java.lang.String::length");
    assertThat(check.carried())
        .containsExactly(new TaskCheck.Carried("argument 0", "java.lang.String", 11));
    assertThat(pool.verify(new Named()).code()).isEqualTo(Named.class.getTypeName());
    assertThat(pool.verify(x -> x, null).carried())
        .containsExactly(new TaskCheck.Carried("argument 0", "null", 1));
  }

  private static final class Named implements Task<Integer> {
    private static final long serialVersionUID = 1L;

    @Override
    public Integer call() {
      return 1;
    }
  }

  /** Something with a field that a lambda may use. */
  private static final class Report implements Serializable {
    private static final long serialVersionUID = 1L;
    private final List<String> pages = List.of("one", "two");

    Task<Integer> count() {
      return () -> pages.size();
    }
  }

  @Test
  @DisplayName("capturing this is said, and what to do instead")
  void capturesThis() {
    TaskCheck check = pool.verify(new Report().count());
    assertThat(check.carried().get(0).what()).isEqualTo("this");
    assertThat(check.warnings())
        .singleElement()
        .asString()
        .contains("captures 'this'")
        .contains("local variable");
  }

  @Test
  @DisplayName("so are large values and objects of which a copy is of no use")
  void largeAndShared() {
    byte[] large = new byte[1 << 20];
    AtomicInteger counter = new AtomicInteger();
    TaskCheck check =
        pool.verify(
            () -> {
              counter.addAndGet(large.length);
            });
    assertThat(check.warnings())
        .hasSize(2)
        .anyMatch(text -> text.contains("1048577 bytes with every task") && text.contains("share"))
        .anyMatch(text -> text.contains("AtomicInteger") && text.contains("crosses as a copy"));
  }

  private static final class Changing implements Serializable {
    private static final long serialVersionUID = 1L;
    private static int written;

    private void writeObject(ObjectOutputStream out) throws IOException {
      out.writeInt(++written);
    }

    private void readObject(ObjectInputStream in) throws IOException {
      in.readInt();
    }
  }

  @Test
  @DisplayName("what is written differently each time is found")
  void notDeterministic() {
    Changing changing = new Changing();
    assertThat(pool.verify(() -> changing.hashCode()).warnings())
        .singleElement()
        .asString()
        .contains("different bytes");
  }

  @Test
  @DisplayName("what cannot cross fails as in submit")
  void notSerializable() {
    Thread thread = new Thread();
    assertThatThrownBy(() -> pool.verify(() -> thread.getName()))
        .isInstanceOf(TaskNotSerializableException.class)
        .hasMessageContaining("captured argument 0 (java.lang.Thread)");
  }

  private static final class Unreadable implements Serializable {
    private static final long serialVersionUID = 1L;

    private Object readResolve() {
      throw new UnsupportedOperationException("never again");
    }
  }

  @Test
  @DisplayName("what cannot be read back is found without a worker")
  void unreadable() {
    Unreadable unreadable = new Unreadable();
    assertThatThrownBy(() -> pool.verify(() -> unreadable.hashCode()))
        .isInstanceOf(TaskDeserializationException.class)
        .hasMessageContaining("cannot be read back")
        .hasMessageContaining("never again");
  }

  @Test
  @DisplayName("null is refused")
  void nulls() {
    assertThatThrownBy(() -> pool.verify((Task<?>) null))
        .isInstanceOf(NullPointerException.class)
        .hasMessage("task");
    assertThatThrownBy(() -> pool.verify((VoidTask) null))
        .isInstanceOf(NullPointerException.class)
        .hasMessage("task");
  }
}
