package dev.procession.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ControlMessagesTest {
  private static byte[] secret() {
    byte[] secret = new byte[LaunchConfig.SECRET_BYTES];
    Arrays.fill(secret, (byte) 0xA5);
    return secret;
  }

  @Test
  void readHello_ofAPartOfIt_returnsNullAndTakesNothing() {
    ByteBuffer whole = ControlMessages.hello(new ControlMessages.Hello(3, 17, 1L << 40, secret()));
    assertThat(whole.get()).isEqualTo(ControlMessages.HELLO);
    int start = whole.position();
    int end = whole.limit();
    for (int limit = start; limit < end; limit++) {
      whole.limit(limit);
      assertThat(ControlMessages.readHello(whole)).as("up to %d", limit).isNull();
      assertThat(whole.position()).isEqualTo(start);
    }
    whole.limit(end);
    ControlMessages.Hello hello = ControlMessages.readHello(whole);
    assertThat(hello.version()).isEqualTo(3);
    assertThat(hello.worker()).isEqualTo(17);
    assertThat(hello.pid()).isEqualTo(1L << 40);
    assertThat(hello.secret()).isEqualTo(secret());
    assertThat(whole.hasRemaining()).isFalse();
  }

  @Test
  void readVitalsAndProfile_ofAPartOfIt_returnNullAndTakeNothing() throws WireException {
    ControlMessages.Vitals vitals = new ControlMessages.Vitals(1, 2, 3, 4, 5, 1L << 40);
    ControlMessages.Profile profile = new ControlMessages.Profile(true, "a;b 3\n\u00e4;c 1\n");
    ByteBuffer first = ControlMessages.vitals(vitals);
    ByteBuffer second = ControlMessages.profile(profile);
    assertThat(first.get()).isEqualTo(ControlMessages.VITALS);
    assertThat(second.get()).isEqualTo(ControlMessages.PROFILE);
    int end = first.limit();
    for (int limit = 1; limit < end; limit++) {
      assertThat(ControlMessages.readVitals(first.limit(limit))).isNull();
      assertThat(first.position()).isEqualTo(1);
    }
    assertThat(ControlMessages.readVitals(first.limit(end))).isEqualTo(vitals);
    end = second.limit();
    for (int limit = 1; limit < end; limit++) {
      assertThat(ControlMessages.readProfile(second.limit(limit))).isNull();
      assertThat(second.position()).isEqualTo(1);
    }
    second.limit(end);
    assertThat(ControlMessages.readProfile(second)).isEqualTo(profile);
    assertThat(second.hasRemaining()).isFalse();
  }

  @Test
  void readProfile_withALengthOutOfRange_throws() {
    ByteBuffer lie = ByteBuffer.allocate(9).put((byte) 1).putInt(-1).putInt(0).flip();
    assertThatThrownBy(() -> ControlMessages.readProfile(lie)).isInstanceOf(WireException.class);
  }

  @Test
  void readHello_withMoreBehindIt_leavesTheRest() {
    ByteBuffer two =
        ByteBuffer.allocate(200)
            .put(ControlMessages.hello(new ControlMessages.Hello(1, 2, 3, secret())))
            .put(ControlMessages.ready())
            .flip();
    two.get();
    assertThat(ControlMessages.readHello(two)).isNotNull();
    assertThat(two.get()).isEqualTo(ControlMessages.READY);
    assertThat(two.hasRemaining()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 5000})
  void readFailure_ofAPartOfIt_returnsNullAndTakesNothing(int length) throws WireException {
    byte[] failure = new byte[length];
    Arrays.fill(failure, (byte) 5);
    ByteBuffer whole = ControlMessages.failed(failure);
    assertThat(whole.get()).isEqualTo(ControlMessages.FAILED);
    int start = whole.position();
    int end = whole.limit();
    for (int limit = start; limit < end; limit++) {
      whole.limit(limit);
      assertThat(ControlMessages.readFailure(whole)).isNull();
      assertThat(whole.position()).isEqualTo(start);
    }
    whole.limit(end);
    assertThat(ControlMessages.readFailure(whole)).isEqualTo(failure);
    assertThat(whole.hasRemaining()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, Integer.MIN_VALUE, Integer.MAX_VALUE, (4 << 20) + 1})
  void readFailure_withALengthOutOfRange_throwsBeforeItAllocates(int length) {
    ByteBuffer lie = ByteBuffer.allocate(8).putInt(length).putInt(0).flip();
    assertThatThrownBy(() -> ControlMessages.readFailure(lie))
        .isInstanceOf(WireException.class)
        .hasMessageContaining(String.valueOf(length));
  }

  @Test
  void failed_withMoreThanAParentReads_isCutOff() throws WireException {
    ByteBuffer cut = ControlMessages.failed(new byte[ControlMessages.LONGEST_FAILURE + 10]);
    cut.get();
    assertThat(ControlMessages.readFailure(cut)).hasSize(ControlMessages.LONGEST_FAILURE);
  }

  @Test
  void interrupt_carriesItsSequence() {
    ByteBuffer message = ControlMessages.interrupt(Long.MAX_VALUE);
    assertThat(message.get()).isEqualTo(ControlMessages.INTERRUPT);
    assertThat(message.getLong()).isEqualTo(Long.MAX_VALUE);
    assertThat(message.hasRemaining()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "page 7", "größer"})
  void readTold_ofAPartOfIt_returnsNullAndTakesNothing(String name) throws WireException {
    ControlMessages.Told told = new ControlMessages.Told(1L << 40, 7, 2, -5, name);
    ByteBuffer whole = ControlMessages.told(told);
    assertThat(whole.get()).isEqualTo(ControlMessages.TOLD);
    int start = whole.position();
    int end = whole.limit();
    for (int limit = start; limit < end; limit++) {
      whole.limit(limit);
      assertThat(ControlMessages.readTold(whole)).isNull();
      assertThat(whole.position()).isEqualTo(start);
    }
    whole.limit(end);
    assertThat(ControlMessages.readTold(whole)).isEqualTo(told);
    assertThat(whole.hasRemaining()).isFalse();
  }

  @Test
  void told_withANameWithoutEnd_isCut() throws WireException {
    String name = "x".repeat(1 << 20);
    ByteBuffer whole = ControlMessages.told(new ControlMessages.Told(1, 2, 3, 4, name));
    assertThat(whole.get()).isEqualTo(ControlMessages.TOLD);
    assertThat(ControlMessages.readTold(whole).name())
        .isEqualTo("x".repeat(ControlMessages.LONGEST_NAME));
  }

  @Test
  void readAsk_needsAllOfIt() {
    ByteBuffer whole = ControlMessages.ask(-3);
    assertThat(whole.get()).isEqualTo(ControlMessages.ASK);
    whole.limit(whole.limit() - 1);
    assertThat(ControlMessages.readAsk(whole)).isNull();
    whole.limit(whole.limit() + 1);
    assertThat(ControlMessages.readAsk(whole)).isEqualTo(-3);
    assertThat(whole.hasRemaining()).isFalse();
  }

  @Test
  void progress_arrivesAsItWas() throws WireException {
    ProgressReport report = new ProgressReport(1L << 40, 3, 5, -1, "größer");
    ByteBuffer whole = ControlMessages.progress(report);
    assertThat(whole.get()).isEqualTo(ControlMessages.PROGRESS);
    assertThat(ControlMessages.readProgress(whole)).isEqualTo(report);
    assertThat(whole.hasRemaining()).isFalse();
  }

  @Test
  void readPreloadAndForget_ofAPartOfThem_returnNullAndTakeNothing() throws WireException {
    ControlMessages.Preload value = new ControlMessages.Preload("/dev/shm/größe", 5L << 30);
    ByteBuffer whole = ControlMessages.preload(value);
    assertThat(whole.get()).isEqualTo(ControlMessages.PRELOAD);
    int start = whole.position();
    int end = whole.limit();
    for (int limit = start; limit < end; limit++) {
      whole.limit(limit);
      assertThat(ControlMessages.readPreload(whole)).isNull();
      assertThat(whole.position()).isEqualTo(start);
    }
    whole.limit(end);
    assertThat(ControlMessages.readPreload(whole)).isEqualTo(value);
    assertThat(whole.hasRemaining()).isFalse();

    ByteBuffer forget = ControlMessages.forget(value.file());
    assertThat(forget.get()).isEqualTo(ControlMessages.FORGET);
    forget.limit(forget.limit() - 1);
    assertThat(ControlMessages.readForget(forget)).isNull();
    forget.limit(forget.limit() + 1);
    assertThat(ControlMessages.readForget(forget)).isEqualTo(value.file());
  }
}
