package dev.procession.internal.codec;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.procession.Task;
import dev.procession.TaskFunction2;
import dev.procession.internal.wire.SegmentInput;
import dev.procession.internal.wire.SegmentReader;
import dev.procession.internal.wire.SegmentRef;
import dev.procession.internal.wire.SegmentWriter;
import dev.procession.internal.wire.SharedDirectory;
import java.io.IOException;
import java.io.InvalidClassException;
import java.io.InvalidObjectException;
import java.io.NotSerializableException;
import java.io.ObjectInputFilter;
import java.io.Serializable;
import java.lang.reflect.Array;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** {@link OutOfBand}: from one codec through a segment to another, in memory and in a file. */
class OutOfBandTest {
  private static final int LARGE = OutOfBand.LEAST_BYTES + 8;
  private static final int LARGER_THAN_A_PIECE = (600 << 10) + 24;

  @TempDir private Path folder;

  private final ClassLoader loader = OutOfBandTest.class.getClassLoader();
  private final ForySerializer serializer = new ForySerializer();
  private final ValueCodec values = new ValueCodec(serializer, loader);
  private final CallCodec calls = new CallCodec(serializer, values, LambdaTable::definition);
  private final ValueCodec workerValues = new ValueCodec(new ForySerializer(), loader);
  private final CallCodec worker =
      new CallCodec(new ForySerializer(), workerValues, LambdaTable::definition);
  private SharedDirectory directory;
  private SegmentWriter inMemory;
  private SegmentWriter inFiles;
  private final List<Class<?>> crossedBeside = new ArrayList<>();

  @BeforeEach
  void open() {
    directory = SharedDirectory.attach(List.of(folder));
    inMemory = new SegmentWriter(directory, "m", 32 << 20);
    inFiles = new SegmentWriter(directory, "f", 0);
  }

  private OutOfBand.Received through(SegmentWriter writer, byte[] payload, OutOfBand beside)
      throws IOException {
    SegmentRef ref = writer.write(beside.with(payload));
    assertThat(ref.isMapped()).isEqualTo(writer == inMemory);
    SegmentReader reader = SegmentReader.ofMany(directory, writer == inMemory ? "m" : "f");
    try (SegmentInput in = reader.open(ref)) {
      return OutOfBand.read(in);
    } finally {
      writer.reclaim(ref);
    }
  }

  private @Nullable Object cross(SegmentWriter writer, @Nullable Object value) throws Exception {
    OutOfBand beside = new OutOfBand();
    byte[] payload = values.encode(value, beside);
    OutOfBand.Received received = through(writer, payload, beside);
    note(received.beside());
    assertThat(received.payload()).isEqualTo(payload);
    assertThat(payload.length < OutOfBand.LEAST_BYTES || beside.isEmpty()).isTrue();
    return workerValues.decode(payload, 0, payload.length, null, received.beside());
  }

  private void note(OutOfBand beside) throws Exception {
    for (int i = 0; i < beside.count(); i++) {
      crossedBeside.add(beside.part(i).getClass());
    }
  }

  private Object run(Object work) throws Exception {
    OutOfBand beside = new OutOfBand();
    byte[] payload = calls.encode(work, beside);
    OutOfBand.Received received = through(inMemory, payload, beside);
    note(received.beside());
    Object made = worker.decode(payload, 0, payload.length, received.beside());
    return made instanceof Object[] parts
        ? CallKind.values()[CallKind.FUNCTION.ordinal() + parts.length - 2].run(parts)
        : ((Callable<?>) requireNonNull(made)).call();
  }

  static Stream<Object> parts() {
    List<Object> parts = new ArrayList<>();
    Random random = new Random(7);
    for (int bytes : new int[] {OutOfBand.LEAST_BYTES, LARGE, LARGER_THAN_A_PIECE}) {
      for (PartKind kind : PartKind.values()) {
        Object array = kind.array(bytes / kind.width);
        byte[] content = new byte[bytes];
        random.nextBytes(content);
        kind.get(array, 0, bytes / kind.width, ByteBuffer.wrap(content));
        parts.add(array);
      }
      parts.add("caf\u00e9".repeat(bytes / 4));
      parts.add("\ud83d \u20ac a".repeat(bytes / 5 + 1)); // half a pair as well
    }
    return parts.stream();
  }

