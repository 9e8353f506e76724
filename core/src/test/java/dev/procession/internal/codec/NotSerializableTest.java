package dev.procession.internal.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.procession.ResultNotSerializableException;
import dev.procession.TaskNotSerializableException;
import dev.procession.spi.TaskSerializer;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.Serializable;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** What {@code submit} says about a task that cannot cross. */
class NotSerializableTest {
  private static final TaskSerializer FORY = TaskSerializer.fory();
  private static final TaskSerializer JDK = TaskSerializer.jdk();

  interface Task<T> extends Callable<T>, Serializable {}

  /** The example of the issue, with a connection that is not one. */
  static class Report {
    String title = "title";
    Connection connection = connection();
    transient Thread notSeen = Thread.currentThread();

    Task<String> task() {
      return () -> title + connection;
    }
  }

  static class Page {
    List<Map<String, Object>> parts = new ArrayList<>();
  }

  static class Chain {
    Object next;

    Chain(Object next) {
      this.next = next;
    }
  }

  static class Own {
    int value;
  }

  static class OwnExecutor extends Chain implements Executor {
    OwnExecutor() {
      super(null);
    }

    @Override
    public void execute(Runnable command) {}
  }

  private static Connection connection() {
    return (Connection)
        Proxy.newProxyInstance(
            Report.class.getClassLoader(),
            new Class<?>[] {Connection.class},
            (proxy, method, args) -> null);
  }

  @Test
  void explainTask_ofCapturedThis_namesLineArgumentAndField() {
    Report report = new Report();
    report.connection = null;
    Task<String> fine = report.task();
    assertThat(catchThrowable(() -> FORY.serialize(fine))).isNull();
    LiveReport live = new LiveReport();
    TaskNotSerializableException e = explain(FORY, live.task());
    assertThat(e.path())
        .isEqualTo(
            "lambda at NotSerializableTest.java:"
                + LiveReport.LINE
                + " → captured argument 0 ("
                + LiveReport.class.getName()
                + ") → field 'stream' (java.io.InputStream, here java.io.ByteArrayInputStream)");
    assertThat(e)
        .hasMessageStartingWith("The task cannot cross to a worker process: lambda at ")
        .hasMessageContaining("It is a live resource of this JVM (java.lang.AutoCloseable).")
        .hasMessageContaining("Open or make it inside the task, make the field transient")
        .hasMessageContaining("copy what it needs into a local variable first");
  }

  static class LiveReport {
    static final int LINE = Thread.currentThread().getStackTrace()[1].getLineNumber() + 5;
    String title = "title";
    InputStream stream = new ByteArrayInputStream(new byte[0]);

    Task<String> task() {
      return () -> title + stream;
    }
  }

  @Test
  void explainTask_ofConnection_namesItsInterface() {
    TaskNotSerializableException live = explain(FORY, new Report().task());
    assertThat(live.path())
        .startsWith("lambda at NotSerializableTest.java:")
        .endsWith(
            " → captured argument 0 ("
                + Report.class.getName()
                + ") → field 'connection' (java.sql.Connection)");
    Report report = new Report();
    assertThat(explain(JDK, report.task()).path())
        .endsWith("captured argument 0 (" + Report.class.getName() + ")");
  }

  @Test
  void explainTask_ofProxy_looksAtItsHandler() {
    Runnable target = () -> {};
    Object proxy =
        Proxy.newProxyInstance(
            Report.class.getClassLoader(),
            new Class<?>[] {Comparable.class},
            (self, method, args) -> target.hashCode());
    assertThat(explain(FORY, task(proxy)).path())
        .contains(" → invocation handler (lambda in " + NotSerializableTest.class.getName());
  }

  @Test
  void explainTask_ofElementsAndKeys_walksThroughContainers() {
    Page page = new Page();
    Map<String, Object> part = new HashMap<>();
    part.put("lock", new Object[] {1, new AtomicReference<>(new ReentrantReadWriteLockHolder())});
    page.parts.add(Map.of());
    page.parts.add(part);
    TaskNotSerializableException e = explain(FORY, task(page));
    assertThat(e.path())
        .contains("captured argument 0 (" + Page.class.getName() + ") → field 'parts' (")
        .contains(" → element 1 (java.util.HashMap) → value (java.lang.Object[]) → element 1 (")
        .endsWith(" → field 'thread' (java.lang.Thread)");
  }

