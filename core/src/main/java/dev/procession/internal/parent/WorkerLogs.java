package dev.procession.internal.parent;

import dev.procession.internal.codec.FailureCodec;
import dev.procession.internal.context.MdcScope;
import dev.procession.internal.wire.LogMessage;
import dev.procession.internal.wire.WireException;
import dev.procession.spi.ContextCarrier.Scope;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Gives what workers log to this JVM's loggers, in the order in which it came and on the callback
 * executor: an appender is code of the user's. Any thread may call it.
 */
final class WorkerLogs {
  /** More than these waiting are left out: nothing makes a worker log more slowly. */
  private static final int MOST_WAITING = 10_000;

  private static final long MOST_BYTES_WAITING = 16 << 20;

  /** Before others have their turn on the executor. */
  private static final int IN_A_ROW = 64;

  /** Logging libraries keep a logger for each name, and for each part of it between dots. */
  private static final int MOST_LOGGERS = 10_000;

  private static final int LONGEST_NAME = 512;
  private static final int MOST_DOTS = 50;

  private static final Logger LOG = LoggerFactory.getLogger(WorkerLogs.class);

  private final LocalServices services;
  private final String pool;
  private final CallbackRunner callbacks;
  private final SerialQueue queue;
  private final AtomicInteger waiting = new AtomicInteger();
  private final AtomicLong waitingBytes = new AtomicLong();
  private final AtomicInteger leftOut = new AtomicInteger();
  private final Set<String> names = new HashSet<>(); // of one thread at a time, the queue's

  WorkerLogs(LocalServices services) {
    this.services = services;
    this.pool = services.name();
    this.callbacks = services.callbacks();
    this.queue = new SerialQueue(callbacks, IN_A_ROW);
  }

  /**
   * A worker has logged something.
   *
   * @throws WireException if the bytes are no message
   */
  void add(WorkerSlot slot, byte[] bytes) throws WireException {
    long worker = slot.pid();
    if (waiting.get() >= MOST_WAITING || waitingBytes.get() > MOST_BYTES_WAITING) {
      leftOut.incrementAndGet();
      return;
    }
    LogMessage message = LogMessage.of(bytes);
    Observation observation = services.observation();
    if (observation != null) {
      observation.output().logged(slot.number, worker, message);
    }
    waiting.incrementAndGet();
    waitingBytes.addAndGet(bytes.length);
    queue.add(
        () -> {
          waiting.decrementAndGet();
          waitingBytes.addAndGet(-bytes.length);
          callbacks.guarded("a log message of a worker", () -> log(worker, message));
        });
    queue.run();
  }

  private void log(long worker, LogMessage message) {
    int missing = leftOut.getAndSet(0);
    if (missing > 0) {
      LOG.warn("[{}] {} log messages of workers were left out: too many at a time", pool, missing);
    }
    Map<String, String> context = new HashMap<>(message.mdc());
    context.put("procession.worker", Long.toString(worker));
    context.put("procession.thread", message.thread());
    Scope scope = MdcScope.of(context);
    try {
      Logger logger = LoggerFactory.getLogger(nameOf(message.logger()));
      LoggingEventBuilder event = logger.atLevel(levelOf(message.level()));
      if (message.failure().length > 0) {
        event = event.setCause(FailureCodec.readDescription(message.failure()));
      }
      event.log(message.message());
    } finally {
      scope.close();
    }
  }

  /** The worker is not trusted to have sent the names of loggers that there are. */
  private String nameOf(String logger) {
    boolean isName =
        logger.length() <= LONGEST_NAME
            && logger.chars().filter(c -> c == '.').count() <= MOST_DOTS
            && (names.size() < MOST_LOGGERS || names.contains(logger));
    if (isName) {
      names.add(logger);
    }
    return isName ? logger : WorkerLogs.class.getName();
  }

  /** The worker is not trusted to have sent a number of SLF4J's. */
  private static Level levelOf(int number) {
    Level level = Level.TRACE;
    for (Level each : Level.values()) {
      if (each.toInt() <= number && each.toInt() > level.toInt()) {
        level = each;
      }
    }
    return level;
  }
}
