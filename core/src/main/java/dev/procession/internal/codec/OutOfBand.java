package dev.procession.internal.codec;

import dev.procession.internal.wire.RegionLayout;
import dev.procession.internal.wire.SegmentContent;
import dev.procession.internal.wire.SegmentInput;
import java.io.IOException;
import java.io.InvalidClassException;
import java.io.InvalidObjectException;
import java.io.ObjectInputFilter;
import java.lang.reflect.Array;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The large parts of one payload: arrays of primitives, the content of {@code ByteBuffer}s, and
 * texts. The payload only numbers them; each is copied once from where it is into the segment that
 * crosses, and once from there to where it is wanted.
 *
 * <p>The segment, all numbers in the machine's order as it does not leave the machine:
 *
 * <pre>
 *   | payload length int | count int | kind int, length int | ... | payload | part 0 | part 1 ...
 *                                                                each begins at a multiple of 8
 * </pre>
 *
 * <p>What is read is untrusted. For one thread at a time; the parts themselves are shared with whom
 * they came from until they are copied.
 */
public final class OutOfBand {
  /** What takes fewer bytes is part of the payload. */
  public static final int LEAST_BYTES = RegionLayout.MAX_INLINE;

  /** Nothing; for reading. */
  public static final OutOfBand NONE = new OutOfBand();

  // In place of a PartKind's ordinal.
  private static final int LATIN1 = -1;
  private static final int UTF16 = -2;
  private static final int BIG_ENDIAN = -3;
  private static final int LITTLE_ENDIAN = -4;

  private static final int HEADER = 2 * Integer.BYTES;
  private static final int ENTRY = 2 * Integer.BYTES;

  /** Less than an array or a mapped file may have, for what comes before the payload. */
  private static final int MOST_BYTES = Integer.MAX_VALUE - 1024;

  private List<Object> parts = List.of(); // most have none

  /** None so far. */
  public OutOfBand() {}

  /** Whether a value is a part of its own. */
  static boolean isLarge(@Nullable Object value) {
    if (value instanceof String text) {
      return text.length() >= LEAST_BYTES;
    }
    if (value instanceof byte[] bytes) {
      return bytes.length >= LEAST_BYTES;
    }
    if (value instanceof ByteBuffer buffer) {
      return buffer.remaining() >= LEAST_BYTES;
    }
    if (value == null || !value.getClass().isArray()) {
      return false;
    }
    PartKind kind = PartKind.of(value.getClass());
    return kind != null && (long) Array.getLength(value) * kind.width >= LEAST_BYTES;
  }

  /** Whether there are none. */
  public boolean isEmpty() {
    return parts.isEmpty();
  }

  /** How many there are. */
  int count() {
    return parts.size();
  }

  /**
   * Adds an array of primitives, a text, or what a buffer holds between its position and its limit.
   *
   * @return its number
   */
  int add(Object part) {
    if (parts.isEmpty()) {
      parts = new ArrayList<>();
    }
    // Of a buffer a view of what it holds now: its owner may move the position of the buffer
    // itself.
    parts.add(part instanceof ByteBuffer buffer ? buffer.slice().order(buffer.order()) : part);
    return parts.size() - 1;
  }

  /** Copies what buffers hold: their memory may not be there any more when parts are written. */
  public void copyBuffers() {
    for (int i = 0; i < parts.size(); i++) {
      if (parts.get(i) instanceof ByteBuffer buffer) {
        ByteBuffer copy = ByteBuffer.allocate(buffer.capacity()).order(buffer.order());
        parts.set(i, copy.put(buffer).flip());
      }
    }
  }

  /** Forgets all but the first: they are going to be written anew. */
  void cutTo(int count) {
    if (count < parts.size()) {
      parts.subList(count, parts.size()).clear();
    }
  }

  /**
   * The part of that number.
   *
   * @throws InvalidObjectException if there is none
   */
  Object part(int number) throws InvalidObjectException {
    if (number < 0 || number >= parts.size()) {
      throw new InvalidObjectException("part " + number + " of " + parts.size());
    }
    return parts.get(number);
  }

  /** Bytes of all of them. */
  public long bytes() {
    long bytes = 0;
    for (Object part : parts) {
      bytes += bytesOf(part);
    }
    return bytes;
  }

  private static long bytesOf(Object part) {
    if (part instanceof String text) {
      return Texts.bytes(text).length;
    }
    return part instanceof ByteBuffer buffer
        ? buffer.capacity()
        : (long) Array.getLength(part) * Source.kindOf(part).width;
  }

  /**
   * Asks for each of those that were read.
   *
   * @throws InvalidClassException if the filter rejects one
   */
  public void check(ObjectInputFilter filter) throws InvalidClassException {
    for (Object part : parts) {
      boolean isArray = part.getClass().isArray();
      long elements = isArray ? Array.getLength(part) : -1;
      ResultBounds.check(filter, isArray ? part.getClass() : null, elements, bytesOf(part));
    }
  }

  /* ---- Writing ---- */

  /**
   * What is to be written beside the ring.
   *
   * @param payload refers to these parts
   * @throws IllegalArgumentException if it is 2 GiB or more
   */
  public SegmentContent with(byte[] payload) {
    long whole = payload.length + bytes();
    if (whole > MOST_BYTES - (long) parts.size() * (ENTRY + Long.BYTES)) {
      throw new IllegalArgumentException(
          whole
              + " bytes: less than 2 GiB can cross at a time; a SharedBuffer can have more, and"
              + " crosses by its name");
    }
    Source[] sources = new Source[1 + parts.size()];
    ByteBuffer head =
        ByteBuffer.allocate(HEADER + ENTRY * parts.size() + payload.length)
            .order(ByteOrder.nativeOrder());
    head.putInt(payload.length).putInt(parts.size());
    for (int i = 0; i < parts.size(); i++) {
      Source source = Source.of(parts.get(i));
      sources[i + 1] = source;
      head.putInt(source.kind).putInt(source.length);
    }
    sources[0] = Source.of(head.put(payload).array());
    return new Content(sources);
  }

