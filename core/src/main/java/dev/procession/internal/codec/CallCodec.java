package dev.procession.internal.codec;

import dev.procession.spi.TaskSerializer;
import java.io.IOException;
import java.io.InvalidObjectException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * The work of a call as bytes: what a worker is to run, and on what.
 *
 * <pre>
 *   LAMBDA      | tag | number int | captured byte | length int, value | length int, value | ... |
 *   WITH_GRAPH  | tag | number int | captured byte | an array of these values, as a value        |
 *   STANDALONE  | tag | length int, definition of the number | one of the above                  |
 *   otherwise   a value: the task, or an array of a function and its arguments
 * </pre>
 *
 * <p>A lambda travels as its number in the {@link LambdaTable}; what it captured and its arguments
 * follow, written here if all of them are simple, else by the serializer in one graph, so that what
 * they share they still share. Everything is a value if the serializer is not the default one: then
 * it is for that one to write.
 *
 * <p>Bytes to be decoded are untrusted. Any thread may call any method.
 */
public final class CallCodec {
  // Beside the tags of ValueCodec.
  private static final byte LAMBDA = 32;
  private static final byte WITH_GRAPH = 33;
  private static final byte STANDALONE = 34;

  private static final int HEADER = 1 + Integer.BYTES + 1;
  private static final int MOST_DEFINED = 1 << 17;

  private final ValueCodec values;
  private final CodeLoaders loaders;
  private final boolean lambdasByNumber;
  private final IntFunction<byte @Nullable []> definitions;

  /** By number; replaced when it grows. Written under this object's lock. */
  private volatile @Nullable LambdaMaker[] makers = new LambdaMaker[0];

  /**
   * A codec for either side.
   *
   * @param definitions where to ask for a number's definition that {@link #define} was not told
   */
  public CallCodec(
      TaskSerializer serializer, ValueCodec values, IntFunction<byte @Nullable []> definitions) {
    this.values = values;
    this.loaders = values.loaders();
    this.lambdasByNumber = serializer instanceof ForySerializer;
    this.definitions = definitions;
  }

  /* ---- Encoding ---- */

  /**
   * Turns work into bytes.
   *
   * @param work the task, or an array of a function and its arguments
   * @throws Exception when it cannot cross; {@link NotSerializable} can say why
   */
  public byte[] encode(Object work) throws Exception {
    return encode(work, /* beside= */ null);
  }

  /**
   * As the other method.
   *
   * @param beside takes the large parts; null if there are to be none
   */
  public byte[] encode(Object work, @Nullable OutOfBand beside) throws Exception {
    Object[] arguments = work instanceof Object[] array ? array : new Object[] {work};
    LambdaTable.Taken lambda = lambdasByNumber ? LambdaTable.take(arguments[0]) : null;
    return lambda == null ? values.encode(work, beside) : encode(lambda, arguments, beside);
  }

  private byte[] encode(LambdaTable.Taken lambda, Object[] arguments, @Nullable OutOfBand beside)
      throws Exception {
    int captured = lambda.captured().length;
    Object[] given = Arrays.copyOf(lambda.captured(), captured + arguments.length - 1);
    System.arraycopy(arguments, 1, given, captured, arguments.length - 1);
    byte[] bytes = plain(given, beside);
    byte tag = LAMBDA;
    if (bytes == null) {
      bytes = values.ofObject(given, HEADER, lambda.loader(), beside);
      tag = WITH_GRAPH;
    }
    bytes[0] = tag;
    ValueCodec.INT_AT.set(bytes, 1, lambda.number());
    bytes[HEADER - 1] = (byte) captured;
    return bytes;
  }

  /** The values behind an empty header, or null if they are for the serializer. */
  private static byte @Nullable [] plain(Object[] given, @Nullable OutOfBand beside) {
    int[] sizes = new int[given.length];
    long total = HEADER;
    for (int i = 0; i < given.length; i++) {
      boolean large = beside != null && OutOfBand.isLarge(given[i]);
      sizes[i] = large ? ValueCodec.PART_SIZE : ValueCodec.plainSize(given[i]);
      if (sizes[i] < 0 || isShared(given, i)) {
        return null;
      }
      total += Integer.BYTES + (long) sizes[i];
    }
    byte[] bytes = new byte[Math.toIntExact(total)];
    int at = HEADER;
    for (int i = 0; i < given.length; i++) {
      ValueCodec.INT_AT.set(bytes, at, sizes[i]);
      at += Integer.BYTES;
      if (beside != null && OutOfBand.isLarge(given[i])) {
        ValueCodec.putPart(beside.add(given[i]), bytes, at);
      } else {
        ValueCodec.putPlain(given[i], sizes[i], bytes, at);
      }
      at += sizes[i];
    }
    return bytes;
  }

