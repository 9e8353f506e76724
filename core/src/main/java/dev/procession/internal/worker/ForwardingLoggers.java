package dev.procession.internal.worker;

import dev.procession.internal.codec.FailureCodec;
import dev.procession.internal.wire.ControlMessages;
import dev.procession.internal.wire.LogMessage;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.ILoggerFactory;
import org.slf4j.IMarkerFactory;
import org.slf4j.Logger;
import org.slf4j.MDC;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.helpers.BasicMarkerFactory;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.MessageFormatter;
import org.slf4j.spi.MDCAdapter;
import org.slf4j.spi.SLF4JServiceProvider;

/**
 * SLF4J in a worker whose logs the parent wants: each message of the level asked for, or above,
 * goes to the parent by the channel. Chosen by the system property {@code slf4j.provider}. Any
 * thread may call it.
 */
public final class ForwardingLoggers implements SLF4JServiceProvider {
  private static final CompletableFuture<ParentLink> LINK = new CompletableFuture<>();

  private final Map<String, Logger> loggers = new ConcurrentHashMap<>();
  private final IMarkerFactory markers = new BasicMarkerFactory();
  private final MDCAdapter mdc = new PlainMdc();

  /** SLF4J makes it. */
  public ForwardingLoggers() {}

  /** The channel is there; who logs before that waits. */
  static void sendBy(ParentLink link) {
    LINK.complete(link);
  }

  @Override
  public ILoggerFactory getLoggerFactory() {
    return name -> loggers.computeIfAbsent(name, Forwarder::new);
  }

  @Override
  public IMarkerFactory getMarkerFactory() {
    return markers;
  }

  @Override
  public MDCAdapter getMDCAdapter() {
    return mdc;
  }

  @Override
  public String getRequestedApiVersion() {
    return "2.0.99"; // any of 2.0, as the API asks for it to be said
  }

  @Override
  public void initialize() {}

  private static final class Forwarder extends LegacyAbstractLogger {
    private static final long serialVersionUID = 1L;
    private static final int THRESHOLD =
        Level.valueOf(System.getProperty(WorkerMain.LOG_LEVEL, Level.INFO.name())).toInt();

    Forwarder(String name) {
      this.name = name;
    }

    private static boolean isSent(Level level) {
      return level.toInt() >= THRESHOLD;
    }

    @Override
    public boolean isTraceEnabled() {
      return isSent(Level.TRACE);
    }

    @Override
    public boolean isDebugEnabled() {
      return isSent(Level.DEBUG);
    }

    @Override
    public boolean isInfoEnabled() {
      return isSent(Level.INFO);
    }

    @Override
    public boolean isWarnEnabled() {
      return isSent(Level.WARN);
    }

    @Override
    public boolean isErrorEnabled() {
      return isSent(Level.ERROR);
    }

    @Override
    protected @Nullable String getFullyQualifiedCallerName() {
      return null; // where a message was logged does not cross
    }

    @Override
    protected void handleNormalizedLoggingCall(
        Level level,
        @Nullable Marker marker,
        String pattern,
        Object @Nullable [] arguments,
        @Nullable Throwable thrown) {
      Map<String, String> context = MDC.getCopyOfContextMap();
      LogMessage message =
          new LogMessage(
              level.toInt(),
              name,
              Thread.currentThread().getName(),
              String.valueOf(MessageFormatter.basicArrayFormat(pattern, arguments)),
              context == null ? Map.of() : context,
              thrown == null ? new byte[0] : FailureCodec.describe(thrown));
      LINK.join().send(ControlMessages.log(message));
    }
  }
}
