package dev.procession.internal.view;

import dev.procession.internal.wire.LaunchConfig;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InvalidObjectException;
import java.io.ObjectInputFilter;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What an observer and a pool say to each other once the pool has taken the observer's secret.
 *
 * <pre>
 *   observer → pool   question  byte, argument long
 *   pool → observer   length int, an {@link Answer} by JDK serialisation
 * </pre>
 *
 * <p>Records are written by the names of their components, so that versions of Procession that
 * differ understand each other as far as they can. An observer reads records of ours and values of
 * the JDK only; a pool reads no objects.
 */
public final class ViewProtocol {
  /** A question: the snapshot. */
  public static final byte SNAPSHOT = 1;

  /** A question: what the threads of that worker do. */
  public static final byte THREADS = 2;

  /** A question: stop that task. */
  public static final byte CANCEL = 3;

  /** A question: have that worker retire. */
  public static final byte RETIRE = 4;

  /** A question: kill that worker. */
  public static final byte KILL = 5;

  /** A question: what was done since. */
  public static final byte ACTIVITY = 6;

  /** A question: what was printed since. */
  public static final byte OUTPUT = 7;

  /** A question: how far the tasks of each name are. */
  public static final byte COUNTS = 8;

  /** A question: what that task failed with. */
  public static final byte FAILURE = 9;

  /** A question: what that worker's threads spend their time with; see {@link #profileOf}. */
  public static final byte PROFILE = 10;

  /** Bytes of an observer's secret. */
  public static final int SECRET_BYTES = LaunchConfig.SECRET_BYTES;

  /** The longest answer that is read: a thousand workers need a tenth of it. */
  public static final int LONGEST = 16 << 20;

  private static final Set<String> PACKAGES =
      Set.of("dev.procession", "dev.procession.observe", "dev.procession.internal.view");

  private static final Set<String> OF_THE_JDK = Set.of("java.lang", "java.time");

  /** What an immutable list is written as, and what becomes of that. */
  private static final Set<String> LISTS =
      Set.of(
          "java.util.CollSer",
          "java.util.ImmutableCollections$ListN",
          "java.util.ImmutableCollections$List12");

  private static final long LONGEST_ARRAY = 1 << 20;
  private static final long DEEPEST = 32;
  private static final long MOST_REFERENCES = 4 << 20;

  private ViewProtocol() {}

  /**
   * The answer to a question.
   *
   * @param value what was asked for, null for nothing
   * @param noSuchThing why there is nothing, if it is the question that is wrong
   * @param failure why there is nothing, if it is the pool
   */
  public record Answer(
      @Nullable Serializable value, @Nullable String noSuchThing, @Nullable String failure)
      implements Serializable {}

  /** The argument of PROFILE: the number of the worker, and seconds in the upper half. */
  public static long profileOf(int worker, int seconds) {
    return (long) seconds << Integer.SIZE | Integer.toUnsignedLong(worker);
  }

  /** Writes an answer. */
  public static void write(DataOutputStream out, Answer answer) throws IOException {
    byte[] bytes = toBytes(answer);
    out.writeInt(bytes.length);
    out.write(bytes);
    out.flush();
  }

  /** An answer without its length. */
  public static byte[] toBytes(Answer answer) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream objects = new ObjectOutputStream(bytes)) {
      objects.writeObject(answer);
    }
    return bytes.toByteArray();
  }

  /** Reads an answer, which is untrusted. */
  public static Answer read(byte[] bytes) throws IOException {
    try (ObjectInputStream objects = new ObjectInputStream(new ByteArrayInputStream(bytes))) {
      objects.setObjectInputFilter(ViewProtocol::filter);
      return (Answer) objects.readObject();
    } catch (ClassNotFoundException | RuntimeException e) { // what is read may throw anything
      throw new InvalidObjectException("not an answer: " + e);
    }
  }

  private static ObjectInputFilter.Status filter(ObjectInputFilter.FilterInfo asked) {
    if (asked.arrayLength() > LONGEST_ARRAY
        || asked.depth() > DEEPEST
        || asked.references() > MOST_REFERENCES) {
      return ObjectInputFilter.Status.REJECTED;
    }
    Class<?> type = asked.serialClass();
    if (type == null) {
      return ObjectInputFilter.Status.UNDECIDED; // a length or a depth
    }
    while (type.isArray()) {
      type = type.getComponentType();
    }
    boolean known =
        type.isPrimitive()
            || PACKAGES.contains(type.getPackageName())
            || OF_THE_JDK.contains(type.getPackageName())
            || LISTS.contains(type.getName());
    return known ? ObjectInputFilter.Status.ALLOWED : ObjectInputFilter.Status.REJECTED;
  }
}
