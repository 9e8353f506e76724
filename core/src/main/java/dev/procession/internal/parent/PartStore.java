package dev.procession.internal.parent;

import dev.procession.internal.codec.OutOfBand;
import dev.procession.internal.wire.SegmentRef;
import dev.procession.internal.wire.SegmentWriter;
import dev.procession.internal.wire.SharedDirectory;
import dev.procession.internal.wire.WorkerFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The payloads of calls with large parts, in shared memory from the instant they are submitted: any
 * worker can read them there, and they stay until their task is over. Any thread may call it.
 */
final class PartStore {
  private final PoolServices pool;
  private final SegmentWriter segments;

  PartStore(PoolServices pool, SharedDirectory directory) {
    this.pool = pool;
    int retained = SegmentWriter.retained(directory, /* workers= */ 1);
    this.segments = new SegmentWriter(directory, WorkerFiles.PARTS, retained);
  }

  /** One of them. */
  final class Stored {
    private final SegmentRef ref;

    private Stored(SegmentRef ref) {
      this.ref = ref;
    }

    /** Where workers find it. */
    SegmentRef ref() {
      return ref;
    }

    /** Bytes of it. */
    int length() {
      return ref.length();
    }

    /** Its bytes, as long as they were not given back. */
    ByteBuffer view() throws IOException {
      return segments.view(ref);
    }

    /** Gives its place back: no worker will read it any more. */
    void giveBack() {
      if (ref.isMapped()) {
        segments.reclaim(ref);
      } else {
        pool.inBackground(() -> segments.reclaim(ref)); // to delete a large file takes long
      }
    }
  }

  /**
   * Copies a payload there with its parts; null if there is no room for it.
   *
   * @throws RuntimeException if a part cannot be read
   */
  @Nullable Stored store(byte[] payload, OutOfBand beside) {
    try {
      SegmentRef ref = segments.writeIfRoom(beside.with(payload));
      return ref == null ? null : new Stored(ref);
    } catch (IOException | ArithmeticException e) {
      return null; // there was none after all, or never is any for so much
    }
  }
}
