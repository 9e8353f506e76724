package dev.procession.internal.wire;

/**
 * Where everything lies in the file that a parent and one worker share.
 *
 * <pre>
 *      0  magic            long   written last by the parent: the region is whole
 *      8  version          int    layout version, equal on both sides or the worker refuses
 *     64  call tail        long   parent writes, worker reads
 *    128  call head        long   worker writes
 *    192  result tail      long   worker writes, parent reads
 *    256  result head      long   parent writes
 *    320  worker asleep    int    1: the worker wants the doorbell
 *    328  wants room       int    1: the worker waits for room in the result ring
 *    384  parent asleep    int    1: the parent wants the doorbell
 *    448  passed           long   worker: sequence of the last call it has done with or skipped
 *    512  begun at         long   worker: nanoTime when it began the claimed call's current element
 *    520  element          int    worker: index of that element, 0 for a plain call
 *    576  spin allowance   int    parent: nanoseconds the worker may spin before it sleeps
 *   584  cut              long   parent: sequence of the call of which no further element may begin
 *    592  ready            long   worker: its process id, once it is ready for calls
 *    600  lease            long   parent: nanoTime at which the worker has to have ended; 0 for none
 *    640  state words      long[SLOTS]  sequence &lt;&lt; 2 | state, slot = sequence &amp; (SLOTS - 1)
 *  +8192  call ring        byte[RING]
 *  +RING  result ring      byte[RING]
 * </pre>
 *
 * Every word that one side polls while the other writes has a cache line of its own. Integers are
 * in native byte order: both processes run on one machine.
 */
public final class RegionLayout {
  /** "PROCESSN" in ASCII. */
  static final long MAGIC = 0x50524F434553534EL;

  /** Raised with every change of this layout, a frame or a control message. */
  public static final int VERSION = 13;

  /** Calls that may be in one worker's ring at a time, a power of two. */
  public static final int SLOTS = 1024;

  /** Bytes of each ring, a power of two: 1024 calls of a small lambda's size. */
  static final int RING = 256 * 1024;

  /** A longer payload goes beside the ring, into a segment. */
  public static final int MAX_INLINE = RING / 8;

  private static final int LINE = 64;

  static final int MAGIC_AT = 0;
  static final int VERSION_AT = 8;
  static final int CALL_TAIL_AT = LINE;
  static final int CALL_HEAD_AT = 2 * LINE;
  static final int RESULT_TAIL_AT = 3 * LINE;
  static final int RESULT_HEAD_AT = 4 * LINE;
  static final int WORKER_ASLEEP_AT = 5 * LINE;
  static final int WANTS_ROOM_AT = WORKER_ASLEEP_AT + Long.BYTES;
  static final int PARENT_ASLEEP_AT = 6 * LINE;
  static final int PASSED_AT = 7 * LINE;
  static final int BEGUN_AT = 8 * LINE;
  static final int ELEMENT_AT = BEGUN_AT + Long.BYTES;
  static final int SPIN_AT = 9 * LINE;
  static final int CUT_AT = SPIN_AT + Long.BYTES;
  static final int READY_AT = CUT_AT + Long.BYTES;
  static final int LEASE_AT = READY_AT + Long.BYTES;
  static final int STATES_AT = 10 * LINE;
  static final int CALL_RING_AT = STATES_AT + SLOTS * Long.BYTES;
  static final int RESULT_RING_AT = CALL_RING_AT + RING;
  static final int SIZE = RESULT_RING_AT + RING;

  private RegionLayout() {}
}
