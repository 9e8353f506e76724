package dev.procession.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the other process may do to the shared bytes: a half of a ring then says {@link
 * WireException} or finds nothing, and touches no byte outside the ring.
 */
class SpscRingUntrustedTest {
  private static final int CAPACITY = 256;
  private static final int TAIL = 0;
  private static final int HEAD = 64;
  private static final int DATA = 128;

  // Exactly as long as the ring, so that an access behind it is an IndexOutOfBoundsException.
  private final ByteBuffer bytes =
      ByteBuffer.allocateDirect(DATA + CAPACITY).order(ByteOrder.nativeOrder());
  private SpscRing producer;
  private SpscRing consumer;

  @BeforeEach
  void lay() throws WireException {
    producer = new SpscRing(bytes, DATA, CAPACITY, TAIL, HEAD);
    consumer = new SpscRing(bytes, DATA, CAPACITY, TAIL, HEAD);
  }

  private void put(int payload) throws WireException {
    assertThat(producer.claim(payload)).isNotNegative();
    producer.publish(1);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 4, 7, 12, 264, 1 << 20, -8, -1, Long.MAX_VALUE, Long.MIN_VALUE})
  void poll_withATailThatCannotBe_throws(long tail) {
    bytes.putLong(TAIL, tail);
    for (int i = 0; i < 3; i++) {
      assertThatThrownBy(consumer::poll)
          .isInstanceOf(WireException.class)
          .hasMessageContaining("tail " + tail);
    }
  }

  @Test
  void poll_withATailThatWentBack_throws() throws WireException {
    put(8);
    put(8);
    consumer.poll();
    consumer.release();
    consumer.poll();
    consumer.release();
    bytes.putLong(TAIL, 16);
    assertThatThrownBy(consumer::poll).isInstanceOf(WireException.class);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 4, 7, 12, 264, 1 << 20, -8, -1, Long.MAX_VALUE, Long.MIN_VALUE})
  void copy_withATailThatCannotBe_throws(long tail) throws WireException {
    put(8);
    consumer.poll();
    bytes.putLong(TAIL, tail);
    assertThatThrownBy(() -> consumer.copy(64))
        .isInstanceOf(WireException.class)
        .hasMessageContaining("tail " + tail);
  }

  @Test
  void copy_withATailThatWentBack_hasNoMoreThanItSays() throws WireException {
    put(8);
    consumer.poll();
    bytes.putLong(TAIL, 8);
    assertThat(consumer.copy(64)).hasSize(8);
    bytes.putLong(TAIL, 0);
    assertThat(consumer.copy(64)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, -8, 9, 17, 249, 256, 1 << 20, Integer.MAX_VALUE, Integer.MIN_VALUE})
  void poll_withALengthBeyondWhatWasPublished_throws(int length) throws WireException {
    put(8);
    bytes.putInt(DATA, length);
    for (int i = 0; i < 3; i++) {
      assertThatThrownBy(consumer::poll)
          .isInstanceOf(WireException.class)
          .hasMessageContaining(length + " bytes");
    }
  }

  @Test
  void poll_withALengthBeyondTheEndOfTheRing_throws() throws WireException {
    for (int i = 0; i < 3; i++) {
      put(56);
      consumer.poll();
      consumer.release();
    }
    put(40);
    put(100); // at the start again
    bytes.putInt(DATA + 192, 60); // published bytes enough, but 56 to the end
    assertThatThrownBy(consumer::poll).isInstanceOf(WireException.class);
  }

  @Test
  void poll_withPaddingThatDoesNotReachTheEnd_throws() throws WireException {
    put(8);
    consumer.poll();
    consumer.release();
    put(8);
    bytes.putInt(DATA + 16 + 4, 0);
    assertThatThrownBy(consumer::poll)
        .isInstanceOf(WireException.class)
        .hasMessageContaining("padding");
  }

  /** A producer that writes padding only must not keep the reader in its loop for ever. */
  @Test
  void poll_withPaddingFromTheStart_throws() {
    bytes.putInt(DATA, CAPACITY - SpscRing.HEADER).putInt(DATA + 4, 0);
    bytes.putLong(TAIL, CAPACITY);
    assertThatThrownBy(consumer::poll)
        .isInstanceOf(WireException.class)
        .hasMessageContaining("padding");
  }

  @Test
  void poll_withAnyType_returnsItToTheCaller() throws WireException {
    for (int type : new int[] {-1, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
      assertThat(producer.claim(8)).isNotNegative();
      producer.publish(type);
      assertThat(consumer.poll()).isNotNegative();
      assertThat(consumer.type()).isEqualTo(type);
      consumer.release();
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {257, 1 << 20, -8, -1, Long.MAX_VALUE, Long.MIN_VALUE})
  void claim_ofAFullRing_withAHeadThatCannotBe_throws(long head) throws WireException {
    while (producer.claim(24) >= 0) {
      producer.publish(1);
    }
    bytes.putLong(HEAD, head);
    for (int i = 0; i < 3; i++) {
      assertThatThrownBy(() -> producer.claim(24))
          .isInstanceOf(WireException.class)
          .hasMessageContaining("head " + head);
    }
  }

  /**
   * The producer overwrote the consumer's own word in shared memory: {@code hasRecord} was true for
   * ever where {@code poll} found nothing, and the parent drained in a loop without an end.
   */
  @ParameterizedTest
  @ValueSource(longs = {-8, 8, 1 << 20, Long.MAX_VALUE})
  void hasRecord_withAHeadThatTheProducerOverwrote_agreesWithPoll(long head) throws WireException {
    put(8);
    consumer.poll();
    consumer.release();
    bytes.putLong(HEAD, head);
    assertThat(consumer.hasRecord()).isFalse();
    assertThat(consumer.poll()).isEqualTo(-1);
    put(8);
    assertThat(consumer.hasRecord()).isTrue();
    assertThat(consumer.poll()).isNotNegative();
  }

  @Test
  void hasRecord_withATailThatCannotBe_isTrueSoThatPollIsAsked() {
    bytes.putLong(TAIL, -8);
    assertThat(consumer.hasRecord()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(longs = {4, 264, -8, Long.MIN_VALUE})
  void constructor_overPositionsThatCannotBe_throws(long tail) {
    bytes.putLong(TAIL, tail);
    assertThatThrownBy(() -> new SpscRing(bytes, DATA, CAPACITY, TAIL, HEAD))
        .isInstanceOf(WireException.class);
  }

  /** Anything at all in the shared bytes, at any time, under both halves. */
  @Property(tries = 1000)
  void randomBytes_neverCostMoreThanAWireException(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 64) int damages) throws WireException {
    Random random = new Random(seed);
    for (int i = 0; i < bytes.capacity(); i++) {
      bytes.put(i, (byte) 0);
    }
    lay();
    for (int i = 0; i < damages; i++) {
      damage(random);
      try {
        int at = consumer.poll();
        if (at >= 0) {
          assertThat(at).isBetween(DATA, DATA + CAPACITY);
          assertThat(consumer.length()).isBetween(0, DATA + CAPACITY - at);
          consumer.release();
        }
        assertThat(at >= 0 || !consumer.hasRecord()).isTrue();
      } catch (WireException e) {
        // As it should be.
      }
      try {
        int length = random.nextInt(CAPACITY / 2 - SpscRing.HEADER + 1);
        int at = producer.claim(length);
        if (at >= 0) {
          assertThat(at).isBetween(DATA, DATA + CAPACITY - length);
          producer.publish(1);
        }
      } catch (WireException e) {
        // As it should be.
      }
    }
  }

  private void damage(Random random) {
    switch (random.nextInt(4)) {
      case 0 -> bytes.putLong(TAIL, someLong(random));
      case 1 -> bytes.putLong(HEAD, someLong(random));
      case 2 -> bytes.putInt(DATA + 8 * random.nextInt(CAPACITY / 8), someInt(random));
      default -> bytes.putInt(DATA + 4 + 8 * random.nextInt(CAPACITY / 8), random.nextInt(3) - 1);
    }
  }

  private static long someLong(Random random) {
    return random.nextBoolean() ? 8L * (random.nextInt(200) - 50) : random.nextLong();
  }

  private static int someInt(Random random) {
    return random.nextBoolean() ? random.nextInt(300) - 20 : random.nextInt();
  }
}
