package dev.procession.internal.parent;

import dev.procession.SharedBuffer;
import dev.procession.internal.codec.FailureCodec;
import dev.procession.internal.codec.OutOfBand;
import dev.procession.internal.wire.Frames;
import java.util.List;

/**
 * What a worker reported of one call, or of one element of a chunk.
 *
 * @param element index in the chunk, 0 for a plain call
 * @param status a status of {@link dev.procession.internal.wire.Frames}
 * @param bytes the encoded value or failure
 * @param beside the large parts that the bytes refer to
 * @param buffers what it brings, to be kept until the value is read
 * @param begunAt nanoTime at which it began, within the call's time in the ring
 * @param runNanos how long it ran
 * @param cpuNanos processor time
 * @param readMicros of the run time, how much it took to read the call, 0 if that was not measured
 * @param writeMicros how much it took to write the result, likewise
 * @param last whether the call is over
 * @param worker who ran it
 */
public record ElementResult(
    int element,
    int status,
    byte[] bytes,
    OutOfBand beside,
    List<SharedBuffer> buffers,
    long begunAt,
    long runNanos,
    long cpuNanos,
    int readMicros,
    int writeMicros,
    boolean last,
    TaskHolder worker) {

  /** Bytes of the value or failure. */
  public long size() {
    return bytes.length + beside.bytes();
  }

  /** The same with the payload that lay beside the ring. */
  public ElementResult withBytes(byte[] payload, OutOfBand parts) {
    return new ElementResult(
        element,
        status,
        payload,
        parts,
        buffers,
        begunAt,
        runNanos,
        cpuNanos,
        readMicros,
        writeMicros,
        last,
        worker);
  }

  /** The same without what stood before its payload. */
  ElementResult withBuffers(byte[] payload, List<SharedBuffer> with) {
    return new ElementResult(
        element,
        status,
        payload,
        beside,
        with,
        begunAt,
        runNanos,
        cpuNanos,
        readMicros,
        writeMicros,
        last,
        worker);
  }

  /** The same, its payload lost. */
  public ElementResult unreadable(Throwable why) {
    return new ElementResult(
        element,
        Frames.RESULT_UNWRITABLE,
        FailureCodec.encode(why),
        OutOfBand.NONE,
        List.of(),
        begunAt,
        runNanos,
        cpuNanos,
        readMicros,
        writeMicros,
        last,
        worker);
  }
}
