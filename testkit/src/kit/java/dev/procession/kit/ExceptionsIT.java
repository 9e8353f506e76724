package dev.procession.kit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.AbstractProcessExecutor;
import dev.procession.ProcessFuture;
import dev.procession.RemoteTaskException;
import dev.procession.ResultNotSerializableException;
import dev.procession.TaskDeserializationException;
import dev.procession.TaskNotSerializableException;
import dev.procession.TaskState;
import dev.procession.testing.NoLeaks;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.Serializable;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What crosses when something fails, section 10 of the specification; the pool is unharmed. */
@NoLeaks
class ExceptionsIT {
  private AbstractProcessExecutor pool;

  @BeforeEach
  void open() {
    pool = Kit.pool(1);
  }

  @AfterEach
  void stillWorksAndClose() throws Exception {
    try (var closed = pool) {
      assertThat(closed.submit(() -> 42).result()).isEqualTo(42);
      assertThat(closed.snapshot().restarts()).isZero();
    }
  }

  private static final class Orphan extends RuntimeException {
    private static final long serialVersionUID = 1L;

    @SuppressWarnings("unused")
    private final Object cannotCross = new Thread("cannot cross");

    Orphan(String message, Throwable cause) {
      super(message, cause);
    }
  }

  private static final class OnlyInTheWorker implements Serializable {
    private static final long serialVersionUID = 1L;
    private final long madeIn = Kit.pid();

    private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
      in.defaultReadObject();
      if (Kit.pid() != madeIn) {
        throw new IOException("read in another process");
      }
    }
  }

  private static final class Report {
    private final Thread connection = new Thread("a live thing");

    Callable<String> captured() {
      return (Callable<String> & Serializable) () -> connection.getName();
    }
  }

  private static int failing() throws IOException {
    IOException failure = new IOException("outer", new IllegalStateException("inner"));
    failure.addSuppressed(new ArithmeticException("beside"));
    throw failure;
  }

  @Test
  @DisplayName("X2, X3: type, message, cause, suppressed and the worker's stack trace arrive")
  void failure_ordinary_arrivesWhole() throws Exception {
    Throwable failure = pool.submit(() -> failing()).exception().orElseThrow();
    assertThat(failure)
        .isExactlyInstanceOf(IOException.class)
        .hasMessage("outer")
        .hasCauseExactlyInstanceOf(IllegalStateException.class)
        .hasRootCauseMessage("inner");
    assertThat(failure.getSuppressed()).hasSize(1);
    assertThat(failure.getSuppressed()[0]).hasMessage("beside");
    assertThat(failure.getStackTrace()).extracting("methodName").contains("failing");
  }

  @Test
  @DisplayName("X6: an exception that cannot be written arrives as a faithful stand-in")
  void failure_notSerializable_standIn() throws Exception {
    Throwable failure =
        pool.submit(
                () -> {
                  throw new Orphan("lost", new IOException("why"));
                })
            .exception()
            .orElseThrow();
    assertThat(failure).isInstanceOf(RemoteTaskException.class).hasMessageContaining("lost");
    assertThat(((RemoteTaskException) failure).originalClassName())
        .isEqualTo(Orphan.class.getName());
    assertThat(failure.getCause()).hasMessageContaining("why");
    assertThat(failure.getStackTrace()[0].getClassName()).startsWith(ExceptionsIT.class.getName());
  }

  @Test
  @DisplayName(
      "X6: a result that cannot be written fails its own future, with the way to the culprit")
  void result_notSerializable_failsOwnFuture() throws Exception {
    assertThatThrownBy(() -> pool.submit(() -> List.of("a", new Thread("t"))).result())
        .isInstanceOf(ResultNotSerializableException.class)
        .hasMessageContaining("java.lang.Thread");
  }

  @Test
  @Needs(Ability.PROCESSES)
  @DisplayName("X7: a result that cannot be read back fails its own future")
  void result_unreadable_failsOwnFuture() throws Exception {
    ProcessFuture<OnlyInTheWorker> future = pool.submit(() -> new OnlyInTheWorker());
    assertThatThrownBy(future::result)
        .isInstanceOf(TaskDeserializationException.class)
        .hasStackTraceContaining("read in another process");
    assertThat(future.taskState()).isEqualTo(TaskState.FAILED);
    assertThat(pool.snapshot().failed()).isEqualTo(1);
  }

  @Test
  @Needs(Ability.PROCESSES)
  @DisplayName("X5: a task that cannot be read in the worker fails its own future")
  void task_unreadable_failsOwnFuture() throws Exception {
    assertThatThrownBy(
            () -> pool.submit((OnlyInTheWorker x) -> x.madeIn, new OnlyInTheWorker()).result())
        .isInstanceOf(TaskDeserializationException.class)
        .hasStackTraceContaining("read in another process");
  }

  @Test
  @DisplayName("X4, S9: submit itself says what cannot cross, and the way to it")
  void task_notSerializable_namesThePath() {
    Callable<String> task = new Report().captured();
    assertThatThrownBy(() -> pool.submit(task))
        .isInstanceOf(TaskNotSerializableException.class)
        .hasMessageContaining("lambda at ExceptionsIT.java:")
        .hasMessageContaining("captured argument 0")
        .hasMessageContaining("Report")
        .hasMessageContaining("field 'connection'")
        .hasMessageContaining("java.lang.Thread");
  }

  @Test
  @DisplayName("S9: an argument changed after submit is not seen changed")
  void task_argumentChangedAfterSubmit_notSeen() throws Exception {
    int[] argument = {1};
    ProcessFuture<Integer> future = pool.submit((int[] a) -> a[0], argument);
    argument[0] = 2;
    assertThat(future.result()).isEqualTo(1);
  }

  @Test
  @DisplayName("an Error of the task is thrown as itself")
  void failure_error_itself() {
    assertThatThrownBy(
            () ->
                pool.submit(
                        () -> {
                          throw new AssertionError("asserted");
                        })
                    .result())
        .isExactlyInstanceOf(AssertionError.class)
        .hasMessage("asserted");
  }

  @Test
  @DisplayName("a stack overflow is the task's, not the worker's")
  void failure_stackOverflow_itself() throws Exception {
    Throwable failure = pool.submit(() -> endless(0)).exception().orElseThrow();
    assertThat(failure).isInstanceOf(StackOverflowError.class);
  }

  private static int endless(int depth) {
    return depth < 0 ? 0 : endless(depth + 1) + 1;
  }
}
