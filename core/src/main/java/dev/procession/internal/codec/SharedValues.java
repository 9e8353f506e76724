package dev.procession.internal.codec;

import dev.procession.internal.wire.ArrivingFile;
import dev.procession.internal.wire.SharedDirectory;
import dev.procession.internal.wire.SharedFile;
import dev.procession.internal.wire.Unmapping;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The shared values that this process has: in a worker those it has read, in a parent those it has
 * shared. Any thread may call it.
 */
public final class SharedValues {
  private static final Map<String, Value> READ = new ConcurrentHashMap<>(); // by file
  private static final Map<String, Supplier<?>> OWN = new ConcurrentHashMap<>(); // by file

  private static volatile @Nullable ValueCodec codec; // of a worker
  private static volatile @Nullable SharedDirectory directory; // set before the codec

  private SharedValues() {}

  /** This process is a worker, which reads with that codec what is in that directory. */
  public static void use(ValueCodec codec, SharedDirectory directory) {
    SharedValues.directory = directory;
    SharedValues.codec = codec;
  }

  /** The parent has shared a value. */
  public static void add(String file, Supplier<?> value) {
    OWN.put(file, value);
  }

  /** The parent has closed it. */
  public static void remove(String file) {
    OWN.remove(file);
  }

  static @Nullable Object get(SharedReference<?> reference) {
    Supplier<?> own = OWN.get(reference.file());
    if (own != null) {
      return own.get();
    }
    ValueCodec reading = codec;
    if (reading == null) {
      throw closed(reference, null);
    }
    return READ.computeIfAbsent(reference.file(), unread -> new Value()).get(reference, reading);
  }

  /** The parent wants it read before a task asks for it. */
  public static void preload(SharedReference<?> reference) {
    Thread reader =
        new Thread(
            () -> {
              try {
                var unused = get(reference);
              } catch (RuntimeException | Error e) {
                // The task that asks for it will meet that as well, and can tell somebody.
              }
            },
            "procession-preload");
    reader.setDaemon(true);
    reader.start();
  }

  /**
   * The parent has closed it. The memory is free once the mapping is collected, and nobody knows
   * when that would be.
   */
  public static void forget(String file) {
    if (READ.remove(file) != null) {
      Unmapping.soon(1); // the file is gone, and its size with it
    }
  }

  private static IllegalStateException closed(
      SharedReference<?> reference, @Nullable Throwable cause) {
    return new IllegalStateException(reference + " was closed, or its pool has ended", cause);
  }

  private static final class Value {
    private boolean read; // guarded by this
    private @Nullable Object value; // guarded by this

    synchronized @Nullable Object get(SharedReference<?> reference, ValueCodec codec) {
      if (!read) {
        value = read(reference, codec);
        read = true;
      }
      return value;
    }

    /** A value of another machine has a name only, and may be on its way. */
    private static Path place(SharedReference<?> reference) throws IOException {
      Path path = Path.of(reference.file());
      return path.isAbsolute()
          ? path
          : ArrivingFile.await(Objects.requireNonNull(directory), reference.file());
    }

    private static @Nullable Object read(SharedReference<?> reference, ValueCodec codec) {
      try {
        return codec.decode(SharedFile.map(place(reference), reference.size()));
      } catch (FileNotFoundException | NoSuchFileException e) {
        READ.remove(reference.file());
        throw closed(reference, e);
      } catch (Exception e) {
        throw Unreadable.explain(
            reference + " cannot be read in this worker",
            e,
            Unreadable.Where.HERE,
            codec.loaders().own());
      }
    }
  }
}
