package dev.procession.internal.worker;

import dev.procession.internal.wire.ControlMessages;
import dev.procession.internal.wire.ProgressReport;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Sends what calls report of their progress: the newest only, now and then, on a thread of its own
 * that is made for the first report.
 */
final class ProgressSender {
  private static final long PAUSE_NANOS = 50_000_000;

  private final ParentLink link;
  private @Nullable ProgressReport unsent; // guarded by this
  private @Nullable Thread sender; // guarded by this
  private volatile boolean ended;

  ProgressSender(ParentLink link) {
    this.link = link;
  }

  synchronized void report(ProgressReport report) {
    unsent = report;
    if (sender == null) {
      Thread made = new Thread(this::run, "procession-progress");
      made.setDaemon(true);
      made.start();
      sender = made;
    }
    notify();
  }

  /** That call has ended: nothing more is sent of it. */
  synchronized void forget(long sequence) {
    if (unsent != null && unsent.sequence() == sequence) {
      unsent = null;
    }
  }

  /** Ends its thread, where the process goes on without this worker. */
  synchronized void end() {
    ended = true;
    notify();
  }

  private void run() {
    while (!ended) {
      try {
        sendNext();
        TimeUnit.NANOSECONDS.sleep(PAUSE_NANOS);
      } catch (InterruptedException e) {
        // A task that interrupts all threads of its JVM does not end this one.
      }
    }
  }

  /* Sent under the lock, so that nothing of a call comes after its end. */
  private synchronized void sendNext() throws InterruptedException {
    ProgressReport next;
    while ((next = unsent) == null) {
      if (ended) {
        return;
      }
      wait();
    }
    unsent = null;
    link.send(ControlMessages.progress(next));
  }
}
