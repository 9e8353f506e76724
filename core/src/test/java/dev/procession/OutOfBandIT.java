package dev.procession;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.spi.TaskSerializer;
import java.io.IOException;
import java.io.ObjectInputFilter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Issue 5, point 5: ordinary arrays, buffers and texts that are large, on their way there and back.
 */
@Timeout(120)
class OutOfBandIT {
  private static final int LARGE = 300_000;

  static Stream<Arguments> values() {
    byte[] bytes = new byte[LARGE];
    boolean[] truths = new boolean[LARGE];
    short[] shorts = new short[LARGE];
    char[] chars = new char[LARGE];
    int[] ints = new int[LARGE];
    long[] longs = new long[LARGE];
    float[] floats = new float[LARGE];
    double[] doubles = new double[LARGE];
    for (int i = 0; i < LARGE; i++) {
      bytes[i] = (byte) (i * 31);
      truths[i] = i % 3 == 0;
      shorts[i] = (short) (i * 7);
      chars[i] = (char) (i * 11);
      ints[i] = i * 13;
      longs[i] = i * 17L << 20;
      floats[i] = i / 3f;
      doubles[i] = i / 7.0;
    }
    String latin = "caf\u00e9".repeat(LARGE / 4);
    String wide = new String(chars);
    ByteBuffer heap = ByteBuffer.wrap(bytes).position(5);
    ByteBuffer direct =
        ByteBuffer.allocateDirect(LARGE).put(bytes).flip().order(ByteOrder.LITTLE_ENDIAN);
    return Stream.of(
            bytes, truths, shorts, chars, ints, longs, floats, doubles, latin, wide, heap, direct)
        .map(value -> Arguments.of(value.getClass().getSimpleName(), value));
  }

  private record Holder(int number, Object content, List<Object> more) {}

  @ParameterizedTest(name = "{0}")
  @MethodSource("values")
  @DisplayName("every kind: captured, an argument, an element, within objects, and back")
  void everyKind_thereAndBack(String name, Object value) throws Exception {
    try (ProcessPoolExecutor pool = ProcessPoolExecutor.create(2)) {
      Future<Object> captured = pool.submit(() -> value);
      Future<Object> argument = pool.submit(given -> given, value);
      Future<Object> beside = pool.submit((given, list) -> list.get(0), value, List.of(value, 2));
      Holder holder = new Holder(3, value, List.of(value, "x", value));
      Future<Holder> nested =
          pool.submit(given -> new Holder(4, given.content, given.more), holder);
      for (Future<Object> each : List.of(captured, argument, beside)) {
        assertThat(Objects.deepEquals(each.get(), value)).isTrue();
        assertThat(each.get()).isNotSameAs(value).isSameAs(each.get());
      }
      Holder back = nested.get();
      assertThat(Objects.deepEquals(back.content, value)).isTrue();
      assertThat(back.more.get(0)).isSameAs(back.content).isSameAs(back.more.get(2));
      if (value instanceof ByteBuffer buffer) {
        assertThat(((ByteBuffer) captured.get()).order()).isEqualTo(buffer.order());
      }
      try (MapResults<Object> all = pool.map(given -> given, List.of(1, value, 2, value, value))) {
        Object[] results = all.stream().toArray();
        assertThat(Objects.deepEquals(results, new Object[] {1, value, 2, value, value})).isTrue();
      }
    }
  }

