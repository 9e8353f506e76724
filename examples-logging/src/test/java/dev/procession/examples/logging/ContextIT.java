package dev.procession.examples.logging;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import ch.qos.logback.core.read.ListAppender;
import dev.procession.MapOptions;
import dev.procession.MapResults;
import dev.procession.ProcessPoolExecutor;
import dev.procession.RemoteTaskException;
import dev.procession.Task;
import dev.procession.TaskFunction;
import dev.procession.VoidTask;
import dev.procession.testing.NoLeaks;
import io.opentelemetry.api.baggage.Baggage;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.context.Scope;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import org.slf4j.event.Level;

/**
 * What goes along with tasks, and what comes back of their logs, with the libraries that are met.
 */
@NoLeaks
class ContextIT {
  private static final org.slf4j.Logger TASKS = LoggerFactory.getLogger("tasks");

  private final ListAppender<ILoggingEvent> seen = new ListAppender<>();

  @BeforeEach
  void listen() {
    seen.start();
    ((Logger) LoggerFactory.getLogger("tasks")).addAppender(seen);
  }

  @AfterEach
  void forget() {
    ((Logger) LoggerFactory.getLogger("tasks")).detachAppender(seen);
    ((Logger) LoggerFactory.getLogger("tasks")).setLevel(null);
    MDC.clear();
    TenantCarrier.TENANT.remove();
  }

  private List<ILoggingEvent> events(int count) {
    Awaitility.await().until(() -> List.copyOf(seen.list).size() >= count);
    return List.copyOf(seen.list);
  }

  private static String mdc() {
    return String.valueOf(MDC.get("request"));
  }

  private static ProcessPoolExecutor.Builder pool() {
    return ProcessPoolExecutor.builder().workers(1);
  }

  /* ---- Context ---- */

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  @DisplayName("a task has the MDC of who submitted it, and the next one has not")
  void mdc(boolean inProcess) throws Exception {
    try (var pool = pool().inProcess(inProcess).build()) {
      Task<String> ask = ContextIT::mdc;
      assertThat(pool.submit(ask).result()).isEqualTo("null");
      MDC.put("request", "größe");
      assertThat(pool.submit(ask).result()).isEqualTo("größe");
      byte[] large = new byte[100_000];
      assertThat(pool.submit(bytes -> mdc() + bytes.length, large).result())
          .isEqualTo("größe100000");
      var submitted = pool.submit(ask);
      MDC.put("request", "other"); // too late for that one
      assertThat(submitted.result()).isEqualTo("größe");
      MDC.clear();
      assertThat(pool.submit(ask).result()).isEqualTo("null");
    }
  }

  @Test
  @DisplayName("each element of a map has what the map was begun with")
  void map() throws Exception {
    try (var pool = ProcessPoolExecutor.create(2)) {
      MDC.put("request", "r");
      List<Integer> inputs = IntStream.range(0, 500).boxed().toList();
      try (MapResults<String> results = pool.map((Integer i) -> mdc() + i, inputs)) {
        MDC.clear();
        List<String> all = new ArrayList<>();
        results.forEach(all::add);
        assertThat(all).containsExactlyElementsOf(inputs.stream().map(i -> "r" + i).toList());
      }
    }
  }

  @Test
  @DisplayName("and not what an element before it has made of that")
  void eachElement() throws Exception {
    try (var pool = pool().build()) {
      MDC.put("request", "r");
      List<Integer> inputs = IntStream.range(0, 20).boxed().toList();
      MapOptions oneChunk = MapOptions.builder().chunkSize(20).build();
      TaskFunction<Integer, String> change =
          i -> {
            String before = mdc() + MDC.get("more");
            MDC.put("more", "m" + i);
            if (i % 5 == 0) {
              MDC.clear();
            }
            return before;
          };
      try (MapResults<String> results = pool.map(oneChunk, change, inputs)) {
        assertThat(results.stream().distinct().toList()).containsExactly("rnull");
      }
    }
  }

