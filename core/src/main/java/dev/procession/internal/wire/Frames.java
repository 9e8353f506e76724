package dev.procession.internal.wire;

import java.nio.ByteBuffer;

/**
 * What the records of the two rings look like.
 *
 * <pre>
 *  CallFrame, record type = kind of the call (above zero)        ResultFrame, record type = RESULT
 *    0  sequence   long                                            0  sequence   long
 *    8  flags      int   see below                                    8  element    int   index in a chunk, 0 for a plain call
 *   12  count      int   elements of a chunk, 1 for a plain call  12  flags      int   status, and see below
 *   16  context: length int, bytes; with CONTEXT only
 *    n  payload, or segment id, capacity, length (3 × int)        16  begun at   long  nanoTime of the worker, of the call
 *                                                                 24  run        long  nanoseconds since then
 *  ElementFrame, record type = ELEMENT                            32  cpu        long  nanoseconds since then
 *    0  sequence   int   its low half                             40  read       int   microseconds to read the call,
 *    4  element    int                                            44  written    int   to write the result; with TIMED
 *    8  value                                                     48  payload, or segment id, capacity, length
 *
 *  ProgressFrame, record type = PROGRESS: a {@link ProgressReport}
 * </pre>
 *
 * <p>An element frame is a result frame of the kind that is by far the most frequent in a map: a
 * short value of an element that is not its chunk's last.
 */
public final class Frames {
  /** Offset of a call's payload. */
  public static final int CALL_PAYLOAD = 16;

  /** Offset of a result's payload. */
  public static final int RESULT_PAYLOAD = 48;

  /** Bytes of a segment reference in place of a payload. */
  public static final int REF = 3 * Integer.BYTES;

  /** Record type in the call ring: finish and end the process. */
  public static final int STOP = 1;

  /** Record type in the call ring: what a number in later calls stands for. */
  public static final int DEFINE = 2;

  /** Offset of the definition behind its number, an int. */
  public static final int DEFINITION = Integer.BYTES;

  /** Record type in the call ring: as DEFINE, to a worker that waits and may have use for it. */
  public static final int PREPARE = 3;

  /** Record type in the call ring: first of those that are calls. */
  public static final int FIRST_CALL = 4;

  /** Record type in the result ring. */
  public static final int RESULT = 1;

  /** Record type in the result ring: a value of an element, and the call goes on. */
  public static final int ELEMENT = 2;

  /** Offset of such a value. */
  public static final int ELEMENT_PAYLOAD = 8;

  /** Record type in the result ring: how far the call is. */
  public static final int PROGRESS = 3;

  /** The part of a result's flags that is its status. */
  public static final int STATUS_MASK = 0xF;

  /** Status: the payload is the value. */
  public static final int VALUE = 0;

  /** Status: the payload is what the task threw. */
  public static final int THREW = 1;

  /** Status: the task could not be read; the payload says why. */
  public static final int TASK_UNREADABLE = 2;

  /** Status: the value could not be written; the payload says why. */
  public static final int RESULT_UNWRITABLE = 3;

  /** Flag: a segment reference stands in place of the payload. */
  public static final int IN_SEGMENT = 0x10;

  /** Flag: the call is over with this frame. */
  public static final int LAST = 0x20;

  /** Flag, with LAST: no outcome; the call was cut and ends before this element. */
  public static final int CUT = 0x80;

  /** Flag of a call: it is not to begin before the serializer is warm. */
  public static final int WARM = 0x100;

  /** Flag of a call: before its payload stands what goes along with it. */
  public static final int CONTEXT = 0x400;

  /** Flag: the worker must not be used again (out of memory, interrupted). */
  public static final int SPENT = 0x40;

  /** Flag: before the payload stands which buffers are the parent's from now on. */
  public static final int BUFFERS = 0x200;

  /** Flag, with IN_SEGMENT: large parts lie beside the payload, in the same segment. */
  public static final int OUT_OF_BAND = 0x800;

  /** Flag of a call: how long it takes to read it and to write its result is wanted as well. */
  public static final int TIMED = 0x1000;

  private Frames() {}

  /** Writes a reference where the payload would stand. */
  public static void putRef(ByteBuffer buffer, int at, SegmentRef ref) {
    buffer.putInt(at, ref.id());
    buffer.putInt(at + 4, ref.capacity());
    buffer.putInt(at + 8, ref.length());
  }

  /** Reads a reference; to be checked by {@link SegmentReader}. */
  public static SegmentRef getRef(ByteBuffer buffer, int at) {
    return new SegmentRef(buffer.getInt(at), buffer.getInt(at + 4), buffer.getInt(at + 8));
  }
}
