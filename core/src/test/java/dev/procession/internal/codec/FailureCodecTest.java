package dev.procession.internal.codec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.RemoteTaskException;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.PrintWriter;
import java.io.Serializable;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Statements X2, X3, X6 and X7 of the semantics: exceptions arrive as they were thrown. */
class FailureCodecTest {
  private static final ClassLoader LOADER = FailureCodecTest.class.getClassLoader();
  // Sees the JDK, and none of the classes here.
  private static final ClassLoader ELSEWHERE = ClassLoader.getPlatformClassLoader();
  private static final int BOUND = 8 * 1_024 * 1_024;

  static class OrderException extends Exception {
    private static final long serialVersionUID = 1L;
    final List<Integer> ids;

    // No constructor with a message: CPython's pool broke on this kind (X7).
    OrderException(int first, int second) {
      super("orders " + first + " and " + second);
      ids = List.of(first, second);
    }
  }

  static class LiveFieldException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    @SuppressWarnings("serial")
    final Object live = new Object();

    LiveFieldException(String message, Throwable cause) {
      super(message, cause);
    }
  }

  static class HostileException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    @Override
    public String getMessage() {
      throw new IllegalStateException("no message");
    }

    @Override
    public String toString() {
      throw new IllegalStateException("no text");
    }

    @Override
    public synchronized Throwable getCause() {
      throw new StackOverflowError();
    }

    @Override
    public StackTraceElement[] getStackTrace() {
      throw new OutOfMemoryError("hostile");
    }

    @Override
    public boolean equals(Object o) {
      throw new IllegalStateException("no equals");
    }

    @Override
    public int hashCode() {
      throw new IllegalStateException("no hash");
    }

    private void writeObject(ObjectOutputStream out) {
      throw new AssertionError("no writing");
    }
  }

  static class UnreadableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UnreadableException(String message) {
      super(message);
    }

    private void readObject(ObjectInputStream in) throws IOException {
      throw new LinkageError("no reading");
    }
  }

  static class VanishingException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final boolean asNull;

    VanishingException(boolean asNull) {
      super("vanishing");
      this.asNull = asNull;
    }

    private Object writeReplace() {
      return new Form(asNull);
    }

    record Form(boolean asNull) implements Serializable {
      private Object readResolve() {
        return asNull ? null : "a string";
      }
    }
  }

  static class CyclicException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final transient Object live = new Object();
    private final Object notSerializable = new Object();
    private Throwable next = this;

    @Override
    public synchronized Throwable getCause() {
      return next;
    }
  }

  @Test
  void decode_ofException_isTheSameInEveryPart() {
    IllegalStateException failure = new IllegalStateException("outer", new OrderException(1, 2));
    failure.addSuppressed(new IOException("suppressed"));
    Throwable back = roundTrip(failure, LOADER);
    assertThat(back).isExactlyInstanceOf(IllegalStateException.class).hasMessage("outer");
    assertThat(back.getStackTrace()).isEqualTo(failure.getStackTrace());
    assertThat(back.getCause())
        .isExactlyInstanceOf(OrderException.class)
        .hasMessage("orders 1 and 2");
    assertThat(((OrderException) back.getCause()).ids).containsExactly(1, 2);
    assertThat(back.getSuppressed()).hasSize(1);
    assertThat(back.getSuppressed()[0])
        .isExactlyInstanceOf(IOException.class)
        .hasMessage("suppressed");
    assertThat(roundTrip(new AssertionError("an Error"), LOADER))
        .isInstanceOf(AssertionError.class);
  }

  @Test
  void decode_ofExceptionWithLiveField_isFaithfulStandIn() {
    LiveFieldException failure = new LiveFieldException("live", new IOException("why"));
    failure.addSuppressed(new OrderException(3, 4));
    RemoteTaskException back = standIn(roundTrip(failure, LOADER));
    assertThat(back.originalClassName()).isEqualTo(LiveFieldException.class.getName());
    assertThat(back).hasMessage("live");
    assertThat(back.getStackTrace()).isEqualTo(failure.getStackTrace());
    assertThat(standIn(back.getCause()).originalClassName()).isEqualTo("java.io.IOException");
    assertThat(back.getCause()).hasMessage("why");
    assertThat(standIn(back.getSuppressed()[0]).originalClassName())
        .isEqualTo(OrderException.class.getName());
    assertThat(back.toString())
        .startsWith(LiveFieldException.class.getName() + ": live")
        .contains("stand-in: it could not be serialised: java.io.NotSerializableException")
        .contains("java.lang.Object");
    assertThat(back.getCause().toString()).isEqualTo("java.io.IOException: why");
  }

  @Test
  void decode_withoutItsClass_isStandInThatNamesIt() {
    OrderException failure = new OrderException(1, 2);
    RemoteTaskException back = standIn(roundTrip(failure, ELSEWHERE));
    assertThat(back).hasMessage("orders 1 and 2");
    assertThat(back.getStackTrace()).isEqualTo(failure.getStackTrace());
    assertThat(back.toString())
        .contains("its class was not found here")
        .contains(OrderException.class.getName());
    StringWriter printed = new StringWriter();
    back.printStackTrace(new PrintWriter(printed, true));
    assertThat(printed.toString()).contains("at ").contains("FailureCodecTest.java:");
  }

  @Test
  void encode_ofHostileException_describesWhatItCan() {
    RemoteTaskException back = standIn(roundTrip(new HostileException(), LOADER));
    assertThat(back.originalClassName()).isEqualTo(HostileException.class.getName());
    assertThat(back.getMessage())
        .isEqualTo("(its getMessage() threw java.lang.IllegalStateException)");
    assertThat(back.toString()).contains("no writing");
    RuntimeException holder = new RuntimeException("holder", new HostileException());
    assertThat(standIn(roundTrip(holder, LOADER)).getCause())
        .isInstanceOf(RemoteTaskException.class);
  }

  @Test
  void decode_ofUnreadableException_isStandIn() {
    RemoteTaskException back = standIn(roundTrip(new UnreadableException("u"), LOADER));
    assertThat(back).hasMessage("u");
    assertThat(back.toString()).contains("could not be read").contains("no reading");
  }

  @ParameterizedTest
  @MethodSource("booleans")
  void decode_ofExceptionThatComesBackAsSomethingElse_isStandIn(boolean asNull) {
    RemoteTaskException back = standIn(roundTrip(new VanishingException(asNull), LOADER));
    assertThat(back.originalClassName()).isEqualTo(VanishingException.class.getName());
    assertThat(back).hasMessage("vanishing");
    assertThat(back.toString()).contains(asNull ? "came back as null" : "a java.lang.String");
  }

  static boolean[] booleans() {
    return new boolean[] {true, false};
  }

  @Test
  void encode_ofSelfCause_ends() {
    RemoteTaskException back = standIn(roundTrip(new CyclicException(), LOADER));
    assertThat(back.getCause()).isNull();
    CyclicException a = new CyclicException();
    CyclicException b = new CyclicException();
    a.next = b;
    b.next = a;
    assertThat(standIn(roundTrip(a, LOADER)).getCause().getCause())
        .hasMessageContaining("already shown");
  }

  @Test
  void encode_ofMutualSuppressedCycle_keepsTheReal() {
    Exception a = new Exception("a");
    Exception b = new Exception("b", a);
    a.addSuppressed(b);
    Throwable back = roundTrip(a, LOADER);
    assertThat(back).isExactlyInstanceOf(Exception.class);
    assertThat(back.getSuppressed()[0].getCause()).isSameAs(back);
  }

  @Test
  void encode_ofTenThousandCauses_isBounded() {
    Throwable failure = new LiveFieldException("bottom", null);
    for (int i = 0; i < 10_000; i++) {
      failure = new RuntimeException("level " + i, failure);
    }
    byte[] bytes = FailureCodec.encode(failure);
    assertThat(bytes.length).isLessThan(BOUND);
    Throwable back = FailureCodec.decode(bytes, 0, bytes.length, LOADER);
    assertThat(back).hasMessage("level 9999");
    int depth = 0;
    for (Throwable t = back; t != null; t = t.getCause()) {
      depth++;
    }
    assertThat(depth).isEqualTo(101);
  }

  @Test
  void encode_ofHugeMessage_isCut() {
    String huge = "m".repeat(20_000_000);
    byte[] bytes = FailureCodec.encode(new IOException(huge));
    assertThat(bytes.length).isLessThan(BOUND);
    Throwable back = FailureCodec.decode(bytes, 0, bytes.length, LOADER);
    assertThat(back.getMessage()).startsWith("mmm").endsWith("(20000000 characters)");
    assertThat(back.toString()).contains("it has more than");
  }

  @Test
  void encode_ofManySuppressedWithDeepStacks_isBounded() {
    LiveFieldException failure = new LiveFieldException("many", null);
    StackTraceElement[] deep = new StackTraceElement[5_000];
    java.util.Arrays.fill(deep, new StackTraceElement("c".repeat(500), "m", "f", 1));
    for (int i = 0; i < 1_000; i++) {
      Exception each = new Exception("s" + i);
      each.setStackTrace(deep);
      failure.addSuppressed(each);
    }
    byte[] bytes = FailureCodec.encode(failure);
    assertThat(bytes.length).isLessThan(BOUND);
    assertThat(standIn(FailureCodec.decode(bytes, 0, bytes.length, LOADER)).getSuppressed())
        .hasSize(32);
  }

  @Test
  void decode_ofStackOverflow_isTheError() {
    Throwable overflow = null;
    try {
      recurse(0);
    } catch (StackOverflowError e) {
      overflow = e;
    }
    assertThat(roundTrip(overflow, LOADER)).isExactlyInstanceOf(StackOverflowError.class);
  }

  private static int recurse(int n) {
    return n < 0 ? n : recurse(n + 1) + 1;
  }

  @Test
  void decode_ofNonsense_saysSo() {
    for (byte[] bytes :
        List.of(
            new byte[0],
            new byte[3],
            new byte[] {0x7f, -1, -1, -1, 0},
            new byte[] {-1, -1, -1, -1},
            new byte[] {0, 0, 0, 2, 5, 5})) {
      assertThat(FailureCodec.decode(bytes, 0, bytes.length, LOADER))
          .isInstanceOf(RemoteTaskException.class)
          .hasMessageContaining("could not be read");
    }
    assertThat(FailureCodec.decode(new byte[2], 1, 5, LOADER))
        .hasMessageContaining("could not be read");
  }

  private static Throwable roundTrip(Throwable failure, ClassLoader loader) {
    byte[] bytes = FailureCodec.encode(failure);
    byte[] padded = new byte[bytes.length + 5];
    System.arraycopy(bytes, 0, padded, 2, bytes.length);
    return FailureCodec.decode(padded, 2, bytes.length, loader);
  }

  private static RemoteTaskException standIn(Throwable failure) {
    assertThat(failure).isExactlyInstanceOf(RemoteTaskException.class);
    return (RemoteTaskException) failure;
  }
}