  @Test
  @SuppressWarnings("MustBeClosedChecker") // that is what it is about
  @DisplayName("what an initializer has put stays, and a scope that a task left open does not")
  void leftOpen() throws Exception {
    try (var pool = pool().initializer(() -> MDC.put("node", "n1")).build()) {
      Task<String> ask = () -> MDC.get("node") + " " + mdc() + " " + Baggage.current().size();
      MDC.put("request", "r");
      assertThat(pool.submit(ask).result()).isEqualTo("n1 r 0");
      Scope baggage = Baggage.builder().put("k", "v").build().makeCurrent();
      try {
        VoidTask careless =
            () -> {
              var unused = Baggage.builder().put("left", "open").build().makeCurrent();
            };
        pool.submit(careless).result();
      } finally {
        baggage.close();
      }
      MDC.clear();
      assertThat(pool.submit(ask).result()).isEqualTo("n1 null 0");
    }
  }

  @Test
  @DisplayName("a short deadline does not count the loading of what carries a context")
  void shortDeadline() throws Exception {
    try (var pool = pool().taskTimeout(Duration.ofSeconds(1)).build()) {
      MDC.put("request", "r");
      for (int i = 0; i < 3; i++) {
        Task<String> ask = ContextIT::mdc;
        assertThat(pool.submit(ask).result()).isEqualTo("r");
      }
      assertThat(pool.snapshot().restarts()).isZero();
    }
  }

  @Test
  @DisplayName("a task's span is the child of the one where it was submitted; baggage goes along")
  void openTelemetry() throws Exception {
    SdkTracerProvider provider = SdkTracerProvider.builder().build();
    Span span = provider.get("test").spanBuilder("request").startSpan();
    try (var pool = pool().build();
        Scope inSpan = span.makeCurrent();
        Scope withBaggage = Baggage.builder().put("tenant", "t 1").build().makeCurrent()) {
      SpanContext here = span.getSpanContext();
      Task<List<String>> ask =
          () -> {
            SpanContext there = Span.current().getSpanContext();
            return List.of(
                there.getTraceId(),
                there.getSpanId(),
                "" + there.isRemote() + there.isSampled(),
                String.valueOf(Baggage.current().getEntryValue("tenant")));
          };
      assertThat(pool.submit(ask).result())
          .containsExactly(here.getTraceId(), here.getSpanId(), "truetrue", "t 1");
    } finally {
      provider.close();
    }
  }

  @Test
  @DisplayName("so does what a carrier of one's own carries, unless nothing is to")
  void ownCarrier() throws Exception {
    TenantCarrier.TENANT.set("acme");
    MDC.put("request", "r");
    Task<String> ask = () -> TenantCarrier.TENANT.get() + " " + mdc();
    try (var pool = pool().build()) {
      assertThat(pool.submit(ask).result()).isEqualTo("acme r");
    }
    try (var pool = pool().contextPropagation(false).build()) {
      assertThat(pool.submit(ask).result()).isEqualTo("null null");
    }
  }

  /* ---- Logs ---- */

  @Test
  @DisplayName("what a task logs comes to the logger of that name, with level, MDC and exception")
  void logs() throws Exception {
    try (var pool = pool().forwardLogs(Level.INFO).build()) {
      MDC.put("request", "r-1");
      VoidTask task =
          () -> {
            TASKS.debug("below the level");
            TASKS.info("page {} of {}", 1, 2);
            MDC.put("more", "m");
            TASKS.error("failed", new IllegalStateException("on purpose"));
          };
      pool.submit(task).result();
      List<ILoggingEvent> events = events(2);
      assertThat(events)
          .extracting(ILoggingEvent::getFormattedMessage)
          .containsExactly("page 1 of 2", "failed");
      assertThat(events)
          .extracting(event -> event.getLevel().toString())
          .containsExactly("INFO", "ERROR");
      String worker = Long.toString(pool.snapshot().workers().get(0).pid());
      assertThat(events.get(0).getMDCPropertyMap())
          .isEqualTo(
              Map.of("request", "r-1", "procession.worker", worker, "procession.thread", "main"));
      assertThat(events.get(1).getMDCPropertyMap()).containsEntry("more", "m");
      assertThat(events.get(1).getThrowableProxy().getClassName())
          .isEqualTo(RemoteTaskException.class.getName());
      assertThat(events.get(1).getThrowableProxy().getMessage()).contains("on purpose");
      assertThat(events.get(1).getThrowableProxy().getStackTraceElementProxyArray()[0].toString())
          .contains(ContextIT.class.getName());
    }
  }

