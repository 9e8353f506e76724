package dev.procession.internal.context;

import dev.procession.spi.ContextCarrier;
import io.opentelemetry.api.baggage.propagation.W3CBaggagePropagator;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.context.propagation.TextMapPropagator;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The current span and baggage of OpenTelemetry, in the form of <a
 * href="https://www.w3.org/TR/trace-context/">W3C Trace Context</a>: a span that a task starts is
 * the child of the one that was current where it was submitted.
 */
final class OpenTelemetryCarrier implements ContextCarrier {
  private static final TextMapPropagator PROPAGATOR =
      TextMapPropagator.composite(
          W3CTraceContextPropagator.getInstance(), W3CBaggagePropagator.getInstance());

  private static final TextMapGetter<Map<String, String>> GETTER =
      new TextMapGetter<>() {
        @Override
        public Iterable<String> keys(Map<String, String> carrier) {
          return carrier.keySet();
        }

        @Override
        public @Nullable String get(@Nullable Map<String, String> carrier, String key) {
          return carrier == null ? null : carrier.get(key);
        }
      };

  @Override
  public String name() {
    return "otel";
  }

  @Override
  public Map<String, String> capture() {
    Context current = Context.current();
    if (current == Context.root()) {
      return Map.of();
    }
    Map<String, String> fields = new HashMap<>();
    PROPAGATOR.inject(current, fields, (carrier, key, value) -> fields.put(key, value));
    return fields;
  }

  @Override
  @SuppressWarnings("MustBeClosedChecker") // it is closed when the task has ended
  public Scope restore(Map<String, String> captured) {
    Context before = Context.current();
    io.opentelemetry.context.Scope ours =
        PROPAGATOR.extract(Context.root(), captured, GETTER).makeCurrent();
    return () -> {
      ours.close();
      if (Context.current() != before) { // the task has left a scope of its own open
        var unused = before.makeCurrent();
      }
    };
  }
}
