package dev.procession.internal.codec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.spi.TaskSerializer;
import java.io.Externalizable;
import java.io.IOException;
import java.io.ObjectInput;
import java.io.ObjectInputStream;
import java.io.ObjectOutput;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.Period;
import java.time.Year;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.Comparator;
import java.util.Currency;
import java.util.Date;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.PriorityQueue;
import java.util.Properties;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What must come back as it went, through both serializers. */
class SerializerRoundTripTest {
  private static final ClassLoader LOADER = SerializerRoundTripTest.class.getClassLoader();
  private static final TaskSerializer FORY = TaskSerializer.fory();
  private static final TaskSerializer JDK = TaskSerializer.jdk();
  private static final TaskSerializer MAPPED = new OutsideTheHeap();

  /** Reads as a worker reads a shared value: from a buffer that cannot be written. */
  private static final class OutsideTheHeap implements TaskSerializer {
    @Override
    public byte[] serialize(@Nullable Object value) throws Exception {
      return FORY.serialize(value);
    }

    @Override
    public @Nullable Object deserialize(byte[] bytes, int offset, int length, ClassLoader loader)
        throws Exception {
      ByteBuffer buffer = ByteBuffer.allocateDirect(bytes.length).put(bytes).clear();
      return FORY.deserialize(
          buffer.asReadOnlyBuffer().position(offset).limit(offset + length), loader);
    }
  }

  /* ---- Classes that cross ---- */

  enum Plain {
    A,
    B
  }

  enum WithBodies {
    PLUS {
      @Override
      int apply(int a, int b) {
        return a + b;
      }
    },
    MINUS {
      @Override
      int apply(int a, int b) {
        return a - b;
      }
    };

    abstract int apply(int a, int b);
  }

  record Point(int x, int y, String name, List<Integer> more) implements Serializable {}

  record Checked(int positive) implements Serializable {
    Checked {
      if (positive <= 0) {
        throw new IllegalArgumentException("not positive");
      }
    }
  }

  record Generic<T>(T value, Optional<T> maybe) {}

  static class Pojo {
    int number = 7;
    String text = "seven";
    Point point = new Point(1, 2, "p", List.of(3));
    int[] array = {1, 2, 3};
    transient String forgotten = "forgotten";
    final Object lock = new Object();

    @Override
    public boolean equals(Object o) {
      return o instanceof Pojo p
          && number == p.number
          && Objects.equals(text, p.text)
          && point.equals(p.point)
          && Arrays.equals(array, p.array);
    }

    @Override
    public int hashCode() {
      return number;
    }
  }

  static class Replaced implements Serializable {
    private static final long serialVersionUID = 1L;
    final String key;

    Replaced(String key) {
      this.key = key;
    }

    private Object writeReplace() {
      return new Form(key);
    }

    record Form(String key) implements Serializable {
      private Object readResolve() {
        return new Replaced(key + "!");
      }
    }
  }

  static final class Singleton implements Serializable {
    private static final long serialVersionUID = 1L;
    static final Singleton INSTANCE = new Singleton();

    private Object readResolve() {
      return INSTANCE;
    }
  }

  public static class External implements Externalizable {
    private static final long serialVersionUID = 1L;
    int value;

    @Override
    public void writeExternal(ObjectOutput out) throws IOException {
      out.writeInt(value * 2);
    }

    @Override
    public void readExternal(ObjectInput in) throws IOException {
      value = in.readInt() / 2;
    }
  }

  static class Custom implements Serializable {
    private static final long serialVersionUID = 1L;
    transient int secret = 5;
    String plain = "plain";

    private void writeObject(ObjectOutputStream out) throws IOException {
      out.defaultWriteObject();
      out.writeInt(secret + 1);
      out.writeObject(List.of("extra"));
    }

