package dev.procession.internal.wire;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The messages of the private channel between a parent and one worker, and their bytes.
 *
 * <pre>
 *   worker → parent   HELLO        version int, worker int, pid long, secret byte[32]
 *                     READY
 *                     FAILED       length int, encoded failure: the worker cannot start
 *   both ways         BELL         look at your ring
 *   parent → worker   INTERRUPT    sequence long: interrupt that call if it still runs
 * </pre>
 *
 * Each starts with its type in one byte. End of file in either direction means that the other side
 * is gone.
 */
public final class ControlMessages {
  /** A type byte. */
  public static final byte HELLO = 1;

  /** A type byte. */
  public static final byte READY = 2;

  /** A type byte. */
  public static final byte FAILED = 3;

  /** A type byte. */
  public static final byte BELL = 4;

  /** A type byte. */
  public static final byte INTERRUPT = 5;

  /** The longest encoded failure that a parent reads. */
  public static final int LONGEST_FAILURE = 4 << 20;

  private static final int HELLO_BODY = 4 + 4 + 8 + LaunchConfig.SECRET_BYTES;

  private ControlMessages() {}

  /** The doorbell. */
  public static ByteBuffer bell() {
    return ByteBuffer.wrap(new byte[] {BELL});
  }

  /** The worker is ready. */
  public static ByteBuffer ready() {
    return ByteBuffer.wrap(new byte[] {READY});
  }

  /** A request to interrupt that call. */
  public static ByteBuffer interrupt(long sequence) {
    return ByteBuffer.allocate(9).put(INTERRUPT).putLong(sequence).flip();
  }

  /** The worker cannot start. */
  public static ByteBuffer failed(byte[] failure) {
    int length = Math.min(failure.length, LONGEST_FAILURE);
    return ByteBuffer.allocate(5 + length).put(FAILED).putInt(length).put(failure, 0, length).flip();
  }

  /** The worker's first words. */
  public static ByteBuffer hello(Hello hello) {
    return ByteBuffer.allocate(1 + HELLO_BODY)
        .put(HELLO)
        .putInt(hello.version())
        .putInt(hello.worker())
        .putLong(hello.pid())
        .put(hello.secret())
        .flip();
  }

  /**
   * Who a worker says it is.
   *
   * @param version {@link RegionLayout#VERSION} of its side
   * @param worker its number
   * @param pid its process id
   * @param secret what its launch file held
   */
  public record Hello(int version, int worker, long pid, byte[] secret) {}

  /** Body of HELLO if all of it has come, else null with the position unchanged. */
  public static @Nullable Hello readHello(ByteBuffer in) {
    if (in.remaining() < HELLO_BODY) {
      return null;
    }
    int version = in.getInt();
    int worker = in.getInt();
    long pid = in.getLong();
    byte[] secret = new byte[LaunchConfig.SECRET_BYTES];
    in.get(secret);
    return new Hello(version, worker, pid, secret);
  }

  /**
   * Body of FAILED if all of it has come, else null with the position unchanged.
   *
   * @throws WireException if its length is out of range
   */
  public static byte @Nullable [] readFailure(ByteBuffer in) throws WireException {
    if (in.remaining() < Integer.BYTES) {
      return null;
    }
    int length = in.getInt(in.position());
    if (length < 0 || length > LONGEST_FAILURE) {
      throw new WireException("failure of " + length + " bytes");
    }
    if (in.remaining() < Integer.BYTES + length) {
      return null;
    }
    byte[] failure = new byte[length];
    in.getInt();
    in.get(failure);
    return failure;
  }
}
