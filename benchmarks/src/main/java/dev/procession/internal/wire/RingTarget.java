package dev.procession.internal.wire;

import dev.procession.benchmarks.fuzz.Mutator;
import dev.procession.benchmarks.fuzz.Tally;
import dev.procession.benchmarks.fuzz.Target;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.SplittableRandom;

/**
 * One half of a ring over bytes that the other side damages: between two steps, or, raced, from
 * another thread during them.
 */
public final class RingTarget implements Target {
  /** Which half believes nothing. */
  public enum Half {
    CONSUMER,
    PRODUCER
  }

  private static final int CAPACITY = 512;
  private static final int TAIL = 0;
  private static final int HEAD = 64;
  private static final int DATA = 128;
  private static final int STEPS = 64;

  private final Half half;
  private final boolean raced;

  // Exactly as long as the ring, so that an access behind it is an IndexOutOfBoundsException.
  private final ByteBuffer bytes =
      ByteBuffer.allocateDirect(DATA + CAPACITY).order(ByteOrder.nativeOrder());

  private final Thread racer = new Thread(this::race, "fuzz-racer");
  private volatile boolean closed;

  /** Makes one; a raced one starts its other thread. */
  public RingTarget(Half half, boolean raced) {
    this.half = half;
    this.raced = raced;
    if (raced) {
      racer.setDaemon(true);
      racer.start();
    }
  }

  @Override
  public String name() {
    return "ring " + (half == Half.CONSUMER ? "consumer" : "producer") + (raced ? ", raced" : "");
  }

  /** An exception with its message and stack trace. */
  @Override
  public long allocationLimit() {
    return 16 << 10;
  }

  private void race() {
    SplittableRandom random = new SplittableRandom(7);
    while (!closed) {
      damage(random);
    }
  }

  private void damage(SplittableRandom random) {
    switch (random.nextInt(4)) {
      case 0 -> bytes.putLong(TAIL, position(random));
      case 1 -> bytes.putLong(HEAD, position(random));
      case 2 -> bytes.putInt(DATA + 8 * random.nextInt(CAPACITY / 8), length(random));
      default -> bytes.putInt(DATA + 4 + 8 * random.nextInt(CAPACITY / 8), random.nextInt(3) - 1);
    }
  }

  private long position(SplittableRandom random) {
    return random.nextInt(3) == 0
        ? Mutator.someLong(random)
        : 8L * random.nextInt(3 * CAPACITY / 8);
  }

  private static int length(SplittableRandom random) {
    return random.nextInt(3) == 0 ? Mutator.someInt(random) : random.nextInt(CAPACITY / 4);
  }

  @Override
  public void feed(SplittableRandom random, Tally tally) {
    if (!raced) {
      for (int i = 0; i < bytes.capacity(); i += 8) {
        bytes.putLong(i, 0);
      }
    }
    SpscRing consumer;
    SpscRing producer;
    try {
      consumer = new SpscRing(bytes, DATA, CAPACITY, TAIL, HEAD);
      producer = new SpscRing(bytes, DATA, CAPACITY, TAIL, HEAD);
    } catch (WireException e) {
      tally.rejected();
      return;
    }
    for (int i = 0; i < STEPS; i++) {
      if (random.nextInt(3) == 0) {
        damage(random);
      }
      if (half == Half.CONSUMER) {
        if (random.nextBoolean()) {
          putOne(producer, random);
        }
        consume(consumer, tally);
      } else {
        if (random.nextInt(4) == 0) {
          takeOne(consumer);
        }
        produce(producer, random, tally);
      }
    }
  }

  private static void putOne(SpscRing producer, SplittableRandom random) {
    try {
      if (producer.claim(random.nextInt(60)) >= 0) {
        producer.publish(1 + random.nextInt(5));
      }
    } catch (WireException e) {
      // The half that is not tried here.
    }
  }

  private static void takeOne(SpscRing consumer) {
    try {
      if (consumer.poll() >= 0) {
        consumer.release();
      }
    } catch (WireException e) {
      // The half that is not tried here.
    }
  }

  private void consume(SpscRing consumer, Tally tally) {
    tally.reading();
    try {
      int at = consumer.poll();
      if (at >= 0) {
        int length = consumer.length();
        if (at < DATA + 8 || length < 0 || at + length > DATA + CAPACITY) {
          throw new AssertionError("a record of " + length + " bytes at " + at);
        }
        for (int i = 0; i < length; i++) {
          bytes.get(at + i);
        }
        consumer.release();
      }
      tally.accepted();
    } catch (WireException e) {
      tally.rejected();
    }
  }

  private void produce(SpscRing producer, SplittableRandom random, Tally tally) {
    int length = random.nextInt(CAPACITY / 2 - SpscRing.HEADER + 1);
    tally.reading();
    try {
      int at = producer.claim(length);
      if (at >= 0) {
        if (at < DATA + 8 || at + length > DATA + CAPACITY) {
          throw new AssertionError("room for " + length + " bytes at " + at);
        }
        for (int i = 0; i < length; i++) {
          bytes.put(at + i, (byte) i);
        }
        producer.publish(1);
      }
      tally.accepted();
    } catch (WireException e) {
      tally.rejected();
    }
  }

  @Override
  public void close() throws InterruptedException {
    closed = true;
    racer.join();
  }
}
