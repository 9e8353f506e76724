package dev.procession.cluster.internal.submitter;

import dev.procession.OutputLine;
import dev.procession.cluster.internal.link.Frame;
import dev.procession.internal.parent.PoolConfig;
import dev.procession.internal.parent.PoolServices;
import dev.procession.internal.parent.SerialQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What workers of members print, on its way to the listener: in order, one line at a time. */
final class MemberOutput {
  private static final Logger LOG = LoggerFactory.getLogger(MemberOutput.class);

  /** A member is told that so much of its lines has been printed, much less than it waits for. */
  private static final int TELL_PRINTED = 256 << 10;

  /** For lines that lie here when the workers have ended. */
  private static final long PRINTING_SECONDS = 5;

  private final PoolServices pool;
  private final PoolConfig config;
  private final SerialQueue printing;

  MemberOutput(PoolServices pool) {
    this.pool = pool;
    this.config = pool.config();
    this.printing = new SerialQueue(pool::inBackground); // callbacks may wait for tasks that print
  }

  /** Leaves a line of one of the member's workers; it is printed once {@link #run} was called. */
  void add(Attachment from, Frame.Output output) {
    int worker = from.workers.getOrDefault(output.pid(), 0);
    printing.add(() -> print(from, worker, output));
  }

  /** Has what was left printed, by another thread. */
  void run() {
    printing.run();
  }

  private void print(Attachment from, int worker, Frame.Output output) {
    OutputLine line =
        new OutputLine(
            config.name(),
            output.pid(),
            output.task(),
            output.taskName(),
            output.error(),
            output.text());
    pool.printedElsewhere(worker, line);
    pool.callbacks().guarded("the output listener", () -> config.outputListener().line(line));
    from.printed += output.roughSize();
    if (from.printed >= TELL_PRINTED) {
      from.outgoing.add(new Frame.Printed(from.printed));
      from.printed = 0;
    }
  }

  /** Waits until the listener has had all lines, or does not come back. */
  void awaitPrinted() throws InterruptedException {
    CountDownLatch printed = new CountDownLatch(1);
    printing.add(printed::countDown);
    printing.run();
    if (!printed.await(PRINTING_SECONDS, TimeUnit.SECONDS)) {
      LOG.warn("[{}] the output listener is still busy; the pool ends", config.name());
    }
  }
}