  @ParameterizedTest
  @MethodSource("parts")
  @DisplayName("issue 5, point 5: arrays of each primitive type, and texts, cross as parts")
  void value_ofEachKind_crossesAsPart(Object part) throws Exception {
    for (SegmentWriter writer : List.of(inMemory, inMemory, inFiles)) {
      Object crossed = cross(writer, part);
      assertThat(Objects.deepEquals(crossed, part)).isTrue();
      assertThat(crossed).isNotSameAs(part);
      Object holder = requireNonNull((List<?>) cross(writer, List.of(1, new Holder(part)))).get(1);
      assertThat(Objects.deepEquals(((Holder) holder).content(), part)).isTrue();
    }
    assertThat(crossedBeside).hasSize(6).containsOnly(part.getClass());
    assertThat(values.hasUsedSerializer()).isTrue();
  }

  private record Holder(Object content) {}

  @Test
  @DisplayName("what is smaller does not")
  void value_small_isInBand() throws Exception {
    for (PartKind kind : PartKind.values()) {
      Object array = kind.array(OutOfBand.LEAST_BYTES / kind.width - 1);
      assertThat(OutOfBand.isLarge(array)).isFalse();
      Holder holder = (Holder) requireNonNull(cross(inMemory, new Holder(array)));
      assertThat(Objects.deepEquals(holder.content(), array)).isTrue();
    }
    assertThat(OutOfBand.isLarge("x".repeat(OutOfBand.LEAST_BYTES - 1))).isFalse();
    assertThat(crossedBeside).isEmpty();
  }

  static Stream<ByteBuffer> buffers() {
    ByteBuffer heap = ByteBuffer.allocate(LARGE + 3);
    new Random(8).nextBytes(heap.array());
    ByteBuffer direct = ByteBuffer.allocateDirect(LARGE + 3).put(heap.duplicate()).flip();
    return Stream.of(
        heap.duplicate(),
        heap.duplicate().position(2),
        heap.asReadOnlyBuffer().limit(LARGE + 1),
        direct.duplicate().order(ByteOrder.LITTLE_ENDIAN),
        direct.asReadOnlyBuffer().position(1).order(ByteOrder.LITTLE_ENDIAN));
  }

  @ParameterizedTest
  @MethodSource("buffers")
  @DisplayName("issue 5, point 5: ByteBuffers cross as parts, with their order")
  void buffer_crossesAsPart(ByteBuffer buffer) throws Exception {
    int position = buffer.position();
    for (Object value : List.of(buffer, List.of("a", buffer))) {
      Object crossed = cross(inMemory, value);
      ByteBuffer copy = (ByteBuffer) (crossed instanceof List<?> list ? list.get(1) : crossed);
      assertThat(copy).isEqualTo(buffer.slice());
      assertThat(requireNonNull(copy).order()).isEqualTo(buffer.order());
      assertThat(buffer.position()).isEqualTo(position);
    }
    assertThat(crossedBeside).hasSize(2).allMatch(ByteBuffer.class::isAssignableFrom);
  }

  @Test
  @DisplayName(
      "a lambda's captured values and its arguments cross as parts, without the serializer")
  void call_plain_crossesAsParts() throws Exception {
    int[] numbers = new int[LARGE];
    numbers[LARGE - 1] = 5;
    String text = "x".repeat(LARGE);
    Task<Integer> task = () -> numbers[LARGE - 1] + text.length();
    assertThat(run(task)).isEqualTo(5 + LARGE);
    TaskFunction2<long[], String, Integer> function = (longs, with) -> longs.length + with.length();
    assertThat(run(new Object[] {function, new long[LARGE], text})).isEqualTo(2 * LARGE);
    assertThat(crossedBeside)
        .containsExactly(int[].class, String.class, long[].class, String.class);
    assertThat(values.hasUsedSerializer()).isFalse();
  }

  @Test
  @DisplayName("beside objects too; and what is shared among them stays shared")
  void call_graph_crossesAsParts() throws Exception {
    int[] numbers = new int[LARGE];
    String text = "x".repeat(LARGE);
    List<int[]> list = List.of(numbers, numbers);
    Task<Boolean> task =
        () -> list.get(0) == numbers && list.get(1) == numbers && text.length() == LARGE;
    assertThat(run(task)).isEqualTo(true);
    assertThat(crossedBeside).containsExactlyInAnyOrder(int[].class, String.class);
    TaskFunction2<Object, Object, Boolean> same = (one, other) -> one == other;
    assertThat(run(new Object[] {same, numbers, numbers})).isEqualTo(true);
    ByteBuffer buffer = ByteBuffer.allocate(LARGE);
    assertThat(run(new Object[] {same, buffer, buffer})).isEqualTo(true);
    assertThat(run(new Object[] {same, new int[3], new int[3]})).isEqualTo(false);
  }

