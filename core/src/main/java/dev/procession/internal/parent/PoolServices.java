package dev.procession.internal.parent;

import java.util.concurrent.Executor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** What the parts of one pool share. */
final class PoolServices {
  private static final long KEEP_ALIVE_MILLIS = 500;

  private final PoolConfig config;
  private final ResultDecoder decoder;
  private final CallbackRunner callbacks;
  private final PoolEvents events;
  private final TaskCounters counters = new TaskCounters();
  private final PoolClock clock = new PoolClock();
  private final ThreadPoolExecutor background;
  private final Scheduler scheduler;

  PoolServices(PoolConfig config, ResultDecoder decoder) {
    this.config = config;
    this.decoder = decoder;
    this.callbacks = new CallbackRunner(config.name(), config.callbackExecutor());
    this.events = new PoolEvents(config.name(), config.listener(), callbacks);
    this.background =
        new ThreadPoolExecutor(
            0,
            Integer.MAX_VALUE,
            KEEP_ALIVE_MILLIS,
            TimeUnit.MILLISECONDS,
            new SynchronousQueue<>(),
            new PoolThreads(config.name(), "background"));
    this.scheduler = new Scheduler(this);
  }

  String name() {
    return config.name();
  }

  PoolConfig config() {
    return config;
  }

  ResultDecoder decoder() {
    return decoder;
  }

  CallbackRunner callbacks() {
    return callbacks;
  }

  PoolEvents events() {
    return events;
  }

  TaskCounters counters() {
    return counters;
  }

  PoolClock clock() {
    return clock;
  }

  /** For what blocks: launching, killing and reaping processes, copying large payloads. */
  Executor background() {
    return background;
  }

  Scheduler scheduler() {
    return scheduler;
  }
}
