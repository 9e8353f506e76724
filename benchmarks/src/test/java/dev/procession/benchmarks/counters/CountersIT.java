package dev.procession.benchmarks.counters;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.procession.ProcessPoolExecutor;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What a task costs in things that can be counted, so that a change for the worse is seen on
 * however slow a machine. The bounds are what was measured on 17 and 25, and a third more; for
 * system calls four times as many, as now and then one side does go to sleep.
 */
class CountersIT {
  private static final int WARM = 30_000;
  private static final int TASKS = 50_000;
  private static final int PAYLOAD = 4 << 20;

  private ProcessPoolExecutor pool;

  @BeforeEach
  void open() throws Exception {
    pool = ProcessPoolExecutor.create(1);
    for (int i = 0; i < WARM; i++) {
      pool.submit(() -> 0).get();
    }
  }

  @AfterEach
  void close() {
    pool.close();
  }

  private static long allocated() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    return threads.getThreadAllocatedBytes(Thread.currentThread().getId());
  }

  /** A worker's task thread tells its own. */
  private long allocatedInWorker() throws Exception {
    return pool.submit(() -> allocated()).get();
  }

  private void roundTrips() throws Exception {
    for (int i = 0; i < TASKS; i++) {
      int k = i;
      if (pool.submit(() -> k).get() != k) {
        throw new AssertionError();
      }
    }
  }

  @Test
  void allocation_perTask_bounded() throws Exception {
    roundTrips();
    long worker = allocatedInWorker();
    long parent = allocated();
    roundTrips();
    long parentBytes = (allocated() - parent) / TASKS;
    long workerBytes = (allocatedInWorker() - worker) / TASKS;
    System.out.println("allocated per task: parent " + parentBytes + ", worker " + workerBytes);
    assertThat(parentBytes).as("bytes of the caller's thread").isBetween(100L, 1_050L);
    assertThat(workerBytes).as("bytes of the task's thread").isBetween(50L, 365L);
  }

  /** Reads and writes as the kernel counts them: doorbells. */
  private static long systemCalls(String pid) throws Exception {
    long sum = 0;
    for (String line : Files.readAllLines(Path.of("/proc", pid, "io"))) {
      if (line.startsWith("syscr:") || line.startsWith("syscw:")) {
        sum += Long.parseLong(line.substring(7).strip());
      }
    }
    return sum;
  }

  @Test
  void systemCalls_manyTasksAtATime_next_to_none() throws Exception {
    long pid = pool.submit(() -> ProcessHandle.current().pid()).get();
    double least = Double.MAX_VALUE;
    for (int round = 0; round < 10; round++) { // a busy machine may have put one side to sleep
      long before = systemCalls("self") + systemCalls(Long.toString(pid));
      List<Future<Integer>> futures = new ArrayList<>();
      for (int i = 0; i < TASKS; i++) {
        int k = i;
        futures.add(pool.submit(() -> k));
      }
      for (Future<Integer> future : futures) {
        future.get();
      }
      long calls = systemCalls("self") + systemCalls(Long.toString(pid)) - before;
      least = Math.min(least, calls / (double) TASKS);
    }
    System.out.println("system calls per task: " + least);
    assertThat(least).isLessThan(0.05);
  }

  private record Document(String title, Object content) {}

  private static Stream<Arguments> payloads() {
    byte[] bytes = new byte[PAYLOAD];
    double[] doubles = new double[PAYLOAD / Double.BYTES];
    String text = "x".repeat(PAYLOAD);
    return Stream.of(
        Arguments.of("byte[]", bytes),
        Arguments.of("double[]", doubles),
        Arguments.of("String", text),
        Arguments.of("ByteBuffer", ByteBuffer.allocateDirect(PAYLOAD)),
        Arguments.of("an object with a double[]", new Document("numbers", doubles)),
        Arguments.of("an object with a String", new Document("text", text)));
  }

  /** What is on no heap is in shared memory: written there once and read from there once. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("payloads")
  void copies_ofLargePayload_bounded(String what, Object payload) throws Exception {
    for (int i = 0; i < 5; i++) {
      pool.submit(given -> given, payload).get();
    }
    long worker = allocatedInWorker();
    long before = allocated();
    Future<Object> echo = pool.submit(given -> given, payload);
    double submitted = (allocated() - before) / (double) PAYLOAD;
    Object back = echo.get();
    double parentCopies = (allocated() - before) / (double) PAYLOAD;
    double workerCopies = (allocatedInWorker() - worker) / (double) PAYLOAD;
    System.out.printf(
        "copies of %s on the heap: there %.2f, in the worker %.2f, back %.2f%n",
        what, submitted, workerCopies, parentCopies);
    assertThat(back).isNotSameAs(payload);
    assertThat(submitted).as("there").isLessThan(0.1);
    assertThat(workerCopies).as("in").isBetween(1.0, 1.1);
    assertThat(parentCopies).as("back").isLessThan(1.1);
  }
}
