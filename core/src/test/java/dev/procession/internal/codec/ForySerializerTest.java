package dev.procession.internal.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.spi.TaskSerializer;
import java.io.ByteArrayInputStream;
import java.io.NotSerializableException;
import java.io.Serializable;
import java.lang.ref.WeakReference;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Scanner;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ForySerializerTest {
  private static final ClassLoader LOADER = ForySerializerTest.class.getClassLoader();

  private final TaskSerializer fory = TaskSerializer.fory();

  static class Node implements Serializable {
    private static final long serialVersionUID = 1L;
    @Nullable Node next;
  }

  static class Counting {
    static final AtomicInteger MADE = new AtomicInteger();
    int state = MADE.incrementAndGet();
  }

  static class CountingSerializable extends Counting implements Serializable {
    private static final long serialVersionUID = 1L;
    transient String gone = "gone";
  }

  static class Blob {
    byte[] bytes = new byte[0];
    String label = "label";
  }

  static class MayScan {
    @Nullable Scanner scanner;
    String text = "text";
  }

  interface Task extends Callable<Object>, Serializable {}

  static Stream<TaskSerializer> both() {
    return Stream.of(TaskSerializer.fory(), TaskSerializer.jdk());
  }

  static class SetsUp {
    transient String prepared = "by the constructor";
  }

  static final class Inherits extends SetsUp implements Serializable {
    private static final long serialVersionUID = 1L;
    final String own;

    Inherits(String own) {
      this.own = own;
      prepared = own;
    }
  }

  /** A closure of Groovy came back without its meta class. */
  @Test
  void deserialize_superclassNotSerializable_itsConstructorRuns() throws Exception {
    Inherits read = copy(fory, new Inherits("own"));
    assertThat(read.own).isEqualTo("own");
    assertThat(read.prepared).isEqualTo("by the constructor");
  }

  @Test
  void deserialize_ofClassWithConstructor_doesNotRunIt() throws Exception {
    Counting value = new Counting();
    CountingSerializable other = new CountingSerializable();
    value.state = 77;
    other.state = 78;
    int before = Counting.MADE.get();
    assertThat(copy(fory, value).state).isEqualTo(77);
    assertThat(copy(fory, other).state).isEqualTo(78);
    assertThat(copy(fory, other).gone).isNull();
    assertThat(Counting.MADE).hasValue(before);
  }

  @Test
  void serialize_ofLiveResource_isRefusedAndOfNullIsNot() throws Exception {
    MayScan value = new MayScan();
    assertThat(copy(fory, value).text).isEqualTo("text");
    value.scanner = new Scanner("x");
    assertThatThrownBy(() -> fory.serialize(value))
        .isInstanceOf(NotSerializableException.class)
        .hasMessageStartingWith("java.util.Scanner (it is a live resource");
    value.scanner = null;
    assertThat(copy(fory, value).text).isEqualTo("text");
  }

  @Test
  void serialize_afterFailure_worksAsBefore() throws Exception {
    List<Object> bad =
        new ArrayList<>(List.of("a", new Blob(), new ByteArrayInputStream(new byte[1])));
    for (int i = 0; i < 50; i++) {
      assertThatThrownBy(() -> fory.serialize(bad)).isInstanceOf(NotSerializableException.class);
      byte[] good = fory.serialize(List.of("good", i));
      assertThatThrownBy(() -> fory.deserialize(good, 0, good.length - 1, LOADER))
          .isInstanceOf(Exception.class);
      assertThat(fory.deserialize(good, 0, good.length, LOADER)).isEqualTo(List.of("good", i));
    }
  }

  @ParameterizedTest
  @MethodSource("both")
  void roundTrip_ofDeepChain_getsAStackOfItsOwn(TaskSerializer serializer) throws Exception {
    Thread.currentThread().interrupt();
    Node head = chain(9_000);
    assertThat(length(copy(serializer, head))).isEqualTo(9_000);
    assertThat(Thread.interrupted()).isTrue();
  }

  @ParameterizedTest
  @MethodSource("both")
  void serialize_ofEndlessChain_isAnExceptionNotAnError(TaskSerializer serializer)
      throws Exception {
    Node head = chain(2_000_000);
    assertThatThrownBy(() -> serializer.serialize(head)).isInstanceOf(Exception.class);
    assertThat(copy(serializer, "still")).isEqualTo("still");
  }

  @ParameterizedTest
  @MethodSource("both")
  void roundTrip_of200MegabytesInAnObject_works(TaskSerializer serializer) throws Exception {
    Object[] value = {new byte[200_000_000], "tail"};
    ((byte[]) value[0])[199_999_999] = 42;
    Object[] back = copy(serializer, value);
    assertThat(((byte[]) back[0])[199_999_999]).isEqualTo((byte) 42);
    assertThat(back[1]).isEqualTo("tail");
  }

  @Test
  void serialize_afterLargeValue_keepsNoLargeBuffer() throws Exception {
    Blob blob = new Blob();
    blob.bytes = new byte[100_000_000];
    long before = usedAfterGc();
    for (int i = 0; i < 3; i++) {
      byte[] bytes = fory.serialize(blob);
      fory.deserialize(bytes, 0, bytes.length, LOADER);
    }
    assertThat(usedAfterGc() - before).isLessThan(20_000_000);
    assertThat(blob.bytes).hasSize(100_000_000);
  }

  @Test
  void roundTrip_fromManyThreads_neverMixes() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      CountDownLatch start = new CountDownLatch(1);
      List<Future<?>> done = new ArrayList<>();
      for (int t = 0; t < 8; t++) {
        int id = t;
        done.add(
            threads.submit(
                () -> {
                  start.await();
                  for (int i = 0; i < 3_000; i++) {
                    int n = id * 1_000_000 + i;
                    Task task = () -> List.of(n, "t" + id);
                    assertThat(copy(fory, task).call()).isEqualTo(List.of(n, "t" + id));
                  }
                  return null;
                }));
      }
      start.countDown();
      for (Future<?> each : done) {
        each.get();
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @ParameterizedTest
  @MethodSource("both")
  void serialize_insideWriteObject_works(TaskSerializer serializer) throws Exception {
    Nesting value = new Nesting();
    Nesting.serializer = serializer;
    assertThat(copy(serializer, value).inner).containsExactly(1, 2);
  }

  static class Nesting implements Serializable {
    private static final long serialVersionUID = 1L;
    static TaskSerializer serializer = TaskSerializer.jdk();
    transient List<Integer> inner = List.of(1, 2);

    private void writeObject(java.io.ObjectOutputStream out) throws java.io.IOException {
      try {
        out.writeObject(serializer.serialize(inner));
      } catch (Exception e) {
        throw new java.io.IOException(e);
      }
    }

    @SuppressWarnings("unchecked")
    private void readObject(java.io.ObjectInputStream in)
        throws java.io.IOException, ClassNotFoundException {
      byte[] bytes = (byte[]) in.readObject();
      try {
        inner = (List<Integer>) serializer.deserialize(bytes, 0, bytes.length, LOADER);
      } catch (Exception e) {
        throw new java.io.IOException(e);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("both")
  void deserialize_ofMissingClass_throwsClassNotFound(TaskSerializer serializer) throws Exception {
    Task task = () -> new Blob();
    for (Object value : List.of(new Node(), new Object[] {new Node()}, task)) {
      byte[] bytes = serializer.serialize(value);
      ClassLoader elsewhere = ClassLoader.getPlatformClassLoader();
      Thread thread = Thread.currentThread();
      ClassLoader context = thread.getContextClassLoader();
      thread.setContextClassLoader(elsewhere);
      try {
        assertThatThrownBy(() -> serializer.deserialize(bytes, 0, bytes.length, elsewhere))
            .isInstanceOf(ClassNotFoundException.class)
            .hasMessageContaining(ForySerializerTest.class.getName());
      } finally {
        thread.setContextClassLoader(context);
      }
    }
  }

  @Test
  void deserialize_byAnotherLoader_usesItsClassesAndNotTheWriters() throws Exception {
    byte[] bytes = fory.serialize(new IsolatedNode());
    assertThat(fory.deserialize(bytes, 0, bytes.length, LOADER)).isInstanceOf(IsolatedNode.class);
    assertThat(readInOwnLoader(fory, bytes)).isNotNull();
    assertThat(fory.deserialize(bytes, 0, bytes.length, LOADER)).isInstanceOf(IsolatedNode.class);
  }

  /** Fory and the JDK hold some classes softly; a JVM of its own clears those at every chance. */
  static final class ForgettingProgram {
    public static void main(String[] args) throws Exception {
      byte[] bytes = TaskSerializer.fory().serialize(new IsolatedNode());
      WeakReference<ClassLoader> loader = readInOwnLoader(TaskSerializer.fory(), bytes);
      for (int i = 0; i < 50 && loader.get() != null; i++) {
        System.gc();
      }
      if (loader.get() != null) {
        throw new AssertionError("still held");
      }
    }
  }

  @Test
  void serializer_onceForgotten_letsItsLoadersGo(@TempDir Path folder) throws Exception {
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    List<String> softNever = List.of("-XX:SoftRefLRUPolicyMSPerMB=0", "-Xmx128m");
    assertThat(ForkedJava.consoleOf(java, folder, softNever, ForgettingProgram.class)).isEmpty();
  }

  private static WeakReference<ClassLoader> readInOwnLoader(TaskSerializer serializer, byte[] bytes)
      throws Exception {
    ClassLoader own =
        new ClassLoader(LOADER) {
          @Override
          protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (!name.equals(IsolatedNode.class.getName())) {
              return super.loadClass(name, resolve);
            }
            Class<?> loaded = findLoadedClass(name);
            return loaded != null ? loaded : define(name);
          }

          private Class<?> define(String name) throws ClassNotFoundException {
            try (var in = LOADER.getResourceAsStream(name.replace('.', '/') + ".class")) {
              byte[] classFile = in.readAllBytes();
              return defineClass(name, classFile, 0, classFile.length);
            } catch (java.io.IOException e) {
              throw new ClassNotFoundException(name, e);
            }
          }
        };
    Object value = serializer.deserialize(bytes, 0, bytes.length, own);
    if (value == null || value.getClass().getClassLoader() != own) {
      throw new AssertionError("not of the reader's loader: " + value);
    }
    return new WeakReference<>(own);
  }

  @Test
  void roundTrip_ofDisallowedClass_isRefused() throws Exception {
    Object gadget = new javax.management.BadAttributeValueExpException("x");
    assertThatThrownBy(() -> fory.serialize(gadget)).hasMessageContaining("disallowed list");
    byte[] bytes = TaskSerializer.jdk().serialize(gadget);
    assertThatThrownBy(() -> TaskSerializer.jdk().deserialize(bytes, 0, bytes.length, LOADER))
        .hasMessageContaining("REJECTED");
    byte[] failure = FailureCodec.encode((Throwable) gadget);
    assertThat(FailureCodec.decode(failure, 0, failure.length, LOADER))
        .isExactlyInstanceOf(dev.procession.RemoteTaskException.class);
  }

  @Test
  void warmUp_leavesNoThreadButForysCleaner() {
    fory.warmUp();
    assertThat(Thread.getAllStackTraces().keySet().stream().map(Thread::getName))
        .noneMatch(name -> name.startsWith("procession"))
        .filteredOn(name -> name.contains("fory"))
        .isSubsetOf("fory-multi-key-weak-map-cleaner");
  }

  private static Node chain(int length) {
    Node head = new Node();
    for (int i = 1; i < length; i++) {
      Node next = new Node();
      next.next = head;
      head = next;
    }
    return head;
  }

  private static int length(Node head) {
    int length = 0;
    for (Node n = head; n != null; n = n.next) {
      length++;
    }
    return length;
  }

  private static long usedAfterGc() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }

  @SuppressWarnings("unchecked")
  private static <T> T copy(TaskSerializer serializer, T value) throws Exception {
    byte[] bytes = serializer.serialize(value);
    byte[] padded = Arrays.copyOf(bytes, bytes.length + 3);
    return (T) serializer.deserialize(padded, 0, bytes.length, LOADER);
  }
}
