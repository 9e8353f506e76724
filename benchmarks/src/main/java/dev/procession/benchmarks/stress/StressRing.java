package dev.procession.benchmarks.stress;

import dev.procession.internal.wire.SpscRing;
import dev.procession.internal.wire.WireException;

/**
 * A ring of two small records with an object for each of its two sides, as two processes have them.
 */
final class StressRing {
  /** Bytes of its ring: two records of one long each. */
  private static final int CAPACITY = 32;

  private static final int HEAD_AT = SharedBytes.LINE;
  private static final int DATA_AT = 2 * SharedBytes.LINE;

  /** Where the tests' own words may lie. */
  static final int FREE_AT = 4 * SharedBytes.LINE;

  final int at = SharedBytes.take();
  private final SpscRing producer = side();
  private final SpscRing consumer = side();
  private int offset; // the consumer's

  private SpscRing side() {
    try {
      return new SpscRing(SharedBytes.BUFFER, at + DATA_AT, CAPACITY, at, at + HEAD_AT);
    } catch (WireException e) {
      throw new AssertionError(e);
    }
  }

  /** Publishes a record; false if there is no room. */
  boolean put(int type, long payload) {
    try {
      int offset = producer.claim(Long.BYTES);
      if (offset < 0) {
        return false;
      }
      SharedBytes.BUFFER.putLong(offset, payload);
      producer.publish(type);
      return true;
    } catch (WireException e) {
      throw new AssertionError(e);
    }
  }

  /** Type of the next record, or -1. */
  int poll() {
    try {
      offset = consumer.poll();
      return offset < 0 ? -1 : consumer.type();
    } catch (WireException e) {
      throw new AssertionError(e);
    }
  }

  /** Payload of the record just polled, or 0. */
  long payload() {
    return offset < 0 ? 0 : SharedBytes.BUFFER.getLong(offset);
  }

  void release() {
    consumer.release();
  }

  boolean hasRecord() {
    return consumer.hasRecord();
  }
}
