package dev.procession.internal.parent;

import dev.procession.internal.codec.OutOfBand;
import dev.procession.internal.wire.SegmentRef;
import dev.procession.internal.wire.SegmentWriter;
import dev.procession.internal.wire.SharedDirectory;
import dev.procession.internal.wire.WorkerFiles;
import java.io.IOException;
import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The payloads of calls with large parts, in shared memory from the instant they are submitted: any
 * worker can read them there, and they stay until their task is over. Any thread may call it.
 */
public final class PartStore {
  private final SegmentWriter segments;
  private final SerialQueue deletions;

  PartStore(LocalServices pool, SharedDirectory directory) {
    this.deletions = new SerialQueue(pool::inBackground);
    int retained = SegmentWriter.retained(directory, /* workers= */ 1);
    this.segments = new SegmentWriter(directory, WorkerFiles.PARTS, retained);
  }

  /** One of them. */
  public static final class Stored {
    private final PartStore store;
    private final SegmentRef ref;
    private final Cleaner.Cleanable place;

    private Stored(PartStore store, SegmentRef ref) {
      this.store = store;
      this.ref = ref;
      // Also of a task that was never taken and that nobody refers to, as of an abandoned map.
      this.place = Pool.CLEANER.register(this, () -> store.giveBack(ref));
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
      return store.segments.view(ref);
    }

    /** Gives its place back: no worker will read it any more. Again does nothing. */
    void giveBack() {
      place.clean();
    }
  }

  private void giveBack(SegmentRef ref) {
    if (ref.isMapped()) {
      segments.reclaim(ref);
    } else {
      deletions.add(() -> segments.reclaim(ref)); // to delete a large file takes long
      deletions.run();
    }
  }

  /**
   * Copies a payload there with its parts; null if there is no room for it.
   *
   * @throws RuntimeException if a part cannot be read, or it is 2 GiB or more
   */
  @Nullable Stored store(byte[] payload, OutOfBand beside) {
    try {
      SegmentRef ref = segments.writeIfRoom(beside.with(payload));
      return ref == null ? null : new Stored(this, ref);
    } catch (IOException e) {
      return null; // there was none after all
    }
  }

  /** The pool has ended: whoever refers to it still is not to keep its memory. */
  void end() {
    segments.close();
  }
}