  private record Named(String name, Object value) implements Serializable {
    private Object writeReplace() {
      return value;
    }
  }

  @Test
  @DisplayName("what is replaced by a text, short or long, by an array or a buffer")
  void value_replaced_crosses() throws Exception {
    for (Object by : List.of("x", "y".repeat(LARGE), new int[LARGE], ByteBuffer.allocate(LARGE))) {
      Named named = new Named("n", by);
      assertThat(Objects.deepEquals(cross(inMemory, named), by)).isTrue();
      List<?> twice = (List<?>) cross(inMemory, List.of(named, named, "x"));
      assertThat(Objects.deepEquals(requireNonNull(twice).toArray(), new Object[] {by, by, "x"}))
          .isTrue();
    }
    byte[] inBand = values.encode(new Named("n", "x"));
    assertThat(workerValues.decode(inBand, 0, inBand.length)).isEqualTo("x");
  }

  @Test
  @DisplayName("a buffer is written as it was when it was added, or as it was copied")
  void add_buffer_keepsPosition() throws Exception {
    ByteBuffer buffer = ByteBuffer.allocate(2 * LARGE).limit(LARGE);
    buffer.put(3, (byte) 4);
    OutOfBand beside = new OutOfBand();
    byte[] payload = values.encode(buffer, beside);
    buffer.clear().position(5);
    for (int i = 0; i < 2; i++) {
      OutOfBand read = through(inMemory, payload, beside).beside();
      ByteBuffer crossed = (ByteBuffer) read.part(0);
      assertThat(crossed.remaining()).isEqualTo(LARGE);
      assertThat(crossed.get(3)).isEqualTo((byte) 4);
      beside.copyBuffers();
      buffer.put(3, (byte) 5);
    }
  }

