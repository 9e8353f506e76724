package dev.procession.internal.progress;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;

/** The speed of counted work over the last few seconds; for one thread. */
final class Pace {
  private static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(3);

  private record Sample(long nanoTime, long count) {}

  private final Deque<Sample> samples = new ArrayDeque<>();

  /** Takes note of how many were done at that time. */
  void add(long nanoTime, long count) {
    if (count == 0) {
      samples.clear(); // what the beginning took says nothing about the speed
    }
    samples.addLast(new Sample(nanoTime, count));
    while (samples.size() > 2 && nanoTime - samples.getFirst().nanoTime > WINDOW_NANOS) {
      samples.removeFirst();
    }
  }

  /** How many a second; 0 while that cannot be said. */
  double perSecond() {
    if (samples.size() < 2) {
      return 0;
    }
    Sample first = samples.getFirst();
    Sample last = samples.getLast();
    long nanos = last.nanoTime - first.nanoTime;
    return nanos <= 0 ? 0 : (last.count - first.count) * 1e9 / nanos;
  }
}