  @Test
  @DisplayName("what is submitted is what was there at submit, whatever becomes of it later")
  void submit_takesItAsItIs() throws Exception {
    int[] numbers = new int[LARGE];
    try (ProcessPoolExecutor pool = ProcessPoolExecutor.create(1)) {
      List<Future<Integer>> futures = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        numbers[LARGE - 1] = i;
        futures.add(pool.submit(given -> given[LARGE - 1], numbers));
      }
      for (int i = 0; i < 20; i++) {
        assertThat(futures.get(i).get()).isEqualTo(i);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("mapOptions")
  @DisplayName("map: an input that is filled anew for each element, among small ones")
  void map_reusedInput_eachAsItWas(MapOptions options) {
    int[] reused = new int[LARGE];
    Iterator<Object> inputs =
        new Iterator<>() {
          private int next;

          @Override
          public boolean hasNext() {
            return next < 200;
          }

          @Override
          public Object next() {
            reused[LARGE - 1] = next;
            return next++ % 3 == 0 ? (Object) reused : (Object) (next - 1);
          }
        };
    try (ProcessPoolExecutor pool = ProcessPoolExecutor.builder().workers(2).maxPending(3).build();
        MapResults<Integer> results =
            pool.map(
                options,
                given -> given instanceof int[] ints ? ints[LARGE - 1] : (Integer) given,
                () -> inputs)) {
      List<Integer> all = new ArrayList<>();
      results.iterator().forEachRemaining(all::add);
      if (!options.ordered()) {
        all.sort(null);
      }
      assertThat(all).hasSize(200);
      for (int i = 0; i < 200; i++) {
        assertThat(all.get(i)).isEqualTo(i);
      }
    }
  }

  static Stream<MapOptions> mapOptions() {
    return Stream.of(
        MapOptions.builder().build(),
        MapOptions.builder().chunkSize(7).build(),
        MapOptions.builder().ordered(false).chunkSize(5).build(),
        MapOptions.builder().bufferSize(4).build());
  }

  /* ---- Where it lies meanwhile ---- */

  private static List<Path> parts() throws IOException {
    List<Path> found = new ArrayList<>();
    String prefix = "procession-" + ProcessHandle.current().pid() + "-";
    for (String base : List.of("/dev/shm", System.getProperty("java.io.tmpdir"))) {
      if (!Files.isDirectory(Path.of(base))) {
        continue;
      }
      try (DirectoryStream<Path> pools = Files.newDirectoryStream(Path.of(base), prefix + "*")) {
        for (Path each : pools) {
          try (DirectoryStream<Path> files = Files.newDirectoryStream(each, "parts*")) {
            files.forEach(found::add);
          } catch (IOException e) {
            // Another pool's, gone meanwhile.
          }
        }
      }
    }
    return found;
  }

  @Test
  @DisplayName("however a task ends, its place is used again")
  void place_isUsedAgain() throws Exception {
    byte[] bytes = new byte[LARGE];
    try (ProcessPoolExecutor pool =
        ProcessPoolExecutor.builder().workers(1).killGrace(Duration.ZERO).build()) {
      for (int i = 0; i < 12; i++) {
        Future<Integer> good = pool.submit(given -> given.length, bytes);
        assertThat(good.get()).isEqualTo(LARGE);
        Future<Object> failed =
            pool.submit(
                given -> {
                  throw new IllegalStateException("" + given.length);
                },
                bytes);
        assertThatThrownBy(failed::get).isInstanceOf(ExecutionException.class);
        Future<Integer> crashed =
            pool.submit(
                given -> {
                  Runtime.getRuntime().halt(given.length);
                  return 0;
                },
                bytes);
        assertThatThrownBy(crashed::get).hasCauseInstanceOf(WorkerCrashedException.class);
        Future<Integer> late =
            pool.with(TaskOptions.builder().timeout(Duration.ofMillis(50)).build())
                .submit(
                    given -> {
                      while (true) {
                        Thread.onSpinWait();
                      }
                    },
                    bytes);
        Future<Integer> cancelled = pool.submit(given -> given.length, bytes);
        assertThat(cancelled.cancel(false)).isTrue();
        assertThatThrownBy(late::get).hasCauseInstanceOf(TaskTimeoutException.class);
      }
      assertThat(pool.submit(given -> given.length, bytes).get()).isEqualTo(LARGE);
      // At most the one that runs, one behind it, and one of a worker that is not buried yet.
      assertThat(parts()).isNotEmpty().hasSizeLessThanOrEqualTo(6);
    }
  }

  @Test
  @DisplayName("a refused task keeps no place")
  void place_refused_isUsedAgain() throws Exception {
    byte[] bytes = new byte[LARGE];
    try (ProcessPoolExecutor pool =
        ProcessPoolExecutor.builder().workers(1).maxPending(1).whenFull(WhenFull.REJECT).build()) {
      Future<Integer> running =
          pool.submit(
              given -> {
                Thread.sleep(60_000);
                return 0;
              },
              bytes);
      while (!((ProcessFuture<?>) running).isRunning()) {
        Thread.onSpinWait();
      }
      Future<Integer> waiting = pool.submit(given -> given.length, bytes);
      for (int i = 0; i < 50; i++) {
        assertThatThrownBy(() -> pool.submit(given -> given.length, bytes))
            .isInstanceOf(RejectedExecutionException.class);
        assertThat(pool.trySubmit(given -> given.length, bytes)).isEmpty();
      }
      running.cancel(true);
      assertThat(waiting.get()).isEqualTo(LARGE);
      assertThat(parts()).isNotEmpty().hasSizeLessThanOrEqualTo(4);
    }
  }

  @Test
  @DisplayName("a call that is refused because of what else it brings keeps no place")
  void place_failedSubmit_isUsedAgain() throws Exception {
    byte[] bytes = new byte[LARGE];
    try (ProcessPoolExecutor pool = ProcessPoolExecutor.create(1);
        ProcessPoolExecutor other = ProcessPoolExecutor.create(1);
        SharedBuffer foreign = other.allocate(1000)) {
      for (int i = 0; i < 20; i++) {
        assertThatThrownBy(() -> pool.submit((buffer, given) -> 1, foreign, bytes))
            .isInstanceOf(IllegalArgumentException.class);
      }
      assertThat(pool.submit(given -> given.length, bytes).get()).isEqualTo(LARGE);
      assertThat(parts()).hasSizeLessThanOrEqualTo(2);
    }
  }

  @Test
  @DisplayName("map: small and large inputs for a pool that is shut down meanwhile")
  void map_shutdownMeanwhile_rejected() throws Exception {
    List<Object> inputs = List.of(1, 2, 3, 4, 5, new byte[LARGE], 7);
    MapOptions options = MapOptions.builder().chunkSize(3).bufferSize(3).build();
    try (ProcessPoolExecutor pool = ProcessPoolExecutor.create(1)) {
      Iterator<Object> results = pool.map(options, given -> given, inputs).iterator();
      pool.shutdown();
      assertThatThrownBy(() -> results.forEachRemaining(result -> {}))
          .isInstanceOf(RejectedExecutionException.class);
    }
  }

  @Test
  @DisplayName("shutdownNow ends the pool though what a task was to have is gone")
  void shutdownNow_fileGone_ends() throws Exception {
    long[] longs = new long[36 << 20];
    List<Runnable> never;
    try (ProcessPoolExecutor pool = ProcessPoolExecutor.create(1)) {
      ProcessFuture<Object> running =
          pool.submit(
              () -> {
                Thread.sleep(60_000);
                return 0;
              });
      while (!running.isRunning()) {
        Thread.onSpinWait();
      }
      ProcessFuture<Integer> waiting = pool.submit(given -> given.length, longs);
      for (Path file : parts()) {
        Files.delete(file);
      }
      never = pool.shutdownNow();
      assertThat(waiting.isCancelled()).isTrue();
    }
    assertThat(never).hasSize(1);
    assertThatThrownBy(() -> never.get(0).run()).hasRootCauseInstanceOf(IOException.class);
  }

  @Test
  @DisplayName("nothing of it is mapped any more once the pool has ended, whoever keeps a future")
  void end_unmapsAll() throws Exception {
    Path maps = Path.of("/proc/self/maps");
    Assumptions.assumeTrue(Files.exists(maps));
    ProcessFuture<byte[]> kept;
    try (ProcessPoolExecutor pool = ProcessPoolExecutor.create(1)) {
      kept = pool.submit(given -> given, new byte[LARGE]);
      assertThat(kept.get()).hasSize(LARGE);
    }
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (Files.readString(maps).contains("/parts")) {
      assertThat(System.nanoTime()).isLessThan(until);
      System.gc();
      Thread.sleep(20);
    }
    assertThat(kept.isDone()).isTrue();
  }

  @Test
  @DisplayName("a retry gets the same again")
  void retry_getsTheSame() throws Exception {
    int[] numbers = new int[LARGE];
    numbers[5] = 6;
    try (ProcessPoolExecutor pool = ProcessPoolExecutor.create(2)) {
      ProcessExecutorService tough = pool.with(TaskOptions.builder().retries(2).build());
      TaskFunction<int[], Integer> crashing =
          given -> {
            if (TaskContext.current().attempt() < 3) {
              Runtime.getRuntime().halt(1);
            }
            return given[5];
          };
      assertThat(tough.submit(crashing, numbers).get()).isEqualTo(6);
      try (MapResults<Integer> results = tough.map(crashing, List.of(numbers, numbers))) {
        assertThat(results.stream()).containsExactly(6, 6);
      }
    }
  }

  @Test
  @DisplayName("what shutdownNow gives back still has it")
  void shutdownNow_runsHere() throws Exception {
    byte[] bytes = new byte[LARGE];
    bytes[3] = 9;
    List<Runnable> never;
    ProcessPoolExecutor pool = ProcessPoolExecutor.create(1);
    Future<Object> running =
        pool.submit(
            () -> {
              Thread.sleep(60_000);
              return 0;
            });
    while (!((ProcessFuture<?>) running).isRunning()) {
      Thread.onSpinWait();
    }
    pool.submit(given -> seen(given), bytes);
    pool.submit(given -> seen(given), bytes);
    never = pool.shutdownNow();
    pool.close();
    assertThat(never).hasSize(2);
    SEEN.clear();
    never.forEach(Runnable::run);
    assertThat(SEEN).containsExactly(9, 9);
  }

  private static final List<Integer> SEEN = new ArrayList<>();

  private static int seen(byte[] bytes) {
    SEEN.add((int) bytes[3]);
    return 0;
  }

  @Test
  @DisplayName(
      "more of it than shared memory is kept for: what waits is kept on the heap, or in files")
  void manyPending_allArrive() throws Exception {
    int most = 3_000;
    byte[] bytes = new byte[128 << 10];
    try (ProcessPoolExecutor pool = ProcessPoolExecutor.create(2)) {
      List<Future<Integer>> futures = new ArrayList<>();
      for (int i = 0; i < most; i++) {
        bytes[0] = (byte) i;
        futures.add(pool.submit(given -> (int) given[0], bytes));
      }
      for (int i = 0; i < most; i++) {
        assertThat(futures.get(i).get()).isEqualTo((byte) i);
      }
    }
  }

  @Test
  @DisplayName("one that is larger than what is kept goes through a file, which is deleted")
  void larger_thanKept_goesThroughAFile() throws Exception {
    long[] longs = new long[36 << 20];
    longs[longs.length - 1] = 7;
    try (ProcessPoolExecutor pool = ProcessPoolExecutor.create(1)) {
      ProcessFuture<long[]> future = pool.submit(given -> given, longs);
      assertThat(future.get()).isEqualTo(longs);
      assertThat(future.info().bytesIn()).isGreaterThan(8L * longs.length);
      assertThat(future.info().bytesOut()).isGreaterThan(8L * longs.length);
    }
  }

  @Test
  @DisplayName("what a shared buffer holds crosses as well, also if its task made it")
  void viewOfSharedBuffer_crosses() throws Exception {
    try (ProcessPoolExecutor pool = ProcessPoolExecutor.create(1)) {
      long worker = pool.submit(() -> ProcessHandle.current().pid()).get();
      ByteBuffer view =
          pool.submit(
                  () -> {
                    ByteBuffer made = SharedBuffer.allocate(LARGE).buffer();
                    return made.put(7, (byte) 8);
                  })
              .get();
      assertThat(view.remaining()).isEqualTo(LARGE);
      assertThat(view.get(7)).isEqualTo((byte) 8);
      Future<ByteBuffer> closed =
          pool.submit(
              () -> {
                try (SharedBuffer made = SharedBuffer.allocate(LARGE)) {
                  return made.buffer();
                }
              });
      if (Runtime.version().feature() >= 22) { // before that it is unmapped when it is collected
        assertThatThrownBy(closed::get).hasCauseInstanceOf(ResultNotSerializableException.class);
      }
      assertThat(pool.submit(() -> ProcessHandle.current().pid()).get()).isEqualTo(worker);
      SharedBuffer mine = pool.allocate(LARGE);
      ByteBuffer ofMine = mine.buffer();
      assertThat(pool.submit(given -> given.remaining(), ofMine).get()).isEqualTo(LARGE);
      mine.close();
      if (Runtime.version().feature() >= 22) {
        assertThatThrownBy(() -> pool.submit(given -> given.remaining(), ofMine))
            .isInstanceOf(TaskNotSerializableException.class);
        try (MapResults<Integer> results =
            pool.map(given -> given.remaining(), List.of(ofMine, ByteBuffer.allocate(LARGE)))) {
          Iterator<MapResults.Outcome<Integer>> outcomes = results.outcomes().iterator();
          assertThat(outcomes.next().failure()).isInstanceOf(TaskNotSerializableException.class);
          assertThat(outcomes.next().value()).isEqualTo(LARGE);
        }
      }
    }
  }

  /* ---- Other serializers, filters, no process ---- */

  @Test
  @DisplayName("with JDK serialisation: results and elements of map")
  void jdkSerializer_resultsAndElements() throws Exception {
    int[] ints = new int[LARGE];
    Arrays.setAll(ints, i -> i);
    try (ProcessPoolExecutor pool =
        ProcessPoolExecutor.builder().workers(1).serializer(TaskSerializer.jdk()).build()) {
      assertThat(pool.submit(given -> given, ints).get()).isEqualTo(ints);
      try (MapResults<int[]> results = pool.map(given -> given, List.of(ints, ints))) {
        assertThat(results.stream()).containsExactly(ints, ints);
      }
    }
  }

  @Test
  @DisplayName("issue 5, point 10: a result filter bounds them like all others")
  void resultFilter_boundsThem() throws Exception {
    ObjectInputFilter filter =
        ObjectInputFilter.Config.createFilter("maxarray=1000;java.base/*;!*");
    try (ProcessPoolExecutor pool =
        ProcessPoolExecutor.builder().workers(1).resultFilter(filter).build()) {
      assertThat(pool.submit(() -> "x".repeat(LARGE)).get()).hasSize(LARGE);
      assertThat(pool.submit(given -> given.length, new int[LARGE]).get()).isEqualTo(LARGE);
      Future<int[]> tooLong = pool.submit(() -> new int[LARGE]);
      assertThatThrownBy(tooLong::get).hasStackTraceContaining("REJECTED");
      Future<byte[]> bytes = pool.submit(() -> new byte[LARGE]);
      assertThatThrownBy(bytes::get).hasStackTraceContaining("REJECTED");
    }
  }

  @Test
  @DisplayName("inProcess: the same, and copies all the same")
  void inProcess_copies() throws Exception {
    int[] ints = new int[LARGE];
    try (ProcessPoolExecutor pool = ProcessPoolExecutor.inProcess()) {
      assertThat(pool.submit(given -> given, ints).get()).isEqualTo(ints).isNotSameAs(ints);
    }
  }
}
