package dev.procession.internal.worker;

import dev.procession.internal.wire.ControlMessages.Profile;
import dev.procession.internal.wire.ControlMessages.Vitals;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.nio.file.Path;
import java.time.Duration;

/** What this JVM can say of itself, for who looks at its pool; on a thread aside. */
final class SelfExamination {
  private static final int MOST_SECONDS = 60;

  private SelfExamination() {}

  static Vitals vitals() {
    MemoryUsage heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
    long collections = 0;
    long millis = 0;
    for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
      collections += Math.max(0, collector.getCollectionCount());
      millis += Math.max(0, collector.getCollectionTime());
    }
    return new Vitals(
        heap.getUsed(),
        heap.getCommitted(),
        heap.getMax(),
        collections,
        millis,
        ManagementFactory.getThreadMXBean().getThreadCount());
  }

  /** What the threads spend their time with for a while; see {@link SampledStacks}. */
  static Profile profile(int seconds, Path directory) {
    try {
      Duration time = Duration.ofSeconds(Math.max(1, Math.min(MOST_SECONDS, seconds)));
      return new Profile(true, SampledStacks.take(time, directory));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Profile(false, "it was interrupted");
    } catch (Throwable e) { // whatever it is, somebody waits for an answer
      return new Profile(false, "the worker's JVM cannot record: " + e);
    }
  }
}
