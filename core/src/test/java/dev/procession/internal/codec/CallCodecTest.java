package dev.procession.internal.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.Task;
import dev.procession.TaskFunction;
import dev.procession.TaskFunction2;
import dev.procession.VoidTask;
import dev.procession.spi.TaskSerializer;
import java.io.InvalidObjectException;
import java.io.ObjectInputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The parent's codec writes, a worker's reads; between them go the bytes and the definitions. */
class CallCodecTest {
  private final ClassLoader loader = getClass().getClassLoader();
  private final TaskSerializer serializer = new ForySerializer();
  private final ValueCodec parentValues = new ValueCodec(serializer, loader);
  private final CallCodec parent = new CallCodec(serializer, parentValues, LambdaTable::definition);
  private final ValueCodec workerValues = new ValueCodec(new ForySerializer(), loader);
  private final CallCodec worker = new CallCodec(serializer, workerValues, number -> null);

  private static @Nullable Object decode(CallCodec codec, byte[] bytes) throws Exception {
    return codec.decode(bytes, 0, bytes.length);
  }

  private @Nullable Object cross(Object work) throws Exception {
    byte[] bytes = parent.encode(work);
    byte[] definition = LambdaTable.definition(CallCodec.lambdaIn(bytes));
    if (definition != null) {
      worker.define(CallCodec.lambdaIn(bytes), definition);
    }
    return decode(worker, bytes);
  }

  private Object run(Task<?> task) throws Exception {
    return ((Callable<?>) Objects.requireNonNull(cross(task))).call();
  }

  private Object apply(Object... functionAndArguments) throws Exception {
    Object[] parts = (Object[]) Objects.requireNonNull(cross(functionAndArguments));
    return CallKind.values()[CallKind.FUNCTION.ordinal() + parts.length - 2].run(parts);
  }

  @Test
  @DisplayName("a lambda with what it captured, of each of the simplest types")
  void lambda_simpleValues_cross() throws Exception {
    int number = 7;
    long big = 1L << 40;
    double fraction = 0.5;
    boolean truth = true;
    String latin = "caf\u00e9";
    String wide = "\ud83d \u20ac";
    byte[] bytes = {1, 2};
    String none = null;
    assertThat(run(() -> 5)).isEqualTo(5);
    assertThat(run(() -> List.of(number, big, fraction, truth, latin, wide, "" + none)))
        .isEqualTo(List.of(7, 1L << 40, 0.5, true, latin, wide, "null"));
    assertThat(run(() -> bytes)).isEqualTo(bytes).isNotSameAs(bytes);
    assertThat(parentValues.hasUsedSerializer()).isFalse();
    assertThat(workerValues.hasUsedSerializer()).isFalse();
  }

  @Test
  @DisplayName("what the serializer has to write crosses in one graph: what is shared stays shared")
  void lambda_objects_oneGraph() throws Exception {
    List<Integer> list = new ArrayList<>(List.of(1));
    List<List<Integer>> outer = List.of(list);
    assertThat(run(() -> list == outer.get(0))).isEqualTo(true);
    TaskFunction<List<Integer>, Boolean> same = given -> given == list;
    assertThat(apply(same, list)).isEqualTo(true);
    assertThat(apply(same, List.of(1))).isEqualTo(false);
    assertThat(parentValues.hasUsedSerializer()).isTrue();
  }

  @Test
  @DisplayName("an array that is passed twice arrives as one")
  void arguments_sameArrayTwice_one() throws Exception {
    byte[] bytes = {1};
    TaskFunction2<byte[], byte[], Boolean> same = (a, b) -> a == b;
    assertThat(apply(same, bytes, bytes)).isEqualTo(true);
    assertThat(apply(same, bytes, bytes.clone())).isEqualTo(false);
  }

  @Test
  @DisplayName("functions with arguments, method references, lambdas that capture this or a lambda")
  void functions_ofEveryForm_cross() throws Exception {
    int captured = 3;
    TaskFunction<Integer, Integer> plus = x -> x + captured;
    assertThat(apply(plus, 4)).isEqualTo(7);
    TaskFunction<String, Integer> length = String::length;
    assertThat(apply(length, "four")).isEqualTo(4);
    TaskFunction<@Nullable Object, String> text = String::valueOf;
    assertThat(apply(text, (Object) null)).isEqualTo("null");
    assertThat(run(new Holder(9)::value)).isEqualTo(9);
    assertThat(run(() -> plus.apply(1))).isEqualTo(4);
  }

  private record Holder(int held) {
    int value() {
      return held;
    }
  }

  @Test
  @DisplayName("what has no number is a value, as before")
  void otherTasks_asValues() throws Exception {
    assertThat(run(new ClassTask(4))).isEqualTo(8);
    assertThat(CallCodec.lambdaIn(parent.encode(new ClassTask(1)))).isEqualTo(-1);
    Comparator<String> ofJdk = Comparator.naturalOrder();
    assertThat(LambdaTable.take(ofJdk)).as("an enum").isNull();
    Object ofClosedModule = java.util.Map.Entry.comparingByKey();
    assertThat(LambdaTable.take(ofClosedModule)).as("a lambda that is not open to us").isNull();
    assertThat(cross(ofClosedModule)).isInstanceOf(Comparator.class);
  }

  private record ClassTask(int number) implements Task<Integer> {
    @Override
    public Integer call() {
      return 2 * number;
    }
  }

