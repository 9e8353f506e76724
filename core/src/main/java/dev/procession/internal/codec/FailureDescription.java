package dev.procession.internal.codec;

import dev.procession.RemoteTaskException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InvalidObjectException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is left of a throwable when its class is taken away: names, messages, frames, causes.
 *
 * <p>Written from a throwable whose methods may do anything; bounded in depth, breadth and size.
 */
final class FailureDescription {
  private static final int MAX_DEPTH = 100;
  private static final int MAX_SUPPRESSED = 32;
  private static final int MAX_FRAMES = 1_024;
  // Beyond this, throwables are named but their frames left out; beyond twice this, they end.
  private static final int SOFT_LIMIT_BYTES = 1_024 * 1_024;

  private FailureDescription() {}

  /** Describes a failure; never throws. */
  static byte[] write(Throwable failure, String whyStandIn) {
    try {
      return new Writer().write(failure, whyStandIn);
    } catch (Throwable e) {
      return new byte[0]; // no memory, no stack: read() says that nothing is known
    }
  }

  /** The class name in a description; empty when there is none. */
  static String className(byte[] description) throws IOException {
    return description.length == 0 ? "" : new Reader(description).skipToClassName();
  }

  /**
   * Builds the stand-in.
   *
   * @param whyHere why the original could not be read here; null for the writer's own reason
   */
  static RemoteTaskException read(byte[] description, @Nullable String whyHere) throws IOException {
    if (description.length == 0) {
      return new RemoteTaskException(
          Throwable.class.getName(),
          "the task failed, but the worker could not describe the failure",
          "",
          null);
    }
    return new Reader(description).read(whyHere);
  }

  private static final class Writer {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(1_024);
    private final DataOutputStream out = new DataOutputStream(bytes);
    private final Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());

    byte[] write(Throwable failure, String whyStandIn) throws IOException {
      string(whyStandIn);
      throwable(failure, 0);
      return bytes.toByteArray();
    }

    private void throwable(Throwable failure, int depth) throws IOException {
      seen.add(failure);
      string(failure.getClass().getName());
      nullable(Descriptions.message(failure));
      frames(framesOf(failure));
      Throwable cause = causeOf(failure);
      out.writeBoolean(cause != null);
      if (cause != null) {
        linked(cause, depth + 1);
      }
      Throwable[] suppressed = suppressedOf(failure);
      int count = Math.min(suppressed.length, MAX_SUPPRESSED);
      out.writeInt(count);
      for (int i = 0; i < count; i++) {
        linked(suppressed[i], depth + 1);
      }
    }

    private void linked(Throwable failure, int depth) throws IOException {
      if (seen.contains(failure)) {
        cut(failure, "(already shown above)");
      } else if (depth >= MAX_DEPTH || bytes.size() > 2 * SOFT_LIMIT_BYTES) {
        cut(failure, "(its causes were left out: too many)");
      } else {
        throwable(failure, depth);
      }
    }

    private void cut(Throwable failure, String message) throws IOException {
      string(failure.getClass().getName());
      nullable(message);
      out.writeInt(0);
      out.writeBoolean(false);
      out.writeInt(0);
    }

    private void frames(StackTraceElement[] frames) throws IOException {
      int count = bytes.size() > SOFT_LIMIT_BYTES ? 0 : Math.min(frames.length, MAX_FRAMES);
      out.writeInt(count);
      for (int i = 0; i < count; i++) {
        nullable(frames[i].getClassLoaderName());
        nullable(frames[i].getModuleName());
        nullable(frames[i].getModuleVersion());
        string(frames[i].getClassName());
        string(frames[i].getMethodName());
        nullable(frames[i].getFileName());
        out.writeInt(frames[i].getLineNumber());
      }
    }

    private static StackTraceElement[] framesOf(Throwable failure) {
      try {
        return failure.getStackTrace().clone();
      } catch (Throwable e) {
        return new StackTraceElement[0];
      }
    }

    private static @Nullable Throwable causeOf(Throwable failure) {
      try {
        Throwable cause = failure.getCause();
        return cause == failure ? null : cause;
      } catch (Throwable e) {
        return null;
      }
    }

    private static Throwable[] suppressedOf(Throwable failure) {
      try {
        return failure.getSuppressed();
      } catch (Throwable e) {
        return new Throwable[0];
      }
    }

    private void nullable(@Nullable String text) throws IOException {
      out.writeBoolean(text != null);
      if (text != null) {
        string(text);
      }
    }

    private void string(String text) throws IOException {
      byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
      out.writeInt(encoded.length);
      out.write(encoded);
    }
  }

  private static final class Reader {
    private final ByteArrayInputStream bytes;
    private final DataInputStream in;

    Reader(byte[] description) {
      bytes = new ByteArrayInputStream(description);
      in = new DataInputStream(bytes);
    }

    String skipToClassName() throws IOException {
      string();
      return string();
    }

    RemoteTaskException read(@Nullable String whyHere) throws IOException {
      String whyThere = string();
      return throwable(whyHere == null ? whyThere : whyHere, 0);
    }

    private RemoteTaskException throwable(String why, int depth) throws IOException {
      if (depth > MAX_DEPTH) {
        throw new InvalidObjectException("more than " + MAX_DEPTH + " causes");
      }
      String className = string();
      String message = nullable();
      StackTraceElement[] frames = frames();
      Throwable cause = in.readBoolean() ? throwable("", depth + 1) : null;
      RemoteTaskException standIn = new RemoteTaskException(className, message, why, cause);
      standIn.setStackTrace(frames);
      int suppressed = count(MAX_SUPPRESSED);
      for (int i = 0; i < suppressed; i++) {
        standIn.addSuppressed(throwable("", depth + 1));
      }
      return standIn;
    }

    private StackTraceElement[] frames() throws IOException {
      StackTraceElement[] frames = new StackTraceElement[count(MAX_FRAMES)];
      for (int i = 0; i < frames.length; i++) {
        frames[i] =
            new StackTraceElement(
                nullable(), nullable(), nullable(), string(), string(), nullable(), in.readInt());
      }
      return frames;
    }

    private int count(int max) throws IOException {
      int count = in.readInt();
      if (count < 0 || count > max) {
        throw new InvalidObjectException("a count of " + count);
      }
      return count;
    }

    private @Nullable String nullable() throws IOException {
      return in.readBoolean() ? string() : null;
    }

    private String string() throws IOException {
      int length = in.readInt();
      if (length < 0 || length > bytes.available()) {
        throw new InvalidObjectException("a text of " + length + " bytes");
      }
      return new String(in.readNBytes(length), StandardCharsets.UTF_8);
    }
  }
}