  /** Whether what may change stands at an earlier place as well: it has to arrive as one. */
  private static boolean isShared(Object[] given, int index) {
    Object value = given[index];
    if (value instanceof ByteBuffer || (value != null && value.getClass().isArray())) {
      for (int i = 0; i < index; i++) {
        if (given[i] == value) {
          return true;
        }
      }
    }
    return false;
  }

  /** Turns work into bytes that say themselves what their number stands for. */
  public byte[] encodeStandalone(Object work) throws Exception {
    byte[] bytes = encode(work);
    byte[] definition = LambdaTable.definition(lambdaIn(bytes));
    if (definition == null) {
      return bytes;
    }
    int header = 1 + Integer.BYTES;
    byte[] whole = new byte[header + definition.length + bytes.length];
    whole[0] = STANDALONE;
    ValueCodec.INT_AT.set(whole, 1, definition.length);
    System.arraycopy(definition, 0, whole, header, definition.length);
    System.arraycopy(bytes, 0, whole, header + definition.length, bytes.length);
    return whole;
  }

  /* ---- What the bytes say ---- */

  /** The number whose definition a worker needs for these bytes, or -1. */
  public static int lambdaIn(byte[] bytes) {
    return lambdaIn(bytes, 0, bytes.length);
  }

  /** As the other method, of bytes that lie among others. */
  public static int lambdaIn(byte[] bytes, int offset, int length) {
    return length >= HEADER && (bytes[offset] == LAMBDA || bytes[offset] == WITH_GRAPH)
        ? (int) ValueCodec.INT_AT.get(bytes, offset + 1)
        : -1;
  }

  /** The number of the loader that these bytes, which this process has written, are read by. */
  public static int loaderIn(byte[] bytes) {
    int lambda = lambdaIn(bytes);
    if (lambda < 0) {
      return ValueCodec.loaderIn(bytes, 0, bytes.length);
    }
    int ofValues =
        bytes[0] == WITH_GRAPH
            ? ValueCodec.loaderIn(bytes, HEADER, bytes.length - HEADER)
            : CodeLoaders.OWN;
    return ofValues != CodeLoaders.OWN ? ofValues : LambdaTable.loaderOf(lambda);
  }

  /** Whether these bytes are to be read by the serializer, if only in part. */
  public static boolean needsSerializer(byte[] bytes) {
    return bytes.length > 0 && bytes[0] != LAMBDA;
  }

  /* ---- Decoding ---- */

  /**
   * Learns what a number stands for.
   *
   * @throws IOException if the definition is malformed
   */
  public void define(int number, byte[] definition) throws IOException {
    keep(number, new LambdaMaker(definition, loaders));
  }

  /** Has ready what the first call of a lambda would have to wait for. */
  public void prepare(int number) throws IOException {
    maker(number).prepare();
  }

  /** Forgets the lambdas of a loader that is gone. */
  public synchronized void release(int loader) {
    @Nullable LambdaMaker[] known = makers.clone();
    for (int i = 0; i < known.length; i++) {
      LambdaMaker maker = known[i];
      if (maker != null && maker.loader() == loader) {
        known[i] = null;
      }
    }
    makers = known;
  }

  private synchronized LambdaMaker keep(int number, LambdaMaker maker) throws IOException {
    if (number < 0 || number >= MOST_DEFINED) {
      throw new InvalidObjectException("lambda number " + number);
    }
    @Nullable LambdaMaker[] known = makers;
    known = Arrays.copyOf(known, Math.max(known.length, number + 1));
    known[number] = maker;
    makers = known;
    return maker;
  }

