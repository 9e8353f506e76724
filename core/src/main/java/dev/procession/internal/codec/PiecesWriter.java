package dev.procession.internal.codec;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Writes {@link Pieces}. For one thread. */
public final class PiecesWriter {
  private static final int LONGEST_LENGTH = 5;
  private static final int MOST_BYTES = Integer.MAX_VALUE - 8;

  /**
   * There would be more than an array holds; no fault of the value, unlike what its code throws.
   */
  public static final class TooLongException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    TooLongException(long bytes) {
      super("a chunk of " + bytes + " bytes; give map a smaller chunkSize");
    }
  }

  private byte[] bytes;
  private int at;
  private int count;
  private boolean hasObjects;
  private int[] loaders = new int[0]; // of the pieces up to the last that says one

  /**
   * Begins with nothing.
   *
   * @param expected about how many bytes there will be
   */
  public PiecesWriter(int expected) {
    bytes = new byte[expected];
  }

  /**
   * Adds what is encoded already.
   *
   * @throws TooLongException if it would be 2 GiB or more in all
   */
  public void add(byte[] piece) {
    begin(piece.length);
    System.arraycopy(piece, 0, bytes, at, piece.length);
    at += piece.length;
  }

  /**
   * Encodes and adds a value.
   *
   * @throws TooLongException if it would be 2 GiB or more in all
   * @throws Exception when the value cannot cross; nothing is added then
   */
  public void add(ValueCodec codec, @Nullable Object value) throws Exception {
    byte @Nullable [] unused = add(codec, value, /* beside= */ null);
  }

  /**
   * Encodes a value, and adds it unless parts of it are to cross out of band.
   *
   * @param beside takes the large parts; empty, or null if there are to be none
   * @return the encoded value if it was not added, else null
   * @throws TooLongException if it would be 2 GiB or more in all
   * @throws Exception when the value cannot cross; nothing is added then
   */
  public byte @Nullable [] add(ValueCodec codec, @Nullable Object value, @Nullable OutOfBand beside)
      throws Exception {
    boolean large = beside != null && codec.isPart(value);
    int size = large ? -1 : ValueCodec.plainSize(value);
    if (size < 0) {
      byte[] piece = codec.encode(value, beside);
      if (beside != null && !beside.isEmpty()) {
        return piece;
      }
      addValue(piece);
      return null;
    }
    begin(size);
    ValueCodec.putPlain(value, size, bytes, at);
    at += size;
    return null;
  }

  /**
   * Adds a value that is encoded already.
   *
   * @throws TooLongException if it would be 2 GiB or more in all
   */
  public void addValue(byte[] piece) {
    add(piece);
    hasObjects |= !ValueCodec.isPlain(piece, 0, piece.length);
    noteLoader(ValueCodec.loaderIn(piece, 0, piece.length));
  }

  private void noteLoader(int loader) {
    if (loader != CodeLoaders.OWN) {
      loaders = Arrays.copyOf(loaders, count);
      loaders[count - 1] = loader;
    }
  }

  /** The number of the loader that the piece of that index says itself. */
  public int loaderOf(int piece) {
    return piece < loaders.length ? loaders[piece] : CodeLoaders.OWN;
  }

  /** Whether any piece says one. */
  public boolean hasLoaders() {
    return loaders.length > 0;
  }

  private void begin(int length) {
    long needed = (long) at + LONGEST_LENGTH + length;
    if (needed > bytes.length) {
      if (needed > MOST_BYTES) {
        throw new TooLongException(needed);
      }
      bytes = Arrays.copyOf(bytes, (int) Math.min(MOST_BYTES, Math.max(needed, 2L * bytes.length)));
    }
    int left = length;
    while (left > 0x7F) {
      bytes[at++] = (byte) (left | 0x80);
      left >>>= 7;
    }
    bytes[at++] = (byte) left;
    count++;
  }

  /** Pieces so far. */
  public int count() {
    return count;
  }

  /** Bytes so far. */
  public int size() {
    return at;
  }

  /** Whether a value was not one of the simplest, but was written by the serializer. */
  public boolean hasObjects() {
    return hasObjects;
  }

  /** A copy of what was written. */
  public byte[] toBytes() {
    return Arrays.copyOf(bytes, at);
  }
}
