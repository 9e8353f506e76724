package dev.procession.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class SpscRingTest {
  private static final int CAPACITY = 256;
  private static final int TAIL = 0;
  private static final int HEAD = 64;
  private static final int DATA = 128;

  private final ByteBuffer bytes = zeros(CAPACITY);
  private final SpscRing producer = ring(bytes, CAPACITY);
  private final SpscRing consumer = ring(bytes, CAPACITY);

  private static ByteBuffer zeros(int capacity) {
    return ByteBuffer.allocateDirect(DATA + capacity).order(ByteOrder.nativeOrder());
  }

  private static SpscRing ring(ByteBuffer bytes, int capacity) {
    try {
      return new SpscRing(bytes, DATA, capacity, TAIL, HEAD);
    } catch (WireException e) {
      throw new AssertionError(e);
    }
  }

  private boolean put(int type, byte... payload) throws WireException {
    int at = producer.claim(payload.length);
    if (at < 0) {
      return false;
    }
    bytes.put(at, payload);
    producer.publish(type);
    return true;
  }

  private byte[] take(int type) throws WireException {
    int at = consumer.poll();
    assertThat(at).isNotNegative();
    assertThat(consumer.type()).isEqualTo(type);
    byte[] payload = new byte[consumer.length()];
    bytes.get(at, payload);
    consumer.release();
    return payload;
  }

  @Test
  void poll_ofAnEmptyRing_findsNothing() throws WireException {
    assertThat(consumer.hasRecord()).isFalse();
    assertThat(consumer.poll()).isEqualTo(-1);
  }

  @Test
  void poll_beforePublish_findsNothing() throws WireException {
    producer.claim(8);
    assertThat(consumer.poll()).isEqualTo(-1);
    producer.publish(1);
    assertThat(consumer.hasRecord()).isTrue();
    assertThat(consumer.poll()).isNotNegative();
  }

  @Test
  void poll_again_returnsTheSameRecordUntilItIsReleased() throws WireException {
    put(3, (byte) 1);
    put(4, (byte) 2);
    int first = consumer.poll();
    assertThat(consumer.poll()).isEqualTo(first);
    consumer.release();
    assertThat(consumer.poll()).isNotEqualTo(first).isNotNegative();
    assertThat(consumer.type()).isEqualTo(4);
  }

  @Test
  void records_ofEveryLength_comeBackWholeAtEveryPositionOfTheRing() throws WireException {
    int largest = CAPACITY / 2 - SpscRing.HEADER;
    for (int lap = 0; lap < 100; lap++) {
      for (int length = 0; length <= largest; length++) {
        byte[] payload = new byte[length];
        Arrays.fill(payload, (byte) length);
        assertThat(put(1 + length, payload)).isTrue();
        assertThat(take(1 + length)).isEqualTo(payload);
      }
    }
  }

  /** From every position: up to the ring's end, and the rest after the copied ones are released. */
  @Test
  void copy_ofSeveralRecords_holdsThemOneBehindAnother() throws WireException {
    byte next = 0;
    byte expected = 0;
    for (int lap = 0; lap < 100; lap++) {
      for (int i = lap % 5; i >= 0; i--) {
        assertThat(put(2, next, (byte) lap)).isTrue();
        next++;
      }
      while (expected != next) {
        assertThat(consumer.poll()).isNotNegative();
        ByteBuffer copy = ByteBuffer.wrap(consumer.copy(1024)).order(ByteOrder.nativeOrder());
        assertThat(copy.capacity()).isGreaterThan(SpscRing.HEADER);
        while (copy.hasRemaining() && copy.getInt(copy.position() + 4) == 2) {
          int at = copy.position();
          assertThat(copy.getInt(at)).isEqualTo(2);
          assertThat(copy.get(at + SpscRing.HEADER)).isEqualTo(expected++);
          assertThat(copy.get(at + SpscRing.HEADER + 1)).isEqualTo((byte) lap);
          copy.position(at + SpscRing.sizeOf(2));
        }
        consumer.release(copy.array(), copy.position());
      }
    }
    assertThat(consumer.poll()).isEqualTo(-1);
  }

  @Test
  void copy_ofSoManyBytes_hasNoMore() throws WireException {
    put(1, new byte[8]);
    put(2, new byte[8]);
    consumer.poll();
    assertThat(consumer.copy(24)).hasSize(24);
    byte[] first = consumer.copy(16);
    assertThat(first).hasSize(16);
    consumer.release(first, 16);
    assertThat(take(2)).hasSize(8);
  }

  @Test
  void release_ofMoreThanWasCopied_isRefused() throws WireException {
    put(1, new byte[8]);
    consumer.poll();
    byte[] copy = consumer.copy(64);
    assertThatThrownBy(() -> consumer.release(copy, 24))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void claim_ofTheLargestRecord_succeedsInAnEmptyRingWhereverItStands() throws WireException {
    int largest = CAPACITY / 2 - SpscRing.HEADER;
    for (int shift = 0; shift < CAPACITY; shift += 8) {
      assertThat(producer.claim(largest)).as("shift %d", shift).isNotNegative();
      producer.publish(1);
      assertThat(take(1)).hasSize(largest);
      assertThat(put(2)).isTrue();
      take(2);
    }
  }

  @Test
  void claim_ofMoreThanHalfTheRing_isRefused() {
    for (int length : new int[] {CAPACITY / 2 - 7, CAPACITY, Integer.MAX_VALUE, -1}) {
      assertThatThrownBy(() -> producer.claim(length))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(String.valueOf(length));
    }
  }

  @Test
  void claim_ofAFullRing_returnsMinusOneUntilSomethingIsReleased() throws WireException {
    int records = 0;
    while (put(1, new byte[8])) {
      records++;
    }
    assertThat(records).isEqualTo(CAPACITY / 16);
    assertThat(producer.claim(0)).isEqualTo(-1);
    take(1);
    assertThat(put(1, new byte[8])).isTrue();
    assertThat(producer.claim(0)).isEqualTo(-1);
  }

  @Test
  void claim_thatPadsAndIsNotPublished_showsNothingToTheConsumer() throws WireException {
    for (int i = 0; i < 7; i++) {
      put(1, new byte[24]);
      take(1);
    }
    assertThat(producer.claim(64)).isEqualTo(DATA + SpscRing.HEADER);
    assertThat(consumer.poll()).isEqualTo(-1);
    assertThat(producer.claim(8)).isEqualTo(DATA + SpscRing.HEADER);
    producer.publish(5);
    assertThat(take(5)).hasSize(8);
  }

  @Test
  void positions_beyondIntRange_areMaskedRight() throws WireException {
    ByteBuffer late = zeros(CAPACITY);
    long start = (1L << 40) - 64;
    late.putLong(TAIL, start).putLong(HEAD, start);
    SpscRing in = ring(late, CAPACITY);
    SpscRing out = ring(late, CAPACITY);
    for (int i = 0; i < 1000; i++) {
      late.putInt(in.claim(4), i);
      in.publish(1);
      assertThat(late.getInt(out.poll())).isEqualTo(i);
      out.release();
    }
  }

  /** Any interleaving of puts and takes does what a bounded queue does. */
  @Property
  void anySequenceOfCalls_behavesLikeAQueue(
      @ForAll long seed, @ForAll @IntRange(min = 4, max = 12) int capacityBits)
      throws WireException {
    int capacity = 1 << capacityBits;
    ByteBuffer shared = zeros(capacity);
    SpscRing in = ring(shared, capacity);
    SpscRing out = ring(shared, capacity);
    Deque<byte[]> model = new ArrayDeque<>();
    Random random = new Random(seed);
    for (int step = 0; step < 300; step++) {
      if (random.nextInt(5) < 3) {
        byte[] payload = new byte[random.nextInt(capacity / 2 - SpscRing.HEADER + 1)];
        random.nextBytes(payload);
        int at = in.claim(payload.length);
        if (at >= 0) {
          shared.put(at, payload);
          in.publish(1 + payload.length);
          model.add(payload);
        } else {
          assertThat(model).as("only a ring with something in it is full").isNotEmpty();
        }
      } else {
        byte[] expected = model.poll();
        assertThat(out.hasRecord()).isEqualTo(expected != null);
        int at = out.poll();
        if (expected == null) {
          assertThat(at).isEqualTo(-1);
        } else {
          byte[] read = new byte[out.length()];
          shared.get(at, read);
          assertThat(out.type()).isEqualTo(1 + expected.length);
          assertThat(read).isEqualTo(expected);
          out.release();
        }
      }
    }
  }

  @Test
  void twoThreads_transferEverythingInOrderAndIntact() throws Exception {
    int records = 300_000;
    int capacity = 4096;
    ByteBuffer shared = zeros(capacity);
    SpscRing in = ring(shared, capacity);
    SpscRing out = ring(shared, capacity);
    CompletableFuture<Long> sent =
        CompletableFuture.supplyAsync(
            () -> {
              CRC32 sum = new CRC32();
              Random random = new Random(1);
              try {
                for (int i = 0; i < records; i++) {
                  byte[] payload = new byte[random.nextInt(200)];
                  random.nextBytes(payload);
                  sum.update(payload);
                  int at;
                  while ((at = in.claim(payload.length)) < 0) {
                    Thread.yield();
                  }
                  shared.put(at, payload);
                  in.publish(1 + i);
                }
              } catch (WireException e) {
                throw new AssertionError(e);
              }
              return sum.getValue();
            });
    CRC32 sum = new CRC32();
    for (int i = 0; i < records; i++) {
      int at;
      while ((at = out.poll()) < 0) {
        assertThat(sent.isCompletedExceptionally()).isFalse();
        Thread.yield();
      }
      assertThat(out.type()).isEqualTo(1 + i);
      byte[] payload = new byte[out.length()];
      shared.get(at, payload);
      sum.update(payload);
      out.release();
    }
    assertThat(sum.getValue()).isEqualTo(sent.get(10, TimeUnit.SECONDS));
    assertThat(out.poll()).isEqualTo(-1);
  }

  @Test
  void constructor_withAGeometryThatCannotBe_isRefused() {
    for (int[] one : new int[][] {{DATA, 100}, {DATA + 4, 64}, {DATA, 8}, {DATA, 2 * CAPACITY}}) {
      assertThatThrownBy(() -> new SpscRing(bytes, one[0], one[1], TAIL, HEAD))
          .as(Arrays.toString(one))
          .isInstanceOfAny(IllegalArgumentException.class, IndexOutOfBoundsException.class);
    }
  }
}
