package dev.procession.internal.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CpuClockTest {
  private static final long USED = TimeUnit.MILLISECONDS.toNanos(30);

  private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
  private final CpuClock clock = new CpuClock();

  @BeforeEach
  void load() {
    clock.load();
  }

  private void use() {
    long until = threads.getCurrentThreadCpuTime() + USED;
    while (threads.getCurrentThreadCpuTime() < until) {
      Thread.onSpinWait();
    }
  }

  private long spentBy(Runnable task) {
    long begun = System.nanoTime();
    clock.begins(begun);
    task.run();
    return clock.spent(begun, System.nanoTime());
  }

  /** A sleep stands for the wait for a processor: the clock is not told of either. */
  private static void waitForProcessor() {
    try {
      Thread.sleep(100);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void spent_afterAWaitForAProcessor_isWhatTheTaskUsed() {
    clock.resetAt(System.nanoTime());
    waitForProcessor();
    assertThat(spentBy(this::use)).isGreaterThanOrEqualTo(USED);
    waitForProcessor();
    assertThat(spentBy(this::use)).isGreaterThanOrEqualTo(USED);
  }

  @Test
  void spent_byATaskThatWaits_isNotTheTimeItTook() {
    clock.resetAt(System.nanoTime());
    long spent = spentBy(CpuClockTest::waitForProcessor);
    assertThat(spent).isLessThan(TimeUnit.MILLISECONDS.toNanos(100));
  }
}
