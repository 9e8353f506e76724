package dev.procession.internal.worker;

import dev.procession.ResultNotSerializableException;
import dev.procession.internal.codec.FailureCodec;
import dev.procession.internal.codec.OutOfBand;
import dev.procession.internal.wire.BufferNames;
import dev.procession.internal.wire.Frames;
import dev.procession.internal.wire.ProgressReport;
import dev.procession.internal.wire.Region;
import dev.procession.internal.wire.RegionLayout;
import dev.procession.internal.wire.SegmentRef;
import dev.procession.internal.wire.SegmentWriter;
import dev.procession.internal.wire.SpscRing;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Writes outcomes into the result ring and wakes the parent where it sleeps. For the task thread
 * alone.
 */
final class ResultPublisher {
  /** A parent that makes no room is asked to ring; this bounds the sleep should it forget. */
  private static final long FULL_SLEEP_NANOS = 10_000_000;

  private final Region region;
  private final SpscRing ring;
  private final SegmentWriter segments;
  private final ParentLink link;
  private long sequence;

  ResultPublisher(Region region, SegmentWriter segments, ParentLink link) {
    this.region = region;
    this.ring = region.results();
    this.segments = segments;
    this.link = link;
  }

  /** Whether the parent can ring: it knows the channel. */
  boolean canBeRung() {
    return link.isHeard();
  }

  void begin(long sequence) {
    this.sequence = sequence;
  }

  /**
   * Publishes the value of a chunk's element that is not its last, but does not wake the parent: a
   * fence for both this and the next element's begin costs half of two.
   */
  void publishElement(int element, byte[] value) throws IOException {
    int at = claim(Frames.ELEMENT_PAYLOAD + value.length);
    ByteBuffer buffer = region.buffer();
    buffer.putInt(at, (int) sequence);
    buffer.putInt(at + 4, element);
    buffer.put(at + Frames.ELEMENT_PAYLOAD, value, 0, value.length);
    ring.publish(Frames.ELEMENT);
  }

  /** Wakes the parent for what was published before the last full fence. */
  void wakeParentAfterFence() {
    if (region.mustWakeParentAfterFence()) {
      link.ring();
    }
  }

  /** Publishes how far the call is, for its parent to read before the result that follows. */
  void publishProgress(ProgressReport report) throws IOException {
    byte[] bytes = report.toBytes();
    int at = claim(bytes.length);
    region.buffer().put(at, bytes, 0, bytes.length);
    ring.publish(Frames.PROGRESS);
  }

  /**
   * Publishes an outcome.
   *
   * @param times how long it took to read the call and to write the result, microseconds each
   */
  void publish(
      int element,
      int flags,
      long begun,
      long run,
      long cpu,
      long times,
      byte[] payload,
      OutOfBand beside)
      throws IOException {
    SegmentRef ref = null;
    byte[] bytes = payload;
    int status = flags;
    if (!beside.isEmpty() || bytes.length > RegionLayout.MAX_INLINE) {
      try {
        if (beside.isEmpty()) {
          ref = segments.write(bytes);
          status |= Frames.IN_SEGMENT;
        } else {
          ref = segments.write(beside.with(bytes));
          status |= Frames.IN_SEGMENT | Frames.OUT_OF_BAND;
        }
      } catch (IOException | RuntimeException e) { // as of a buffer whose memory is gone
        status = (flags & ~Frames.STATUS_MASK) | Frames.RESULT_UNWRITABLE;
        byte[] failure =
            FailureCodec.encode(
                new ResultNotSerializableException(
                    "the task's result of "
                        + (bytes.length + beside.bytes())
                        + " bytes could not be written: "
                        + e.getMessage(),
                    e));
        bytes =
            (flags & Frames.BUFFERS) == 0
                ? failure
                : new BufferNames(BufferNames.of(bytes).names(), failure).toBytes();
      }
    }
    put(element, status, begun, run, cpu, times, bytes, ref);
    wakeParent();
  }

  private void put(
      int element,
      int flags,
      long begun,
      long run,
      long cpu,
      long times,
      byte[] bytes,
      @Nullable SegmentRef ref)
      throws IOException {
    int at = claim(Frames.RESULT_PAYLOAD + (ref == null ? bytes.length : Frames.REF));
    ByteBuffer buffer = region.buffer();
    buffer.putLong(at, sequence);
    buffer.putInt(at + 8, element);
    buffer.putInt(at + 12, flags);
    buffer.putLong(at + 16, begun);
    buffer.putLong(at + 24, run);
    buffer.putLong(at + 32, cpu);
    buffer.putInt(at + 40, (int) (times >>> Integer.SIZE));
    buffer.putInt(at + 44, (int) times);
    if (ref == null) {
      buffer.put(at + Frames.RESULT_PAYLOAD, bytes, 0, bytes.length);
    } else {
      Frames.putRef(buffer, at + Frames.RESULT_PAYLOAD, ref);
    }
    ring.publish(Frames.RESULT);
  }

  private void wakeParent() {
    if (region.mustWakeParent()) {
      link.ring();
    }
  }

  /** Room for a record; waits while the parent has not read enough. */
  private int claim(int length) throws IOException {
    int at = ring.claim(length);
    while (at < 0) {
      wakeParent();
      region.wantsRoom(true);
      at = ring.claim(length);
      if (at < 0) {
        LockSupport.parkNanos(this, FULL_SLEEP_NANOS);
        Thread.interrupted();
        at = ring.claim(length);
      }
      region.wantsRoom(false);
    }
    return at;
  }
}