  @Test
  @DisplayName("another serializer writes everything itself")
  void otherSerializer_noNumbers() throws Exception {
    ValueCodec values = new ValueCodec(new JdkSerializer(), loader);
    CallCodec jdk = new CallCodec(new JdkSerializer(), values, number -> null);
    Task<Integer> task = () -> 5;
    byte[] bytes = jdk.encode(task);
    assertThat(CallCodec.lambdaIn(bytes)).isEqualTo(-1);
    assertThat(CallCodec.needsSerializer(bytes)).isTrue();
    assertThat(jdk.decode(bytes, 0, bytes.length)).isInstanceOf(Task.class);
  }

  @Test
  @DisplayName("each instance of a lambda has its number, each lambda another")
  void numbers_perLambda() throws Exception {
    List<byte[]> ofOne = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      int captured = i;
      Task<Integer> task = () -> captured;
      ofOne.add(parent.encode(task));
    }
    Task<Integer> other = () -> -1;
    assertThat(ofOne.stream().map(CallCodec::lambdaIn))
        .containsOnly(CallCodec.lambdaIn(ofOne.get(0)));
    assertThat(CallCodec.lambdaIn(parent.encode(other)))
        .isNotEqualTo(CallCodec.lambdaIn(ofOne.get(0)));
    assertThat(ofOne.get(0)).as("a lambda with an int").hasSize(15);
  }

  @Test
  @DisplayName("standalone bytes need no definition")
  void standalone_unknownNumber_read() throws Exception {
    int captured = 6;
    VoidTask initializer = () -> System.setProperty("call-codec-test", "" + captured);
    byte[] bytes = parent.encodeStandalone(initializer);
    ((Runnable) Objects.requireNonNull(decode(worker, bytes))).run();
    assertThat(System.clearProperty("call-codec-test")).isEqualTo("6");
    byte[] ofObject = parent.encodeStandalone(new ClassTask(2));
    assertThat(decode(worker, ofObject)).isEqualTo(new ClassTask(2));
  }

  @Test
  @DisplayName("a number that was not defined is said to be unknown")
  void decode_unknownNumber_refused() throws Exception {
    Task<Integer> task = () -> 12;
    byte[] bytes = parent.encode(task);
    assertThatThrownBy(() -> decode(worker, bytes))
        .isInstanceOf(InvalidObjectException.class)
        .hasMessageContaining("lambda number " + CallCodec.lambdaIn(bytes) + " is not known here");
  }

  @Test
  @DisplayName("a class that is missing in the worker is that task's failure, and is named")
  void decode_missingClass_named() throws Exception {
    Task<Integer> task = () -> 13;
    byte[] bytes = parent.encode(task);
    ClassLoader empty = ClassLoader.getPlatformClassLoader();
    CallCodec elsewhere =
        new CallCodec(serializer, new ValueCodec(serializer, empty), LambdaTable::definition);
    assertThatThrownBy(() -> decode(elsewhere, bytes))
        .isInstanceOf(ClassNotFoundException.class)
        .hasMessageContaining(CallCodecTest.class.getName());
  }

  @Test
  @DisplayName("a worker whose class has no such lambda says so")
  void decode_otherVersionOfClass_refused() throws Exception {
    Task<Integer> task = () -> 14;
    byte[] bytes = parent.encode(task);
    LambdaShape shape =
        LambdaShape.read(Objects.requireNonNull(LambdaTable.definition(CallCodec.lambdaIn(bytes))));
    LambdaShape renamed =
        new LambdaShape(
            shape.loader(),
            shape.capturingClass(),
            shape.interfaceClass(),
            shape.interfaceMethod(),
            shape.interfaceSignature(),
            shape.implKind(),
            shape.implClass(),
            "lambda$gone$1",
            shape.implSignature(),
            shape.instantiatedType(),
            shape.capturedCount());
    worker.define(CallCodec.lambdaIn(bytes), Objects.requireNonNull(renamed.toBytes()));
    assertThatThrownBy(() -> decode(worker, bytes)).isInstanceOf(InvalidObjectException.class);
  }

  @Test
  @DisplayName("bytes that were cut off are refused, wherever the cut is")
  void decode_cutOff_refused() throws Exception {
    int number = 1;
    String text = "text";
    TaskFunction<Object, String> function = x -> text + number + x;
    for (Object argument : List.of("simple", List.of("graph"))) {
      byte[] bytes = parent.encodeStandalone(new Object[] {function, argument});
      assertThat(decode(worker, bytes)).isInstanceOf(Object[].class);
      for (int length = 0; length < bytes.length; length++) {
        byte[] cut = Arrays.copyOf(bytes, length);
        try {
          // Cut between two values it may be a call with fewer; never one that reads beyond the
          // end.
          assertThat(decode(worker, cut)).isNotNull();
        } catch (Exception e) {
          assertThat(e).isInstanceOfAny(InvalidObjectException.class, java.io.IOException.class);
        }
      }
    }
  }

  @Test
  @DisplayName("what fails to cross fails as it does without numbers")
  void encode_notSerializable_throws() {
    Object open = new ObjectInputStream.GetField[0];
    Thread thread = Thread.currentThread();
    Task<Object> task = () -> List.of(open, thread);
    assertThatThrownBy(() -> parent.encode(task)).isInstanceOf(Exception.class);
  }
}