  @Test
  @DisplayName("2 GiB and more are said to be too much")
  void with_twoGigabytes_isTooMuch() {
    OutOfBand beside = new OutOfBand();
    long[] large = new long[1 << 20];
    for (int i = 0; i < 256; i++) {
      beside.add(large);
    }
    assertThat(beside.bytes()).isEqualTo(1L << 31);
    assertThatThrownBy(() -> beside.with(new byte[1]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("2147483649 bytes: less than 2 GiB can cross at a time");
  }

  @Test
  @DisplayName("other serializers write their own form of all but texts and byte arrays")
  void value_otherSerializer_isItsOwn() throws Exception {
    ValueCodec jdk = new ValueCodec(new JdkSerializer(), loader);
    OutOfBand beside = new OutOfBand();
    jdk.encode(new byte[LARGE], beside);
    jdk.encode("x".repeat(LARGE), beside);
    assertThat(beside.count()).isEqualTo(2);
    jdk.encode(new int[LARGE], beside);
    assertThatThrownBy(() -> jdk.encode(ByteBuffer.allocate(LARGE), beside))
        .isInstanceOf(NotSerializableException.class);
    assertThat(beside.count()).isEqualTo(2);
  }

  @Test
  @DisplayName("texts of a JVM that does not compact them, and the other way round")
  void texts_notCompacted_areEqual() throws Exception {
    String text = "abc".repeat(LARGE);
    byte[] wide = new byte[2 * text.length()];
    ByteBuffer.wrap(wide).order(ByteOrder.nativeOrder()).asCharBuffer().put(text);
    assertThat(Texts.of(wide, /* latin1= */ false)).isEqualTo(text).hasSameHashCodeAs(text);
  }

  @Test
  @DisplayName("an object that needs a deeper stack, or cannot cross, leaves no part behind")
  void value_writtenAnew_leavesNoPart() throws Exception {
    Object chain = new byte[LARGE];
    for (int i = 0; i < 15_000; i++) {
      chain = new Object[] {chain};
    }
    OutOfBand beside = new OutOfBand();
    byte[] payload = values.encode(chain, beside);
    assertThat(beside.count()).isEqualTo(1);
    Object read = workerValues.decode(payload, 0, payload.length, null, beside);
    for (int i = 0; i < 15_000; i++) {
      read = ((Object[]) requireNonNull(read))[0];
    }
    assertThat(read).isInstanceOf(byte[].class);

    OutOfBand none = new OutOfBand();
    Object cannot = List.of(new byte[LARGE], new Holder(Thread.currentThread()));
    assertThatThrownBy(() -> values.encode(cannot, none)).isInstanceOf(Exception.class);
    assertThat(none.isEmpty()).isTrue();
  }

  @Test
  @DisplayName("a filter is asked for each part")
  void check_asksForEachPart() throws Exception {
    OutOfBand beside = new OutOfBand();
    beside.add(new int[LARGE]);
    beside.add("x".repeat(LARGE));
    beside.check(ObjectInputFilter.Config.createFilter("maxarray=" + LARGE));
    for (String rejecting : List.of("maxarray=" + (LARGE - 1), "maxbytes=" + (4 * LARGE - 1))) {
      assertThatThrownBy(
              () -> beside.check(ObjectInputFilter.Config.createFilter(rejecting + ";!*")))
          .isInstanceOf(InvalidClassException.class);
    }
  }

  @Test
  @DisplayName("bytes that are no parts are refused, and nothing large is allocated for them")
  void read_malformed_refused() throws Exception {
    OutOfBand beside = new OutOfBand();
    beside.add(new long[LARGE / 8]);
    beside.add("x".repeat(LARGE));
    byte[] good = new byte[beside.with(new byte[] {1}).length()];
    beside.with(new byte[] {1}).copy(0, ByteBuffer.wrap(good).order(ByteOrder.nativeOrder()));
    int[][] damages = {
      {0, -1},
      {0, 9},
      {0, Integer.MAX_VALUE},
      {4, -1},
      {4, 3},
      {4, Integer.MAX_VALUE},
      {8, 99},
      {8, -5},
      {8, 100},
      {12, LARGE - 1},
      {12, -8},
      {12, 0},
      {12, LARGE - 16},
      {12, Integer.MAX_VALUE},
      {16, -2},
      {20, LARGE - 1},
      {20, LARGE + 1}
    };
    for (int[] damage : damages) {
      byte[] bytes = good.clone();
      ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()).putInt(damage[0], damage[1]);
      boolean harmless = damage[0] == 16 && LARGE % 2 == 0; // the same bytes as half the chars
      assertThat(catchThrowable(() -> readBack(bytes)))
          .as("%d: %d", damage[0], damage[1])
          .satisfies(thrown -> assertThat(thrown == null || thrown instanceof IOException).isTrue())
          .satisfies(thrown -> assertThat(thrown == null).isEqualTo(harmless));
    }
    assertThat(readBack(good).beside().count()).isEqualTo(2);
    Random random = new Random(9);
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = good.clone();
      for (int n = random.nextInt(4); n >= 0; n--) {
        bytes[random.nextInt(24)] = (byte) random.nextInt();
      }
      Throwable thrown = catchThrowable(() -> readBack(bytes));
      assertThat(thrown == null || thrown instanceof IOException).as("%s", thrown).isTrue();
    }
    assertThatThrownBy(() -> readBack(new byte[7])).isInstanceOf(IOException.class);
  }

  private static OutOfBand.Received readBack(byte[] bytes) throws IOException {
    return OutOfBand.read(SegmentReader.of(ByteBuffer.wrap(bytes)));
  }

  private record Typed(byte[] bytes, int[] ints) {}

  @Test
  @DisplayName("a part that is not there, or of another type, is refused")
  void decode_wrongPart_refused() throws Exception {
    OutOfBand beside = new OutOfBand();
    byte[] payload = values.encode(new Typed(new byte[LARGE], new int[LARGE]), beside);
    OutOfBand swapped = new OutOfBand();
    swapped.add(beside.part(1));
    swapped.add(beside.part(0));
    for (OutOfBand other : List.of(OutOfBand.NONE, swapped)) {
      assertThatThrownBy(() -> workerValues.decode(payload, 0, payload.length, null, other))
          .isInstanceOf(InvalidObjectException.class);
    }
    byte[] number = values.encode(new byte[LARGE], new OutOfBand());
    assertThat(ValueCodec.isPart(number, 0, number.length)).isTrue();
    assertThatThrownBy(() -> workerValues.decode(number, 0, number.length))
        .isInstanceOf(InvalidObjectException.class)
        .hasMessage("part 0 of 0");
    assertThat(Array.getLength(beside.part(1))).isEqualTo(LARGE);
  }
}
