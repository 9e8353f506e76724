package dev.procession.internal.wire;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * The memory that a parent and one worker share: two rings, the state words, and the words by which
 * each tells the other that it sleeps.
 *
 * <p>The words may be read and written by any thread; for the rings see {@link SpscRing}.
 */
public final class Region {
  private static final VarHandle LONG =
      MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());
  private static final VarHandle INT =
      MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());

  private final ByteBuffer buffer;
  private final SpscRing calls;
  private final SpscRing results;
  private final CallStates states;
  private final Progress progress;
  private final Doorbell workerBell;
  private final Doorbell parentBell;
  private final Doorbell roomBell;

  private Region(ByteBuffer buffer) throws WireException {
    this.buffer = buffer;
    this.calls =
        new SpscRing(
            buffer,
            RegionLayout.CALL_RING_AT,
            RegionLayout.RING,
            RegionLayout.CALL_TAIL_AT,
            RegionLayout.CALL_HEAD_AT);
    this.results =
        new SpscRing(
            buffer,
            RegionLayout.RESULT_RING_AT,
            RegionLayout.RING,
            RegionLayout.RESULT_TAIL_AT,
            RegionLayout.RESULT_HEAD_AT);
    this.states = new CallStates(buffer, RegionLayout.STATES_AT, RegionLayout.SLOTS);
    this.progress =
        new Progress(buffer, RegionLayout.BEGUN_AT, RegionLayout.ELEMENT_AT, RegionLayout.CUT_AT);
    this.workerBell = new Doorbell(buffer, RegionLayout.WORKER_ASLEEP_AT);
    this.parentBell = new Doorbell(buffer, RegionLayout.PARENT_ASLEEP_AT);
    this.roomBell = new Doorbell(buffer, RegionLayout.WANTS_ROOM_AT);
  }

  /**
   * Makes the region in an empty file.
   *
   * @throws IOException if there is no room; the file is left for the caller to delete
   */
  public static Region create(Path file) throws IOException {
    ByteBuffer buffer = MappedFiles.create(file, RegionLayout.SIZE);
    buffer.putInt(RegionLayout.VERSION_AT, RegionLayout.VERSION);
    LONG.setRelease(buffer, RegionLayout.MAGIC_AT, RegionLayout.MAGIC);
    return new Region(buffer);
  }

  /**
   * Maps a region that the other side made.
   *
   * @throws IOException if the file is not there or not a region of this version
   */
  public static Region open(Path file) throws IOException {
    long size = file.toFile().length(); // of java.io, as in SharedDirectory.find
    if (size == 0) {
      throw new NoSuchFileException(file + " is not there, or empty");
    }
    if (size != RegionLayout.SIZE) {
      throw new WireException(file + " has " + size + " bytes");
    }
    ByteBuffer buffer = MappedFiles.open(file, RegionLayout.SIZE);
    long magic = (long) LONG.getAcquire(buffer, RegionLayout.MAGIC_AT);
    int version = buffer.getInt(RegionLayout.VERSION_AT);
    if (magic != RegionLayout.MAGIC || version != RegionLayout.VERSION) {
      throw new WireException(
          "layout version " + version + ", this side speaks " + RegionLayout.VERSION);
    }
    return new Region(buffer);
  }

  /** A region over memory of another kind, for tests. */
  static Region over(ByteBuffer buffer) throws WireException {
    return new Region(buffer);
  }

  /** The bytes that offsets from the rings point into. */
  public ByteBuffer buffer() {
    return buffer;
  }

  /** Parent to worker. */
  public SpscRing calls() {
    return calls;
  }

  /** Worker to parent. */
  public SpscRing results() {
    return results;
  }

  /* ---- State words ---- */

  /** Parent: a new call is in the ring, or about to be; before its record is published. */
  public void queued(long sequence) {
    states.queued(sequence);
  }

  /** Worker: begins the call, unless the parent has taken it back. */
  public boolean claim(long sequence) {
    return states.claim(sequence);
  }

  /** Parent: takes the call back, unless the worker has begun it. */
  public boolean revoke(long sequence) {
    return states.revoke(sequence);
  }

  /** Whether the worker has begun the call. */
  public boolean isClaimed(long sequence) {
    return states.isClaimed(sequence);
  }

  /** Worker: has done with every call up to this one. */
  public void passed(long sequence) {
    LONG.setRelease(buffer, RegionLayout.PASSED_AT, sequence);
  }

  /** Parent: sequence of the last call the worker has done with; whatever a bad worker writes. */
  public long passed() {
    return (long) LONG.getAcquire(buffer, RegionLayout.PASSED_AT);
  }

  /** What the worker runs of the call it has claimed. */
  public Progress progress() {
    return progress;
  }

  /* ---- Start ---- */

  /** Worker: is ready for calls, and which process it is. */
  public void announce(long pid) {
    LONG.setRelease(buffer, RegionLayout.READY_AT, pid);
  }

  /** Parent: the process id of a worker that is ready for calls, 0 of one that is not. */
  public long announced() {
    return (long) LONG.getAcquire(buffer, RegionLayout.READY_AT);
  }

  /* ---- Lease ---- */

  /**
   * Parent: until when the worker may live without hearing of it again. From the first lease on
   * there is always one.
   *
   * @param nanoTime of this machine, which all its processes read alike
   */
  public void lease(long nanoTime) {
    LONG.setRelease(buffer, RegionLayout.LEASE_AT, nanoTime == 0 ? 1 : nanoTime);
  }

  /** Worker: until when it may live, 0 if for ever. */
  public long lease() {
    return (long) LONG.getAcquire(buffer, RegionLayout.LEASE_AT);
  }

  /* ---- Sleep and doorbell ---- */

  /** Worker: wants the doorbell from now on, or not. */
  public void workerAsleep(boolean asleep) {
    workerBell.want(asleep);
  }

  /** Parent: wants the doorbell from now on, or not. */
  public void parentAsleep(boolean asleep) {
    parentBell.want(asleep);
  }

  /** Worker: waits for room in the result ring, or does no more. */
  public void wantsRoom(boolean wants) {
    roomBell.want(wants);
  }

  /**
   * Parent, after it made room in the result ring: whether it has to ring the worker's doorbell.
   */
  public boolean mustTellOfRoom() {
    return roomBell.take();
  }

  /** Parent, after it published: whether it has to ring the worker's doorbell. */
  public boolean mustWakeWorker() {
    return workerBell.take();
  }

  /** Worker, after it published: whether it has to ring the parent's doorbell. */
  public boolean mustWakeParent() {
    return parentBell.take();
  }

  /** As {@link #mustWakeParent}, for a worker that has passed a full fence since it published. */
  public boolean mustWakeParentAfterFence() {
    return parentBell.takeAfterFence();
  }

  /** Parent: how long the worker may spin before it sleeps. */
  public void spinNanos(int nanos) {
    INT.setOpaque(buffer, RegionLayout.SPIN_AT, nanos);
  }

  /** Worker: how long it may spin before it sleeps. */
  public int spinNanos() {
    return (int) INT.getOpaque(buffer, RegionLayout.SPIN_AT);
  }
}