  private static int aligned(int at) {
    return (at + Long.BYTES - 1) & -Long.BYTES;
  }

  /** Where the bytes of a part come from. */
  private record Source(int kind, int length, Object from) {
    static Source of(Object part) {
      int length = (int) bytesOf(part);
      if (part instanceof String text) {
        return new Source(Texts.isLatin1(text) ? LATIN1 : UTF16, length, Texts.bytes(text));
      }
      if (part instanceof ByteBuffer buffer) {
        boolean big = buffer.order() == ByteOrder.BIG_ENDIAN;
        return new Source(big ? BIG_ENDIAN : LITTLE_ENDIAN, length, buffer);
      }
      return new Source(kindOf(part).ordinal(), length, part);
    }

    private static PartKind kindOf(Object array) {
      return Objects.requireNonNull(PartKind.of(array.getClass()));
    }

    void copy(int at, ByteBuffer to) {
      if (from instanceof ByteBuffer buffer) {
        to.put(buffer.slice(at, to.remaining()));
        return;
      }
      PartKind elements = kindOf(from);
      elements.put(from, at / elements.width, to.remaining() / elements.width, to);
    }
  }

  private static final class Content implements SegmentContent {
    private final Source[] sources;
    private final int length;

    Content(Source[] sources) {
      this.sources = sources;
      int end = 0;
      for (Source source : sources) {
        end = aligned(end) + source.length;
      }
      this.length = end;
    }

    @Override
    public int length() {
      return length;
    }

    @Override
    public void copy(int from, ByteBuffer to) {
      int first = to.position() - from; // where in the buffer the content's beginning would be
      int end = from + to.remaining();
      int begin = 0;
      for (Source source : sources) {
        begin = aligned(begin);
        int copyFrom = Math.max(begin, from);
        int copyTo = Math.min(begin + source.length, end);
        if (copyFrom < copyTo) {
          ByteBuffer piece =
              to.slice(first + copyFrom, copyTo - copyFrom).order(ByteOrder.nativeOrder());
          source.copy(copyFrom - begin, piece);
        }
        begin += source.length;
      }
    }
  }

  /* ---- Reading ---- */

  /**
   * A payload and its parts, as they were read.
   *
   * @param payload refers to the parts
   * @param beside the parts
   */
  public record Received(byte[] payload, OutOfBand beside) {}

  /**
   * Reads a payload and its parts.
   *
   * @throws InvalidObjectException if that is not what lies there
   * @throws IOException if it cannot be read
   */
  public static Received read(SegmentInput in) throws IOException {
    int whole = in.remaining();
    int[] head = ints(in, 2);
    int payloadLength = head[0];
    int count = head[1];
    if (payloadLength < 0 || count < 0 || count > in.remaining() / LEAST_BYTES) {
      throw new InvalidObjectException(
          "a payload of " + payloadLength + " bytes and " + count + " parts in " + whole);
    }
    int[] table = ints(in, 2 * count);
    checkLengths(table, in.remaining(), payloadLength);
    byte[] payload = in.read(payloadLength);
    OutOfBand beside = new OutOfBand();
    for (int i = 0; i < count; i++) {
      in.skip(Math.min(in.remaining(), -(whole - in.remaining()) & (Long.BYTES - 1)));
      beside.add(part(table[2 * i], table[2 * i + 1], in));
    }
    if (in.remaining() != 0) {
      throw new InvalidObjectException(in.remaining() + " bytes follow the parts");
    }
    return new Received(payload, beside);
  }

  /** Before anything is allocated for them. */
  private static void checkLengths(int[] table, int left, int payloadLength)
      throws InvalidObjectException {
    long sum = payloadLength;
    for (int i = 1; i < table.length; i += 2) {
      if (table[i] < LEAST_BYTES) { // many small ones would take far more memory than they have
        throw new InvalidObjectException("a part of " + table[i] + " bytes");
      }
      sum += table[i];
    }
    if (sum > left) {
      throw new InvalidObjectException(sum + " bytes with " + left + " left");
    }
  }

  private static int[] ints(SegmentInput in, int count) throws IOException {
    byte[] bytes = in.read(Integer.BYTES * count);
    int[] ints = new int[count];
    ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()).asIntBuffer().get(ints);
    return ints;
  }

  private static Object part(int kind, int length, SegmentInput in) throws IOException {
    if (kind == LATIN1 || kind == UTF16) {
      return Texts.of(in.read(length), kind == LATIN1);
    }
    if (kind == BIG_ENDIAN || kind == LITTLE_ENDIAN) {
      return ByteBuffer.wrap(in.read(length))
          .order(kind == BIG_ENDIAN ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
    }
    PartKind elements = PartKind.at(kind);
    if (elements == null || length % elements.width != 0) {
      throw new InvalidObjectException("a part of kind " + kind + " and " + length + " bytes");
    }
    int count = length / elements.width;
    Object array = elements.array(count);
    for (int read = 0; read < count; ) {
      ByteBuffer next = in.next((count - read) * elements.width);
      int piece = next.remaining() / elements.width;
      elements.get(array, read, piece, next);
      read += piece;
    }
    return array;
  }
}
