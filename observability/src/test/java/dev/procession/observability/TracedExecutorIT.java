package dev.procession.observability;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.procession.MapResults;
import dev.procession.ProcessFuture;
import dev.procession.ProcessPoolExecutor;
import dev.procession.TaskOptions;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Scope;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Tasks as spans. */
class TracedExecutorIT {
  private final InMemorySpanExporter exporter = InMemorySpanExporter.create();
  private final OpenTelemetrySdk telemetry =
      OpenTelemetrySdk.builder()
          .setTracerProvider(
              SdkTracerProvider.builder()
                  .addSpanProcessor(SimpleSpanProcessor.create(exporter))
                  .build())
          .build();

  private SpanData span(String name) {
    return exporter.getFinishedSpanItems().stream()
        .filter(span -> span.getName().equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError(name + " in " + exporter.getFinishedSpanItems()));
  }

  private void awaitSpans(int count) {
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertThat(exporter.getFinishedSpanItems()).hasSize(count));
  }

  @Test
  @DisplayName(
      "a task is a span with queue and run below it, and its worker's spans would be its children")
  void submit_taskUnderASpan_queueAndRunBelowIt() throws Exception {
    Span request = telemetry.getTracer("test").spanBuilder("request").startSpan();
    try (TracedExecutor pool = TracedExecutor.of(ProcessPoolExecutor.create(1), telemetry)) {
      ProcessFuture<String> parentInWorker;
      try (Scope unused = request.makeCurrent()) {
        parentInWorker =
            pool.with(TaskOptions.builder().name("thumb").build())
                .submit(
                    () -> {
                      TimeUnit.MILLISECONDS.sleep(20);
                      return Span.current().getSpanContext().getSpanId();
                    });
      }
      String seenByTask = parentInWorker.result();
      awaitSpans(3);
      SpanData task = span("thumb");
      assertThat(seenByTask).isEqualTo(task.getSpanId());
      assertThat(task.getParentSpanId()).isEqualTo(request.getSpanContext().getSpanId());
      assertThat(span("queue").getParentSpanId()).isEqualTo(task.getSpanId());
      SpanData run = span("run");
      assertThat(run.getParentSpanId()).isEqualTo(task.getSpanId());
      assertThat(run.getEndEpochNanos() - run.getStartEpochNanos())
          .isGreaterThanOrEqualTo(20_000_000);
      assertThat(span("queue").getEndEpochNanos()).isLessThanOrEqualTo(run.getStartEpochNanos());
      assertThat(task.getAttributes().get(AttributeKey.longKey("procession.worker.pid")))
          .isPositive();
      assertThat(task.getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
    }
  }

  @Test
  @DisplayName("what failed, crashed or was refused is an error; a map is one span that counts")
  void submit_failures_areErrors() throws Exception {
    ProcessPoolExecutor target = ProcessPoolExecutor.create(1);
    try (TracedExecutor pool = TracedExecutor.of(target, telemetry)) {
      assertThat(
              pool.with(TaskOptions.builder().name("halts").build())
                  .submit(() -> Runtime.getRuntime().halt(3))
                  .exception())
          .isPresent();
      awaitSpans(3);
      SpanData halted = span("halts");
      assertThat(halted.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
      assertThat(halted.getStatus().getDescription()).contains("exit code 3");
      try (MapResults<Integer> results = pool.map((Integer x) -> 6 / x, List.of(0, 1, 2))) {
        results.outcomes().forEach(outcome -> {});
      }
      awaitSpans(4);
      SpanData map = span("map");
      assertThat(map.getAttributes().get(AttributeKey.longKey("procession.map.elements")))
          .isEqualTo(3);
      assertThat(map.getAttributes().get(AttributeKey.longKey("procession.map.failed")))
          .isEqualTo(1);
      target.shutdown();
      assertThatThrownBy(() -> pool.submit(() -> 1)).isInstanceOf(RejectedExecutionException.class);
      awaitSpans(5);
      assertThat(span("task").getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
    }
  }
}