    private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
      in.defaultReadObject();
      secret = in.readInt() - 1;
      if (!in.readObject().equals(List.of("extra"))) {
        throw new IOException("extra");
      }
    }
  }

  static class Node implements Serializable {
    private static final long serialVersionUID = 1L;
    int id;
    Node next;

    Node(int id) {
      this.id = id;
    }
  }

  static class Outer implements Serializable {
    private static final long serialVersionUID = 1L;
    int base = 10;

    class Inner implements Serializable {
      private static final long serialVersionUID = 1L;
      int more = 1;

      int sum() {
        return base + more;
      }
    }
  }

  static class OwnList extends ArrayList<String> {
    private static final long serialVersionUID = 1L;
    String label = "label";
  }

  interface SerializableSupplier<T> extends Supplier<T>, Serializable {}

  /* ---- Equal values ---- */

  static Stream<Arguments> equalValues() {
    return Stream.concat(
        serializableValues().map(v -> Arguments.of(Named.of("fory", FORY), v)),
        Stream.concat(
            Stream.concat(
                foryOnlyValues().map(v -> Arguments.of(Named.of("fory", FORY), v)),
                Stream.concat(serializableValues(), foryOnlyValues())
                    .map(v -> Arguments.of(Named.of("fory, mapped", MAPPED), v))),
            serializableValues().map(v -> Arguments.of(Named.of("jdk", JDK), v))));
  }

  static Stream<Object> serializableValues() {
    return Stream.of(scalars(), collections(), userValues()).flatMap(s -> s);
  }

  private static Stream<Object> scalars() {
    return Stream.of(
        (byte) 1,
        (short) 2,
        'c',
        1.5f,
        42,
        Long.MIN_VALUE,
        Double.NaN,
        "text \u20ac \ud83d\ude00",
        new BigDecimal("3.1400"),
        BigInteger.TWO.pow(200),
        Instant.ofEpochSecond(1, 2),
        Duration.ofMillis(1_234_567),
        LocalDate.of(2026, 2, 28),
        LocalDateTime.of(2026, 2, 28, 1, 2, 3, 4),
        ZonedDateTime.of(2026, 2, 28, 1, 2, 3, 4, ZoneId.of("Europe/Berlin")),
        Period.ofMonths(3),
        Year.of(2026),
        ZoneId.of("Asia/Tokyo"),
        new Date(123_456_789),
        UUID.fromString("6ba7b810-9dad-11d1-80b4-00c04fd430c8"),
        URI.create("https://example.org/a?b=c#d"),
        Locale.forLanguageTag("de-CH"),
        Currency.getInstance("EUR"),
        BitSet.valueOf(new long[] {5, 9}),
        Plain.B,
        WithBodies.PLUS,
        TimeUnit.SECONDS,
        String.class,
        int.class,
        int[][].class,
        Point.class);
  }

  private static Stream<Object> collections() {
    return Stream.of(
        List.of(),
        List.of(1),
        List.of(1, 2),
        List.of(1, "two", 3.0),
        Set.of(),
        Set.of(1, 2, 3),
        Map.of(),
        Map.of("k", 1),
        Map.of("a", 1, "b", 2),
        new ArrayList<>(Arrays.asList(1, null, 3)),
        new LinkedList<>(List.of(1, 2)),
        Arrays.asList("a", "b"),
        Collections.unmodifiableList(new ArrayList<>(List.of(1))),
        Collections.unmodifiableMap(new HashMap<>(Map.of("k", "v"))),
        Collections.unmodifiableSet(new HashSet<>(Set.of(4))),
        Collections.singletonList(3),
        Collections.singletonMap("k", 3),
        Collections.emptyList(),
        Collections.emptyMap(),
        Collections.nCopies(20_000, "x"),
        Collections.synchronizedList(new ArrayList<>(List.of(1))),
        new HashMap<>(Map.of(1, List.of(Map.of("deep", Set.of(2))))),
        new LinkedHashMap<>(Map.of("k", "v")),
        new TreeMap<>(Map.of("k", "v", "a", "b")),
        new TreeSet<>(Set.of("k", "a")),
        new EnumMap<>(Map.of(Plain.A, 1)),
        EnumSet.of(Plain.B),
        EnumSet.noneOf(Plain.class),
        new EnumMap<>(Map.of(WithBodies.MINUS, "m")),
        new ConcurrentHashMap<>(Map.of("k", "v")),
        new ConcurrentSkipListMap<>(Map.of("k", "v")),
        new CopyOnWriteArrayList<>(List.of(1)),
        new IdentityHashMap<>(Map.of(Plain.A, Plain.B)));
  }

  private static Stream<Object> userValues() {
    return Stream.of(
        new Point(1, 2, "p", List.of(3, 4)),
        new Point(0, 0, null, null),
        new Checked(1),
        new Point[] {new Point(1, 1, "a", List.of())},
        new Object[] {1, "two", null, new int[] {3}},
        new int[][] {{1}, {2, 3}},
        new String[] {"a", null},
        new long[] {1, 2},
        new boolean[] {true, false},
        new char[] {'a'},
        new double[] {1.5},
        List.of(WithBodies.values()));
  }

  private static Stream<Object> foryOnlyValues() {
    return Stream.of(
        new ArrayList<>(List.of(1, 2, 3, 4)).subList(1, 3),
        Map.entry("k", List.of("v")),
        Optional.of("x"),
        Optional.empty(),
        OptionalInt.of(3),
        new Pojo(),
        new Generic<>("v", Optional.of("w")),
        ByteBuffer.wrap(new byte[] {1, 2, 3}));
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("equalValues")
  void roundTrip_ofValue_isEqual(TaskSerializer serializer, Object value) throws Exception {
    Object[] back = {copy(serializer, value)};
    assertThat(Arrays.deepEquals(back, new Object[] {value})).as("%s", back).isTrue();
  }

  /* ---- Values without equals, and shapes ---- */

  static Stream<TaskSerializer> both() {
    return Stream.of(FORY, JDK, MAPPED);
  }

  @ParameterizedTest
  @MethodSource("both")
  void roundTrip_ofValuesWithoutEquals_keepsTheirState(TaskSerializer s) throws Exception {
    assertThat(copy(s, Pattern.compile("a+b", Pattern.CASE_INSENSITIVE)))
        .satisfies(p -> assertThat(p.matcher("AAB").matches()).isTrue());
    assertThat(copy(s, new AtomicInteger(3)).get()).isEqualTo(3);
    assertThat(copy(s, new AtomicReference<>("r")).get()).isEqualTo("r");
    LongAdder adder = new LongAdder();
    adder.add(5);
    assertThat(copy(s, adder).sum()).isEqualTo(5);
    assertThat(copy(s, new StringBuilder("sb")).toString()).isEqualTo("sb");
    assertThat(copy(s, new ArrayDeque<>(List.of(1, 2)))).containsExactly(1, 2);
    PriorityQueue<Integer> queue = new PriorityQueue<>(Comparator.reverseOrder());
    queue.addAll(List.of(1, 3, 2));
    assertThat(copy(s, queue).poll()).isEqualTo(3);
    Random random = new Random(42);
    assertThat(copy(s, random).nextLong()).isEqualTo(random.nextLong());
    Properties properties = new Properties();
    properties.setProperty("k", "v");
    assertThat(copy(s, properties)).isEqualTo(properties);
    TreeMap<String, Integer> sorted = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    sorted.put("A", 1);
    assertThat(copy(s, sorted).get("a")).isEqualTo(1);
    OwnList list = new OwnList();
    list.add("e");
    list.label = "other";
    OwnList back = copy(s, list);
    assertThat(back).containsExactly("e");
    assertThat(back.label).isEqualTo("other");
  }

  @ParameterizedTest
  @MethodSource("both")
  void roundTrip_ofCustomForms_callsTheirMethods(TaskSerializer s) throws Exception {
    assertThat(copy(s, new Replaced("key")).key).isEqualTo("key!");
    assertThat(copy(s, Singleton.INSTANCE)).isSameAs(Singleton.INSTANCE);
    External external = new External();
    external.value = 21;
    assertThat(copy(s, external).value).isEqualTo(21);
    Custom custom = new Custom();
    custom.secret = 99;
    assertThat(copy(s, custom).secret).isEqualTo(99);
    assertThat(copy(s, custom).plain).isEqualTo("plain");
  }

  @ParameterizedTest
  @MethodSource("both")
  void roundTrip_ofEnumConstant_isTheConstant(TaskSerializer s) throws Exception {
    assertThat(copy(s, WithBodies.MINUS)).isSameAs(WithBodies.MINUS);
    assertThat(copy(s, Plain.A)).isSameAs(Plain.A);
    assertThat(copy(s, new Object[] {WithBodies.PLUS, Plain.B}))
        .containsExactly(WithBodies.PLUS, Plain.B);
  }

  @ParameterizedTest
  @MethodSource("both")
  void roundTrip_ofCycleAndSharedReference_keepsIdentity(TaskSerializer s) throws Exception {
    Node a = new Node(1);
    a.next = new Node(2);
    a.next.next = a;
    Node back = copy(s, a);
    assertThat(back.next.next).isSameAs(back);
    Object[] self = new Object[1];
    self[0] = self;
    assertThat(copy(s, self)[0]).isInstanceOf(Object[].class);
    List<Object> shared = new ArrayList<>(List.of(a, a));
    List<Object> sharedBack = copy(s, shared);
    assertThat(sharedBack.get(0)).isSameAs(sharedBack.get(1));
  }

  @ParameterizedTest
  @MethodSource("both")
  void roundTrip_ofLinkedListOfThousandNodes_works(TaskSerializer s) throws Exception {
    Node head = new Node(0);
    Node last = head;
    for (int i = 1; i < 1_000; i++) {
      last.next = new Node(i);
      last = last.next;
    }
    int count = 0;
    for (Node n = copy(s, head); n != null; n = n.next) {
      assertThat(n.id).isEqualTo(count++);
    }
    assertThat(count).isEqualTo(1_000);
  }

  @ParameterizedTest
  @MethodSource("both")
  void roundTrip_ofLambdas_runsThem(TaskSerializer s) throws Exception {
    int captured = 41;
    String text = "t";
    SerializableSupplier<String> lambda = () -> text + (captured + 1);
    assertThat(copy(s, lambda).get()).isEqualTo("t42");
    SerializableSupplier<String> nested = () -> lambda.get() + "!";
    assertThat(copy(s, nested).get()).isEqualTo("t42!");
    SerializableSupplier<String> reference = text::toUpperCase;
    assertThat(copy(s, reference).get()).isEqualTo("T");
    SerializableSupplier<List<Object>> constructor = ArrayList::new;
    assertThat(copy(s, constructor).get()).isEmpty();
    SerializableSupplier<Integer> none = () -> 3;
    assertThat(copy(s, none).get()).isEqualTo(3);
    Object intersection = (Runnable & Serializable) () -> {};
    assertThat(copy(s, intersection)).isInstanceOf(Runnable.class);
  }

  @ParameterizedTest
  @MethodSource("both")
  void roundTrip_ofInnerLocalAndAnonymousClasses_keepsWhatTheyCaptured(TaskSerializer s)
      throws Exception {
    Outer outer = new Outer();
    outer.base = 30;
    assertThat(copy(s, outer.new Inner()).sum()).isEqualTo(31);
    assertThat(copy(s, localIn(5)).get()).isEqualTo(5);
    assertThat(copy(s, anonymousIn(6)).get()).isEqualTo(6);
  }

  private static SerializableSupplier<Integer> localIn(int captured) {
    class Local implements SerializableSupplier<Integer> {
      private static final long serialVersionUID = 1L;

      @Override
      public Integer get() {
        return captured;
      }
    }
    return new Local();
  }

  private static SerializableSupplier<Integer> anonymousIn(int captured) {
    return new SerializableSupplier<>() {
      private static final long serialVersionUID = 1L;

      @Override
      public Integer get() {
        return captured;
      }
    };
  }

  @ParameterizedTest
  @MethodSource("both")
  void roundTrip_ofThrowableAsValue_keepsEverything(TaskSerializer s) throws Exception {
    IllegalStateException value = new IllegalStateException("m", new IOException("cause"));
    value.addSuppressed(new RuntimeException("suppressed"));
    Throwable back = copy(s, new Object[] {value})[0] instanceof Throwable t ? t : null;
    assertThat(back).isExactlyInstanceOf(IllegalStateException.class).hasMessage("m");
    assertThat(back.getCause()).isExactlyInstanceOf(IOException.class).hasMessage("cause");
    assertThat(back.getSuppressed()[0]).hasMessage("suppressed");
    assertThat(back.getStackTrace()).isEqualTo(value.getStackTrace());
  }

  @ParameterizedTest
  @MethodSource("both")
  void roundTrip_ofNull_isNull(TaskSerializer s) throws Exception {
    Object back = copy(s, null);
    assertThat(back).isNull();
  }

  @Test
  void roundTrip_ofTransientField_leavesItOut() throws Exception {
    assertThat(copy(FORY, new Pojo()).forgotten).isNull();
  }

  @SuppressWarnings("unchecked")
  private static <T> T copy(TaskSerializer serializer, T value) throws Exception {
    byte[] bytes = serializer.serialize(value);
    byte[] padded = new byte[bytes.length + 7];
    Arrays.fill(padded, (byte) 0x55);
    System.arraycopy(bytes, 0, padded, 3, bytes.length);
    return (T) serializer.deserialize(padded, 3, bytes.length, LOADER);
  }
}
