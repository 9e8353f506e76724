package dev.procession.internal.wire;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
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
 *                     DUMP         say what your threads do
 *   worker → parent   THREADS      length int, UTF-8 text
 *                     ASK          sequence long: what call is this?
 *   parent → worker   TOLD         sequence long, task id long, attempt int, nanoseconds to its deadline long,
 *                                  length int, name in UTF-8
 *   worker → parent   PROGRESS     length int, a {@link ProgressReport}
 *   parent → worker   PRELOAD      size long, length int, path in UTF-8: read that shared value
 *                     FORGET       length int, path in UTF-8: that shared value was closed
 *   worker → parent   LOAD         length int, a {@link ClassRequest}
 *   parent → worker   LOADED       length int, a {@link ClassAnswer}
 *                     RELEASE      loader int: what was read by it is in use no more
 *   worker → parent   LOG          length int, a {@link LogMessage}
 *   parent → worker   VITALS       say how your JVM fares
 *   worker → parent   VITALS       six longs, a {@link Vitals}
 *   parent → worker   PROFILE      seconds int: watch for so long what your threads spend their time with
 *   worker → parent   PROFILE      whether there is one byte, length int, UTF-8 text: it, or why there is none
 *   observer → parent OBSERVE      secret byte[32]; what follows is not of this protocol
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

  /** A type byte. */
  public static final byte DUMP = 6;

  /** A type byte. */
  public static final byte THREADS = 7;

  /** A type byte. */
  public static final byte ASK = 8;

  /** A type byte. */
  public static final byte TOLD = 9;

  /** A type byte. */
  public static final byte PROGRESS = 10;

  /** A type byte. */
  public static final byte PRELOAD = 11;

  /** A type byte. */
  public static final byte FORGET = 12;

  /** A type byte. */
  public static final byte LOAD = 13;

  /** A type byte. */
  public static final byte LOADED = 14;

  /** A type byte. */
  public static final byte RELEASE = 15;

  /** A type byte. */
  public static final byte LOG = 16;

  /** A type byte. */
  public static final byte OBSERVE = 17;

  /** A type byte. */
  public static final byte VITALS = 18;

  /** A type byte. */
  public static final byte PROFILE = 19;

  /** The longest path of a shared file in bytes, as the system has it. */
  private static final int LONGEST_PATH = 4096;

  /** The longest name of a task that a worker is told; what is longer is cut. */
  public static final int LONGEST_NAME = 16 << 10;

  private static final int TOLD_HEAD = 8 + 8 + 4 + 8;

  /** The longest encoded failure that a parent reads. */
  public static final int LONGEST_FAILURE = 4 << 20;

  /** The longest thread dump that a parent reads. */
  public static final int LONGEST_DUMP = 1 << 20;

  /** The longest profile that a parent reads. */
  public static final int LONGEST_PROFILE = 4 << 20;

  private static final int VITALS_BODY = 6 * Long.BYTES;

  private static final int HELLO_BODY = 4 + 4 + 8 + LaunchConfig.SECRET_BYTES;

  private ControlMessages() {}

  /** The first words of who wants to observe the pool. */
  public static ByteBuffer observe(byte[] secret) {
    return ByteBuffer.allocate(1 + secret.length).put(OBSERVE).put(secret).flip();
  }

  /** Body of OBSERVE if all of it has come, else null with the position unchanged. */
  public static byte @Nullable [] readObserve(ByteBuffer in) {
    if (in.remaining() < LaunchConfig.SECRET_BYTES) {
      return null;
    }
    byte[] secret = new byte[LaunchConfig.SECRET_BYTES];
    in.get(secret);
    return secret;
  }

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

  /** A request for a thread dump. */
  public static ByteBuffer dump() {
    return ByteBuffer.wrap(new byte[] {DUMP});
  }

  /** A request for how the worker's JVM fares. */
  public static ByteBuffer askForVitals() {
    return ByteBuffer.wrap(new byte[] {VITALS});
  }

  /**
   * How a worker's JVM fares.
   *
   * @param heapUsed bytes
   * @param heapCommitted bytes
   * @param heapMax bytes
   * @param gcCount garbage collections
   * @param gcMillis how long they took
   * @param threads live threads
   */
  public record Vitals(
      long heapUsed, long heapCommitted, long heapMax, long gcCount, long gcMillis, long threads) {}

  /** How the worker's JVM fares. */
  public static ByteBuffer vitals(Vitals vitals) {
    return ByteBuffer.allocate(1 + VITALS_BODY)
        .put(VITALS)
        .putLong(vitals.heapUsed())
        .putLong(vitals.heapCommitted())
        .putLong(vitals.heapMax())
        .putLong(vitals.gcCount())
        .putLong(vitals.gcMillis())
        .putLong(vitals.threads())
        .flip();
  }

  /** Body of the worker's VITALS if all of it has come, else null with the position unchanged. */
  public static @Nullable Vitals readVitals(ByteBuffer in) {
    return in.remaining() < VITALS_BODY
        ? null
        : new Vitals(
            in.getLong(), in.getLong(), in.getLong(), in.getLong(), in.getLong(), in.getLong());
  }

  /** A request for a profile of so many seconds. */
  public static ByteBuffer askForProfile(int seconds) {
    return ByteBuffer.allocate(5).put(PROFILE).putInt(seconds).flip();
  }

  /** Body of the parent's PROFILE, seconds, if all of it has come, else null. */
  public static @Nullable Integer readAskForProfile(ByteBuffer in) {
    return in.remaining() < Integer.BYTES ? null : in.getInt();
  }

  /**
   * A profile.
   *
   * @param isThere whether there is one
   * @param text it, or why there is none
   */
  public record Profile(boolean isThere, String text) {}

  /** What the worker's threads spent their time with. */
  public static ByteBuffer profile(Profile profile) {
    byte[] text = profile.text().getBytes(StandardCharsets.UTF_8);
    int length = Math.min(text.length, LONGEST_PROFILE);
    return ByteBuffer.allocate(6 + length)
        .put(PROFILE)
        .put((byte) (profile.isThere() ? 1 : 0))
        .putInt(length)
        .put(text, 0, length)
        .flip();
  }

  /**
   * Body of the worker's PROFILE if all of it has come, else null with the position unchanged.
   *
   * @throws WireException if its length is out of range
   */
  public static @Nullable Profile readProfile(ByteBuffer in) throws WireException {
    if (!in.hasRemaining()) {
      return null;
    }
    int start = in.position();
    boolean isThere = in.get() != 0;
    byte[] text = readBody(in, LONGEST_PROFILE, "profile");
    if (text == null) {
      in.position(start);
      return null;
    }
    return new Profile(isThere, new String(text, StandardCharsets.UTF_8));
  }

  /** The worker cannot start. */
  public static ByteBuffer failed(byte[] failure) {
    return withBody(FAILED, failure, LONGEST_FAILURE);
  }

  /** What the worker's threads do. */
  public static ByteBuffer threads(byte[] text) {
    return withBody(THREADS, text, LONGEST_DUMP);
  }

  private static ByteBuffer withBody(byte type, byte[] body, int longest) {
    int length = Math.min(body.length, longest);
    return ByteBuffer.allocate(5 + length).put(type).putInt(length).put(body, 0, length).flip();
  }

  /** Something that a task has logged. */
  public static ByteBuffer log(LogMessage message) {
    return withBody(LOG, message.toBytes(), LogMessage.LONGEST);
  }

  /**
   * Body of LOG, a {@link LogMessage}, if all of it has come, else null with the position
   * unchanged.
   *
   * @throws WireException if it is too long
   */
  public static byte @Nullable [] readLog(ByteBuffer in) throws WireException {
    return readBody(in, LogMessage.LONGEST, "log message");
  }

  /** A question for what the parent knows of a call. */
  public static ByteBuffer ask(long sequence) {
    return ByteBuffer.allocate(9).put(ASK).putLong(sequence).flip();
  }

  /** How far a call is. */
  public static ByteBuffer progress(ProgressReport report) {
    return withBody(PROGRESS, report.toBytes(), ProgressReport.LONGEST);
  }

  /**
   * What the parent knows of a call.
   *
   * @param sequence of the call
   * @param id of the task
   * @param attempt from 1
   * @param nanosLeft until its deadline, {@code Long.MAX_VALUE} if it has none
   * @param name of the task
   */
  public record Told(long sequence, long id, int attempt, long nanosLeft, String name) {}

  /** What the parent knows of a call; not much longer than {@link #LONGEST_NAME}. */
  public static ByteBuffer told(Told told) {
    byte[] name = told.name().getBytes(StandardCharsets.UTF_8);
    int length = Math.min(name.length, LONGEST_NAME);
    return ByteBuffer.allocate(1 + TOLD_HEAD + Integer.BYTES + length)
        .put(TOLD)
        .putLong(told.sequence())
        .putLong(told.id())
        .putInt(told.attempt())
        .putLong(told.nanosLeft())
        .putInt(length)
        .put(name, 0, length)
        .flip();
  }

  /**
   * Body of TOLD if all of it has come, else null with the position unchanged.
   *
   * @throws WireException if its length is out of range
   */
  public static @Nullable Told readTold(ByteBuffer in) throws WireException {
    if (in.remaining() < TOLD_HEAD) {
      return null;
    }
    int start = in.position();
    long sequence = in.getLong();
    long id = in.getLong();
    int attempt = in.getInt();
    long nanosLeft = in.getLong();
    byte[] name = readBody(in, LONGEST_NAME, "name");
    if (name == null) {
      in.position(start);
      return null;
    }
    return new Told(sequence, id, attempt, nanosLeft, new String(name, StandardCharsets.UTF_8));
  }

  /** Body of ASK, the sequence of a call, if all of it has come, else null. */
  public static @Nullable Long readAsk(ByteBuffer in) {
    return in.remaining() < Long.BYTES ? null : in.getLong();
  }

  /**
   * Body of PROGRESS if all of it has come, else null with the position unchanged.
   *
   * @throws WireException if it is malformed
   */
  public static @Nullable ProgressReport readProgress(ByteBuffer in) throws WireException {
    byte[] body = readBody(in, ProgressReport.LONGEST, "report");
    return body == null ? null : ProgressReport.of(body);
  }

  /**
   * A shared value that a worker is to read.
   *
   * @param file path of the file that holds it
   * @param size of the file in bytes
   */
  public record Preload(String file, long size) {}

  /** A shared value that the worker is to read. */
  public static ByteBuffer preload(Preload value) {
    byte[] path = value.file().getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(1 + Long.BYTES + Integer.BYTES + path.length)
        .put(PRELOAD)
        .putLong(value.size())
        .putInt(path.length)
        .put(path)
        .flip();
  }

  /**
   * Body of PRELOAD if all of it has come, else null with the position unchanged.
   *
   * @throws WireException if its length is out of range
   */
  public static @Nullable Preload readPreload(ByteBuffer in) throws WireException {
    if (in.remaining() < Long.BYTES) {
      return null;
    }
    int start = in.position();
    long size = in.getLong();
    String file = readForget(in);
    if (file == null) {
      in.position(start);
      return null;
    }
    return new Preload(file, size);
  }

  /** A shared value that was closed. */
  public static ByteBuffer forget(String file) {
    return withBody(FORGET, file.getBytes(StandardCharsets.UTF_8), LONGEST_PATH);
  }

  /**
   * Body of FORGET, a path, if all of it has come, else null with the position unchanged.
   *
   * @throws WireException if its length is out of range
   */
  public static @Nullable String readForget(ByteBuffer in) throws WireException {
    byte[] path = readBody(in, LONGEST_PATH, "path");
    return path == null ? null : new String(path, StandardCharsets.UTF_8);
  }

  /** A question for a class or a resource. */
  public static ByteBuffer load(ClassRequest request) {
    return withBody(LOAD, request.toBytes(), ClassRequest.LONGEST);
  }

  /**
   * Body of LOAD if all of it has come, else null with the position unchanged.
   *
   * @throws WireException if it is malformed
   */
  public static @Nullable ClassRequest readLoad(ByteBuffer in) throws WireException {
    byte[] body = readBody(in, ClassRequest.LONGEST, "request");
    return body == null ? null : ClassRequest.of(body);
  }

  /**
   * The answer to a LOAD.
   *
   * @param answer the bytes of a {@link ClassAnswer}
   */
  public static ByteBuffer loaded(byte[] answer) {
    return withBody(LOADED, answer, ClassAnswer.LONGEST);
  }

  /**
   * Body of LOADED if all of it has come, else null with the position unchanged.
   *
   * @throws IOException if it is malformed
   */
  public static @Nullable ClassAnswer readLoaded(ByteBuffer in) throws IOException {
    byte[] body = readBody(in, ClassAnswer.LONGEST, "answer");
    return body == null ? null : ClassAnswer.of(body);
  }

  /** A class loader that is in use no more. */
  public static ByteBuffer release(int loader) {
    return ByteBuffer.allocate(5).put(RELEASE).putInt(loader).flip();
  }

  /** Body of RELEASE, the number of a loader, if all of it has come, else null. */
  public static @Nullable Integer readRelease(ByteBuffer in) {
    return in.remaining() < Integer.BYTES ? null : in.getInt();
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
    return readBody(in, LONGEST_FAILURE, "failure");
  }

  /**
   * Body of THREADS if all of it has come, else null with the position unchanged.
   *
   * @throws WireException if its length is out of range
   */
  public static byte @Nullable [] readThreads(ByteBuffer in) throws WireException {
    return readBody(in, LONGEST_DUMP, "thread dump");
  }

  private static byte @Nullable [] readBody(ByteBuffer in, int longest, String what)
      throws WireException {
    if (in.remaining() < Integer.BYTES) {
      return null;
    }
    int length = in.getInt(in.position());
    if (length < 0 || length > longest) {
      throw new WireException(what + " of " + length + " bytes");
    }
    if (in.remaining() < Integer.BYTES + length) {
      return null;
    }
    byte[] body = new byte[length];
    in.getInt();
    in.get(body);
    return body;
  }
}
