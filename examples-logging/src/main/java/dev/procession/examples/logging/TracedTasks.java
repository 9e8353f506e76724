package dev.procession.examples.logging;

import dev.procession.ProcessPoolExecutor;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Scope;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import org.slf4j.event.Level;

/**
 * What tasks log arrives in the parent's log, with the request that they work for; so do traces.
 */
public final class TracedTasks {
  private static final Logger LOG = LoggerFactory.getLogger(TracedTasks.class);

  private TracedTasks() {}

  private static String convert(String page) {
    LOG.info("converting {}", page);
    return Span.current().getSpanContext().getTraceId();
  }

  /** Runs the example. */
  public static void main(String... args) throws Exception {
    SdkTracerProvider provider = SdkTracerProvider.builder().build();
    Tracer tracer = provider.get("examples");
    // @start region=logs
    try (var pool = ProcessPoolExecutor.builder().workers(2).forwardLogs(Level.INFO).build()) {
      MDC.put("request", "r-17");
      Span span = tracer.spanBuilder("request").startSpan();
      Scope inRequest = span.makeCurrent();
      try {
        String trace = pool.submit(TracedTasks::convert, "page 1").result();
        System.out.println("same trace: " + trace.equals(span.getSpanContext().getTraceId()));
      } finally {
        inRequest.close();
        span.end();
        MDC.clear();
      }
    }
    // @end
    provider.close();
  }
}