  /**
   * Turns bytes back into the work.
   *
   * @return the task, or an array of a function and its arguments
   * @throws ClassNotFoundException when a class is missing here
   * @throws InvalidObjectException when the bytes are malformed, or a class's own code failed
   */
  public @Nullable Object decode(byte[] bytes, int offset, int length) throws Exception {
    return decode(bytes, offset, length, OutOfBand.NONE);
  }

  /**
   * As the other method.
   *
   * @param beside the parts that the bytes refer to
   */
  public @Nullable Object decode(byte[] bytes, int offset, int length, OutOfBand beside)
      throws Exception {
    Objects.checkFromIndexSize(offset, length, bytes.length);
    byte tag = length == 0 ? 0 : bytes[offset];
    if (tag == STANDALONE) {
      return decodeStandalone(bytes, offset, length);
    }
    if (tag != LAMBDA && tag != WITH_GRAPH) {
      return values.decode(bytes, offset, length, null, beside);
    }
    if (length < HEADER) {
      throw new InvalidObjectException("a call of " + length + " bytes");
    }
    LambdaMaker maker = maker((int) ValueCodec.INT_AT.get(bytes, offset + 1));
    int captured = bytes[offset + HEADER - 1] & 0xFF;
    int body = offset + HEADER;
    int size = length - HEADER;
    @Nullable Object[] given =
        tag == LAMBDA ? plainValues(bytes, body, size, beside) : graph(bytes, body, size, beside);
    if (captured > given.length) {
      throw new InvalidObjectException(captured + " values captured of " + given.length);
    }
    if (captured == given.length) {
      return maker.make(given);
    }
    @Nullable Object[] work = new Object[1 + given.length - captured];
    work[0] = maker.make(Arrays.copyOf(given, captured));
    System.arraycopy(given, captured, work, 1, given.length - captured);
    return work;
  }

  private @Nullable Object decodeStandalone(byte[] bytes, int offset, int length) throws Exception {
    int header = 1 + Integer.BYTES;
    int size = length < header ? -1 : (int) ValueCodec.INT_AT.get(bytes, offset + 1);
    int rest = length - header - size;
    if (size < 0 || rest < HEADER || bytes[offset + header + size] == STANDALONE) {
      throw new InvalidObjectException("a call of " + length + " bytes with its definition");
    }
    int body = offset + header + size;
    define(
        (int) ValueCodec.INT_AT.get(bytes, body + 1),
        Arrays.copyOfRange(bytes, offset + header, body));
    return decode(bytes, body, rest);
  }

  private LambdaMaker maker(int number) throws IOException {
    @Nullable LambdaMaker[] known = makers;
    LambdaMaker maker = number >= 0 && number < known.length ? known[number] : null;
    if (maker == null) {
      byte[] definition = definitions.apply(number);
      if (definition == null) {
        throw new InvalidObjectException("lambda number " + number + " is not known here");
      }
      maker = keep(number, new LambdaMaker(definition, loaders));
    }
    return maker;
  }

  private @Nullable Object[] plainValues(byte[] bytes, int offset, int length, OutOfBand beside)
      throws Exception {
    int end = offset + length;
    int count = 0;
    for (int at = offset; at < end; at += Integer.BYTES + valueLength(bytes, at, end)) {
      count++;
    }
    @Nullable Object[] given = new Object[count];
    int at = offset;
    for (int i = 0; i < count; i++) {
      int size = valueLength(bytes, at, end);
      given[i] = values.decode(bytes, at + Integer.BYTES, size, null, beside);
      at += Integer.BYTES + size;
    }
    return given;
  }

  private static int valueLength(byte[] bytes, int at, int end) throws InvalidObjectException {
    int left = end - at - Integer.BYTES;
    int size = left < 0 ? -1 : (int) ValueCodec.INT_AT.get(bytes, at);
    if (size < 0 || size > left) {
      throw new InvalidObjectException("a value of " + size + " bytes with " + left + " left");
    }
    return size;
  }

  private @Nullable Object[] graph(byte[] bytes, int offset, int length, OutOfBand beside)
      throws Exception {
    if (values.decode(bytes, offset, length, null, beside) instanceof Object[] given) {
      return given;
    }
    throw new InvalidObjectException("the values of a call are no array");
  }
}