  @Test
  @DisplayName("the parent's configuration decides once more, and order is kept")
  void levels() throws Exception {
    ((Logger) LoggerFactory.getLogger("tasks")).setLevel(ch.qos.logback.classic.Level.WARN);
    try (var pool = pool().forwardLogs(Level.TRACE).build()) {
      VoidTask task =
          () -> {
            for (int i = 0; i < 1_000; i++) {
              TASKS.trace("no");
              TASKS.warn("{}", i);
            }
          };
      pool.submit(task).result();
      assertThat(events(1_000))
          .extracting(ILoggingEvent::getFormattedMessage)
          .containsExactlyElementsOf(IntStream.range(0, 1_000).mapToObj(i -> "" + i).toList());
    }
  }

  @Test
  @DisplayName("a flood of long messages harms nobody: some are left out, and a warning says so")
  void flood() throws Exception {
    ListAppender<ILoggingEvent> own = new ListAppender<>();
    own.start();
    Logger internal = (Logger) LoggerFactory.getLogger("dev.procession.internal.parent.WorkerLogs");
    internal.addAppender(own);
    CountDownLatch slow = new CountDownLatch(1);
    AppenderBase<ILoggingEvent> stuck =
        new AppenderBase<>() {
          @Override
          protected void append(ILoggingEvent event) {
            try {
              slow.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          }
        };
    stuck.start();
    ((Logger) LoggerFactory.getLogger("flood")).addAppender(stuck);
    ((Logger) LoggerFactory.getLogger("flood")).setAdditive(false);
    try (var pool = pool().forwardLogs(Level.INFO).build()) {
      String text = "x".repeat(200_000);
      Task<Integer> flooding =
          () -> {
            for (int i = 0; i < 500; i++) {
              LoggerFactory.getLogger("flood").info(text);
            }
            return 1;
          };
      assertThat(pool.submit(flooding).result()).isEqualTo(1);
      Awaitility.await()
          .until(
              () -> {
                VoidTask last = () -> LoggerFactory.getLogger("flood").info("last");
                pool.submit(last).result();
                slow.countDown();
                return !List.copyOf(own.list).isEmpty();
              });
      assertThat(own.list.get(0).getFormattedMessage()).contains("were left out");
    } finally {
      internal.detachAppender(own);
      ((Logger) LoggerFactory.getLogger("flood")).detachAppender(stuck);
    }
  }

  @Test
  @DisplayName("an initializer's logs come too, and what a worker logs last before it dies")
  void early() throws Exception {
    VoidTask early = () -> TASKS.info("early");
    VoidTask late =
        () -> {
          TASKS.info("x".repeat(1_000_000));
          TASKS.info("late");
          Runtime.getRuntime().halt(3);
        };
    try (var pool = pool().forwardLogs(Level.INFO).initializer(early).build()) {
      assertThat(pool.submit(late).exception()).isPresent();
      List<ILoggingEvent> events = events(3);
      assertThat(events.get(0).getFormattedMessage()).isEqualTo("early");
      assertThat(events.get(1).getFormattedMessage()).startsWith("xxx").endsWith("x...");
      assertThat(events.get(2).getFormattedMessage()).isEqualTo("late");
    }
  }

  @Test
  @DisplayName("the example prints the task's line with its request")
  void example() throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream before = System.out;
    System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    try {
      TracedTasks.main();
    } finally {
      System.setOut(before);
    }
    assertThat(bytes.toString(StandardCharsets.UTF_8)).contains("same trace: true");
  }
}
