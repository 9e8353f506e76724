package dev.procession.observability;

import dev.procession.MapResults;
import dev.procession.ProcessExecutorService;
import dev.procession.ProcessFuture;
import dev.procession.TaskOptions;
import dev.procession.TaskState;
import dev.procession.TaskStory;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An executor whose tasks are spans of OpenTelemetry.
 *
 * <p>A task's span reaches from its submission to its end, a child of the span that is current
 * where it is submitted; it has two children of its own, {@code queue} until a worker has begun it
 * and {@code run} while it ran, and the attributes below. It goes along with the task, so that
 * spans that are made in a worker are its children as well. A map is one span, until it is closed
 * or at its end.
 *
 * <p>Attributes: {@code procession.task.id}, {@code procession.task.attempt}, {@code
 * procession.worker.pid}, {@code procession.task.bytes_in}, {@code procession.task.bytes_out},
 * {@code procession.task.cpu_time} in seconds; of a map {@code procession.map.elements} and {@code
 * procession.map.failed}. A task that failed has the status ERROR, with what it failed with.
 *
 * <p>{@code invokeAll} and {@code invokeAny} are passed on without spans. Any thread may use it.
 */
public final class TracedExecutor extends ForwardingExecutor {
  private static final AttributeKey<Long> TASK = AttributeKey.longKey("procession.task.id");
  private static final AttributeKey<Long> ATTEMPT = AttributeKey.longKey("procession.task.attempt");
  private static final AttributeKey<Long> WORKER = AttributeKey.longKey("procession.worker.pid");
  private static final AttributeKey<Long> BYTES_IN =
      AttributeKey.longKey("procession.task.bytes_in");
  private static final AttributeKey<Long> BYTES_OUT =
      AttributeKey.longKey("procession.task.bytes_out");
  private static final AttributeKey<Double> CPU_TIME =
      AttributeKey.doubleKey("procession.task.cpu_time");
  private static final AttributeKey<Long> ELEMENTS =
      AttributeKey.longKey("procession.map.elements");
  private static final AttributeKey<Long> FAILED = AttributeKey.longKey("procession.map.failed");

  private final Tracer tracer;

  private TracedExecutor(ProcessExecutorService to, Tracer tracer) {
    super(to);
    this.tracer = tracer;
  }

  /**
   * Passes on to {@code executor}; closing this closes that.
   *
   * @param telemetry where spans go
   */
  public static TracedExecutor of(ProcessExecutorService executor, OpenTelemetry telemetry) {
    return new TracedExecutor(
        Objects.requireNonNull(executor, "executor"), telemetry.getTracer("dev.procession"));
  }

  @Override
  public ProcessExecutorService with(TaskOptions options) {
    return new TracedExecutor(to.with(options), tracer);
  }

  @Override
  <T extends @Nullable Object> ProcessFuture<T> submitting(Supplier<ProcessFuture<T>> submit) {
    return trying(() -> Optional.of(submit.get())).orElseThrow();
  }

  @Override
  <T extends @Nullable Object> Optional<ProcessFuture<T>> trying(
      Supplier<Optional<ProcessFuture<T>>> submit) {
    Context parent = Context.current();
    Span span = tracer.spanBuilder("task").setParent(parent).startSpan();
    Optional<ProcessFuture<T>> submitted = within(span, submit);
    if (submitted.isPresent()) {
      submitted.get().addDoneCallback(done -> end(parent, span, done.info()));
    } else {
      fail(span, "the pool is full");
      span.end();
    }
    return submitted;
  }

  private void end(Context parent, Span span, TaskStory story) {
    Instant finished = story.finished().orElseGet(Instant::now);
    Instant started = story.started().orElse(finished);
    Context own = parent.with(span);
    child(own, "queue", story.submitted(), started);
    if (story.started().isPresent()) {
      Span run = tracer.spanBuilder("run").setParent(own).setStartTimestamp(started).startSpan();
      run.setAttribute(WORKER, story.workerPid());
      run.end(finished);
    }
    span.updateName(story.name());
    span.setAllAttributes(attributes(story));
    if (story.state() != TaskState.SUCCEEDED) {
      fail(span, story.failure().orElse("cancelled"));
    }
    span.end(finished);
  }

  private void child(Context parent, String name, Instant from, Instant to) {
    tracer.spanBuilder(name).setParent(parent).setStartTimestamp(from).startSpan().end(to);
  }

  private static Attributes attributes(TaskStory story) {
    return Attributes.builder()
        .put(TASK, story.id())
        .put(ATTEMPT, (long) story.attempt())
        .put(WORKER, story.workerPid())
        .put(BYTES_IN, story.bytesIn())
        .put(BYTES_OUT, story.bytesOut())
        .put(CPU_TIME, story.cpuTime().toNanos() / 1e9)
        .build();
  }

  /** Takes a step in that span; if it throws, that was the span's end. */
  @SuppressWarnings("try") // the scope is there to be left
  private static <T> T within(Span span, Supplier<T> step) {
    try (Scope unused = span.makeCurrent()) {
      return step.get();
    } catch (RuntimeException | Error e) {
      fail(span, String.valueOf(e));
      span.end();
      throw e;
    }
  }

  private static void fail(Span span, String why) {
    span.setStatus(StatusCode.ERROR, why);
  }

  @Override
  <R extends @Nullable Object> MapResults<R> mapping(Supplier<MapResults<R>> map) {
    Span span = tracer.spanBuilder("map").startSpan();
    MapResults<R> results = within(span, map);
    AtomicLong elements = new AtomicLong();
    AtomicLong failed = new AtomicLong();
    AtomicBoolean ended = new AtomicBoolean();
    Runnable end =
        () -> {
          if (ended.compareAndSet(false, true)) {
            span.setAttribute(ELEMENTS, elements.get());
            span.setAttribute(FAILED, failed.get());
            span.end();
          }
        };
    return results
        .peek(
            outcome -> {
              elements.incrementAndGet();
              failed.addAndGet(outcome.isSuccess() ? 0 : 1);
            })
        .onClose(end);
  }
}
