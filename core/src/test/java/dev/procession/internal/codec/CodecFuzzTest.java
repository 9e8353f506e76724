package dev.procession.internal.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.procession.spi.TaskSerializer;
import java.io.Serializable;
import java.lang.management.ManagementFactory;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Bytes that a broken or hostile peer might send: whatever they are, decoding ends soon, takes
 * little memory, and throws no Error.
 */
class CodecFuzzTest {
  private static final ClassLoader LOADER = CodecFuzzTest.class.getClassLoader();
  private static final int ROUNDS = Integer.getInteger("procession.fuzz.rounds", 300);
  private static final long MAX_ALLOCATED = 64L * 1_024 * 1_024;

  record Leaf(int id, String name, List<Double> values) implements Serializable {}

  static class Tree implements Serializable {
    private static final long serialVersionUID = 1L;
    Tree left;
    Tree right;
    Map<String, Leaf> leaves = new HashMap<>(Map.of("k", new Leaf(1, "n", List.of(1.0))));
    Object[] any = {1, "two", new long[] {3}, TimeUnit.DAYS};
    Instant at = Instant.EPOCH;
  }

  interface SerializableSupplier extends Supplier<Object>, Serializable {}

  static Stream<Arguments> seeds() throws Exception {
    Tree tree = new Tree();
    tree.left = new Tree();
    tree.right = tree;
    int captured = 7;
    SerializableSupplier lambda = () -> captured + tree.any.length;
    List<Object> values =
        new ArrayList<>(Arrays.asList(tree, lambda, null, 1, 2L, "text", "\u20ac"));
    values.add(new byte[100]);
    values.add(new int[] {1, 2, 3});
    values.add(new Object[][] {{1}, {"x", new Leaf(1, null, null)}});
    values.add(new HashSet<>(Set.of(1, 2, 3)));
    values.add(new TreeMap<>(Map.of("a", new BigDecimal("1.5"))));
    values.add(new EnumMap<>(Map.of(TimeUnit.DAYS, new Random(1))));
    values.add(List.of(1, "x", 2.0));
    values.add(new IllegalStateException("m", new RuntimeException("c")));
    Stream.Builder<Arguments> seeds = Stream.builder();
    for (Object value : values) {
      seeds.add(Arguments.of(TaskSerializer.fory(), value));
      seeds.add(Arguments.of(TaskSerializer.jdk(), value));
    }
    seeds.add(Arguments.of(TaskSerializer.fory(), Optional.of(new Leaf(1, "o", List.of()))));
    return seeds.build();
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void decode_ofMutatedValue_failsCleanlyOrSucceeds(TaskSerializer serializer, Object value)
      throws Exception {
    ValueCodec codec = new ValueCodec(serializer, LOADER);
    byte[] seed = codec.encode(value);
    fuzz(
        seed,
        bytes -> {
          try {
            codec.decode(bytes, 1, bytes.length - 2);
          } catch (Exception e) {
            assertThat(e).isNotNull(); // an Error would end the test
          }
        });
  }

  static Stream<Throwable> failures() {
    Exception rich = new Exception("rich", new IllegalStateException("cause"));
    rich.addSuppressed(new RuntimeException("suppressed"));
    return Stream.of(rich, new StackOverflowError(), new NotCrossing());
  }

  static class NotCrossing extends RuntimeException {
    private static final long serialVersionUID = 1L;

    @SuppressWarnings("serial")
    final Object live = new Object();
  }

  @ParameterizedTest
  @MethodSource("failures")
  void decode_ofMutatedFailure_neverThrows(Throwable failure) {
    byte[] seed = FailureCodec.encode(failure);
    fuzz(
        seed,
        bytes ->
            assertThat((Object) FailureCodec.decode(bytes, 1, bytes.length - 2, LOADER))
                .isNotNull());
  }

  private interface Attempt {
    void on(byte[] padded);
  }

  private static void fuzz(byte[] seed, Attempt attempt) {
    Random random = new Random(20_260_101L + seed.length);
    byte[][] last = new byte[1][];
    try {
      assertTimeoutPreemptively(
          Duration.ofSeconds(120),
          () -> {
            for (int round = 0; round < ROUNDS; round++) {
              byte[] mutated = mutate(seed, random);
              last[0] = mutated;
              byte[] padded = new byte[mutated.length + 2];
              System.arraycopy(mutated, 0, padded, 1, mutated.length);
              long before = allocated();
              attempt.on(padded);
              // The first rounds load classes.
              if (round > ROUNDS / 10) {
                assertThat(allocated() - before).isLessThan(MAX_ALLOCATED);
              }
            }
          });
    } catch (Throwable e) {
      throw new AssertionError("with the bytes " + Arrays.toString(last[0]), e);
    }
  }

  private static byte[] mutate(byte[] seed, Random random) {
    byte[] bytes = seed.clone();
    switch (random.nextInt(5)) {
      case 0 -> bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length + 1));
      case 1 -> random.nextBytes(bytes);
      case 2 -> bytes = Arrays.copyOf(bytes, bytes.length + random.nextInt(64));
      default -> {}
    }
    int flips = 1 + random.nextInt(4);
    for (int i = 0; i < flips && bytes.length > 1; i++) {
      // Mostly not the tag, which is checked at once.
      int at = random.nextInt(10) == 0 ? 0 : 1 + random.nextInt(bytes.length - 1);
      bytes[at] =
          switch (random.nextInt(4)) {
            case 0 -> (byte) 0xFF;
            case 1 -> 0x7F;
            case 2 -> (byte) (bytes[at] ^ (1 << random.nextInt(8)));
            default -> (byte) random.nextInt();
          };
    }
    return bytes;
  }

  private static long allocated() {
    return ((com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean())
        .getThreadAllocatedBytes(Thread.currentThread().getId());
  }
}