  static class ReentrantReadWriteLockHolder {
    final ReentrantReadWriteLock fine = new ReentrantReadWriteLock();
    final Thread thread = Thread.currentThread();
  }

  @Test
  void explainTask_ofArgument_namesItsIndex() {
    Task<Integer> task = () -> 1;
    Object[] arguments = {"fine", null, Thread.currentThread()};
    TaskNotSerializableException e =
        NotSerializable.explainTask(task, arguments, failure(FORY, arguments));
    assertThat(e.path()).isEqualTo("argument 2 (java.lang.Thread)");
  }

  @Test
  void explainTask_ofLambdaStoredAsCallable_saysWhatToWrite() {
    Callable<Integer> callable = () -> 1;
    TaskNotSerializableException e = explain(FORY, callable);
    assertThat(e.path()).isEqualTo("lambda in " + NotSerializableTest.class.getName());
    assertThat(e)
        .hasMessageContaining("It was compiled as a java.util.concurrent.Callable, which is not")
        .hasMessageContaining("pool.submit(...)")
        .hasMessageContaining("(Callable & Serializable)");
    assertThat(explain(JDK, callable)).hasMessageContaining("java.util.concurrent.Callable");
  }

  @Test
  void explainTask_ofLambdaInsideLambda_saysWhatToCast() {
    Supplier<String> inner = () -> "x";
    TaskNotSerializableException e = explain(FORY, task(inner));
    assertThat(e.path()).contains("captured argument 0 (lambda in ");
    assertThat(e)
        .hasMessageContaining("java.util.function.Supplier")
        .hasMessageContaining("(Supplier & Serializable)");
    Function<Integer, Integer> reference = Math::abs;
    assertThat(explain(FORY, task(reference))).hasMessageContaining("java.util.function.Function");
  }

  @Test
  void explainTask_ofMethodReference_namesTheMethod() {
    Thread thread = Thread.currentThread();
    Task<String> task = thread::getName;
    assertThat(explain(FORY, task).path())
        .isEqualTo(
            "method reference java.lang.Thread::getName → captured argument 0 (java.lang.Thread)");
  }

  @Test
  void explainTask_ofCompletionService_namesAsCompleted() {
    Recorder recorder = new Recorder();
    new ExecutorCompletionService<Integer>(recorder).submit(() -> 1);
    assertThat(explain(FORY, recorder.last)).hasMessageContaining("ProcessFutures.asCompleted");
    assertThat(explain(FORY, new FutureTask<>(() -> 1)))
        .hasMessageContaining("ProcessFutures.asCompleted");
  }

  @Test
  void explainTask_ofCompletableFutureAsync_namesSubmit() {
    Recorder recorder = new Recorder();
    CompletableFuture<Integer> future = CompletableFuture.supplyAsync(() -> 1, recorder);
    for (TaskSerializer serializer : List.of(FORY, JDK)) {
      assertThat(explain(serializer, recorder.last))
          .hasMessageContaining("pool.submit(...)")
          .hasMessageContaining("CompletionStage");
    }
    CompletableFuture<Void> run = CompletableFuture.runAsync(() -> {}, recorder);
    assertThat(explain(FORY, recorder.last)).hasMessageContaining("CompletionStage");
    assertThat(explain(FORY, task(future))).hasMessageContaining("A future belongs to the JVM");
    assertThat(run).isNotDone();
  }

  @Test
  void explainTask_ofExecutor_saysThatTasksCannotUseTheirPool() {
    assertThat(explain(FORY, task(new OwnExecutor())))
        .hasMessageContaining("a task cannot use the pool that it runs in");
    var executor = Executors.newSingleThreadExecutor();
    try {
      assertThat(explain(FORY, task(executor)))
          .hasMessageContaining("a task cannot use the pool that it runs in");
    } finally {
      executor.shutdownNow();
    }
  }

  @Test
  void explainTask_ofPlainClassWithJdkSerializer_saysWhatItDemands() {
    TaskNotSerializableException e = explain(JDK, task(new Own()));
    assertThat(e.path()).endsWith("captured argument 0 (" + Own.class.getName() + ")");
    assertThat(e)
        .hasMessageContaining("this pool's serializer demands")
        .hasMessageContaining("Let Own implement java.io.Serializable");
  }

  @Test
  void explainTask_ofCycle_ends() {
    Chain a = new Chain(null);
    a.next = new Chain(a);
    assertThat(
            NotSerializable.explainTask(task(a), new Object[0], new IllegalStateException("why")))
        .hasMessageContaining("IllegalStateException: why")
        .satisfies(e -> assertThat(e.path()).isEmpty());
  }

  @Test
  void explainTask_ofLongChain_shortensThePath() {
    Chain chain = new Chain(Thread.currentThread());
    for (int i = 0; i < 50_000; i++) {
      chain = new Chain(chain);
    }
    Throwable cause = new java.io.NotSerializableException("java.lang.Thread");
    TaskNotSerializableException e = NotSerializable.explainTask(task(chain), new Object[0], cause);
    assertThat(e.path())
        .startsWith("lambda at NotSerializableTest.java:")
        .contains(" → ... ")
        .endsWith("field 'next' (java.lang.Object, here java.lang.Thread)")
        .hasSizeLessThan(2_000);
  }

  @Test
  void explainTask_ofMillionObjects_givesUp() {
    List<Object> many = new ArrayList<>();
    for (int i = 0; i < 1_000_000; i++) {
      many.add(new Own());
    }
    many.add(Thread.currentThread());
    Throwable cause = new java.io.NotSerializableException("java.lang.Thread");
    assertThat(NotSerializable.explainTask(task(many), new Object[0], cause).path()).isEmpty();
  }

  @Test
  void explainTask_ofHostileCause_stillExplains() {
    Throwable hostile =
        new RuntimeException() {
          @Override
          public String getMessage() {
            throw new IllegalStateException();
          }

          @Override
          public synchronized Throwable getCause() {
            throw new IllegalStateException();
          }
        };
    assertThat(NotSerializable.explainTask(task(1), new Object[0], hostile))
        .hasMessageContaining("its getMessage() threw");
  }

  @Test
  void explainResult_ofLiveField_namesIt() {
    Chain result = new Chain(List.of(new ByteArrayInputStream(new byte[0])));
    ResultNotSerializableException e = NotSerializable.explainResult(result, failure(FORY, result));
    assertThat(e.path())
        .startsWith(
            "result (" + Chain.class.getName() + ") → field 'next' (java.lang.Object, here ")
        .endsWith(" → element 0 (java.io.ByteArrayInputStream)");
    assertThat(e).hasMessageStartingWith("The task ran, but its result cannot cross back");
    assertThat(NotSerializable.explainResult(null, new IllegalStateException("x")))
        .hasMessageContaining("x");
  }

  private static Task<Object> task(Object captured) {
    return () -> captured;
  }

  private static Throwable failure(TaskSerializer serializer, Object value) {
    Throwable failure = catchThrowable(() -> serializer.serialize(value));
    assertThat(failure).isNotNull().isInstanceOf(Exception.class);
    return failure;
  }

  private static TaskNotSerializableException explain(TaskSerializer serializer, Object task) {
    return NotSerializable.explainTask(task, new Object[0], failure(serializer, task));
  }

  /** Keeps what is submitted, and runs nothing. */
  private static final class Recorder extends AbstractExecutorService {
    Runnable last = () -> {};

    @Override
    public void execute(Runnable command) {
      last = command;
    }

    @Override
    public void shutdown() {}

    @Override
    public List<Runnable> shutdownNow() {
      return List.of();
    }

    @Override
    public boolean isShutdown() {
      return false;
    }

    @Override
    public boolean isTerminated() {
      return false;
    }

    @Override
    public boolean awaitTermination(long timeout, java.util.concurrent.TimeUnit unit) {
      return true;
    }
  }
}
