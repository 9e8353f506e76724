package dev.procession.cluster.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.ExitReason;
import dev.procession.MapOptions;
import dev.procession.MapResults;
import dev.procession.OutputLine;
import dev.procession.OutputListener;
import dev.procession.ProcessFuture;
import dev.procession.ProcessFutures;
import dev.procession.ProcessPoolExecutor;
import dev.procession.ReturnWhen;
import dev.procession.Shared;
import dev.procession.TaskContext;
import dev.procession.TaskDeserializationException;
import dev.procession.TaskOptions;
import dev.procession.TaskProgress;
import dev.procession.TaskState;
import dev.procession.TaskTimeoutException;
import dev.procession.WhenFull;
import dev.procession.WorkerCrashedException;
import dev.procession.WorkerStartException;
import dev.procession.cluster.internal.TestCluster.ClusterExecutor;
import dev.procession.cluster.internal.link.Frame;
import dev.procession.cluster.internal.link.MemoryNetwork;
import dev.procession.cluster.internal.submitter.Operator;
import dev.procession.internal.codec.CallKind;
import dev.procession.spi.TaskSerializer;
import dev.procession.testing.Gate;
import dev.procession.testing.NoLeaks;
import dev.procession.testing.Sources;
import dev.procession.testing.Tally;
import java.io.IOException;
import java.io.ObjectInputFilter;
import java.io.Serializable;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A pool over members whose network is in memory; the workers are processes as ever. */
@NoLeaks
class ClusterIT {
  @TempDir Path tmp;

  private static void await(Callable<Boolean> condition) {
    Awaitility.await().atMost(Duration.ofSeconds(40)).until(condition);
  }

  private static TaskOptions timeout(long millis) {
    return TaskOptions.builder().timeout(Duration.ofMillis(millis)).build();
  }

  /** A task that has begun and runs until the gate is opened. */
  private static ProcessFuture<Long> begun(ClusterExecutor pool, Gate until) {
    ProcessFuture<Long> future =
        pool.submit(
            () -> {
              until.await();
              return ProcessHandle.current().pid();
            });
    await(future::isRunning);
    return future;
  }

  @Test
  @DisplayName("a task runs on a member and gives its result")
  void submit_one() throws Exception {
    try (TestCluster cluster = new TestCluster()) {
      cluster.member("a", 1);
      try (var pool = cluster.submitter("s")) {
        ProcessFuture<Integer> future = pool.submit(() -> 6 * 7);
        assertThat(future.result()).isEqualTo(42);
        assertThat(future.info().state()).isEqualTo(TaskState.SUCCEEDED);
        assertThat(future.info().attempt()).isEqualTo(1);
        long here = ProcessHandle.current().pid();
        assertThat(pool.submit(() -> ProcessHandle.current().pid()).result())
            .isNotEqualTo(here)
            .isEqualTo(future.info().workerPid());
      }
    }
  }

  @Test
  @DisplayName("many short tasks on two members, and maps, in order and not")
  void submit_many() throws Exception {
    try (TestCluster cluster = new TestCluster()) {
      cluster.member("a", 1);
      cluster.member("b", 1);
      try (var pool = cluster.submitter("s")) {
        List<ProcessFuture<Integer>> futures = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
          int number = i;
          futures.add(pool.submit(() -> number + 1));
        }
        long sum = 0;
        for (ProcessFuture<Integer> future : futures) {
          sum += future.result();
        }
        assertThat(sum).isEqualTo(200_010_000L);
        List<Integer> inputs = IntStream.range(0, 50_000).boxed().toList();
        try (MapResults<Integer> results = pool.map(value -> value * 2, inputs)) {
          assertThat(results.stream().toList())
              .isEqualTo(inputs.stream().map(value -> value * 2).toList());
        }
        MapOptions unordered = MapOptions.builder().ordered(false).chunkSize(7).build();
        try (MapResults<Integer> results = pool.map(unordered, value -> value + 1, inputs)) {
          assertThat(results.stream().mapToLong(value -> value).sum()).isEqualTo(1_250_025_000L);
        }
      }
    }
  }

  @Test
  @DisplayName("a crash, an exception and a deadline cost their task and say what happened")
  void failures() throws Exception {
    try (TestCluster cluster = new TestCluster()) {
      cluster.member("a", 2);
      try (var pool = cluster.submitter("s")) {
        ProcessFuture<Object> halts =
            pool.submit(
                () -> {
                  Runtime.getRuntime().halt(3);
                  return null;
                });
        assertThatThrownBy(halts::result)
            .isInstanceOfSatisfying(
                WorkerCrashedException.class,
                crash -> {
                  assertThat(crash.report().reason()).isEqualTo(ExitReason.EXIT_CALLED);
                  assertThat(crash.report().member()).contains("a");
                });
        assertThatThrownBy(() -> pool.submit(() -> Integer.parseInt("x")).result())
            .isInstanceOf(NumberFormatException.class)
            .hasStackTraceContaining("ClusterIT");
        ProcessFuture<Object> spins =
            pool.with(timeout(200))
                .submit(
                    () -> {
                      while (true) {
                        Thread.onSpinWait();
                      }
                    });
        assertThatThrownBy(spins::result)
            .isInstanceOf(TaskTimeoutException.class)
            .hasMessageContaining("overran its deadline");
        assertThat(pool.submit(() -> 1).result()).isEqualTo(1);
      }
    }
  }

  @Test
  @DisplayName("a chunk whose element crashes, hangs or throws loses that element and no other")
  void map_failures() throws Exception {
    try (TestCluster cluster = new TestCluster()) {
      cluster.member("a", 2);
      try (var pool = cluster.submitter("s")) {
        MapOptions chunks = MapOptions.builder().chunkSize(10).build();
        List<Integer> inputs = IntStream.range(0, 40).boxed().toList();
        try (MapResults<Integer> results =
            pool.with(timeout(2_000)).map(chunks, ClusterIT::risky, inputs)) {
          List<String> outcomes = new ArrayList<>();
          results
              .outcomes()
              .forEach(
                  outcome ->
                      outcomes.add(
                          outcome.isSuccess()
                              ? String.valueOf(outcome.value())
                              : outcome.failure().getClass().getSimpleName()));
          List<String> expected = new ArrayList<>(inputs.stream().map(String::valueOf).toList());
          expected.set(3, "WorkerCrashedException");
          expected.set(14, "TaskTimeoutException");
          expected.set(25, "IllegalStateException");
          assertThat(outcomes).isEqualTo(expected);
        }
      }
    }
  }

  private static int risky(int value) throws InterruptedException {
    switch (value) {
      case 3 -> Runtime.getRuntime().halt(1);
      case 14 -> Thread.sleep(60_000);
      case 25 -> throw new IllegalStateException("25");
      default -> {
        // The others are well.
      }
    }
    return value;
  }

  @Test
  @DisplayName("retries after a crash run in a fresh worker, and are counted")
  void retries() throws Exception {
    Tally attempts = Tally.in(tmp, "attempts");
    try (TestCluster cluster = new TestCluster()) {
      cluster.member("a", 1);
      try (var pool = cluster.submitter("s")) {
        ProcessFuture<String> future =
            pool.with(TaskOptions.builder().retries(2).build())
                .submit(
                    () -> {
                      attempts.addPid();
                      if (attempts.lines().size() < 3) {
                        Runtime.getRuntime().halt(1);
                      }
                      return "third";
                    });
        assertThat(future.result()).isEqualTo("third");
        assertThat(future.info().attempt()).isEqualTo(3);
        assertThat(attempts.lines()).hasSize(3).doesNotHaveDuplicates();
      }
    }
  }

  @Test
  @DisplayName("cancel(false) takes what has not begun, here or there, and leaves what has")
  void cancel_pending() throws Exception {
    Gate go = Gate.in(tmp, "go");
    Tally ran = Tally.in(tmp, "ran");
    try (TestCluster cluster = new TestCluster()) {
      cluster.member("a", 1);
      try (var pool = cluster.submitter("s")) {
        for (int i = 0; i < 100; i++) { // so that it prefetches
          assertThat(pool.submit(() -> 1).result()).isEqualTo(1);
        }
        ProcessFuture<Long> running = begun(pool, go);
        List<ProcessFuture<Integer>> waiting = new ArrayList<>();
        for (int i = 0; i < 2_000; i++) {
          int number = i;
          waiting.add(
              pool.submit(
                  () -> {
                    ran.add(number);
                    return number;
                  }));
        }
        assertThat(running.cancel(false)).isFalse();
        for (ProcessFuture<Integer> future : waiting.subList(0, 1_999)) {
          assertThat(future.isRunning()).isFalse();
          assertThat(future.cancel(false)).isTrue();
          assertThat(future.isCancelled()).isTrue();
        }
        go.open();
        assertThat(running.result()).isPositive();
        assertThat(waiting.get(1_999).result()).isEqualTo(1_999);
        assertThat(ran.lines()).containsExactly("1999");
      }
    }
  }

  @Test
  @DisplayName("cancel(true) stops what runs, whatever it does; its worker is gone")
  void cancel_running() throws Exception {
    try (TestCluster cluster = new TestCluster()) {
      cluster.member("a", 1);
      try (var pool = cluster.submitter("s")) {
        Tally pids = Tally.in(tmp, "pids");
        ProcessFuture<Object> spins =
            pool.submit(
                () -> {
                  pids.addPid();
                  while (true) {
                    Thread.onSpinWait();
                  }
                });
        await(() -> pids.lines().size() == 1);
        await(spins::isRunning);
        assertThat(spins.cancel(true)).isTrue();
        assertThatThrownBy(spins::result).isInstanceOf(CancellationException.class);
        long pid = Long.parseLong(pids.lines().get(0));
        await(() -> ProcessHandle.of(pid).isEmpty());
        assertThat(pool.submit(() -> 1).result()).isEqualTo(1);
      }
    }
  }

  @Test
  @DisplayName("await, asCompleted, callbacks and stages see what they see of a local pool")
  void waiting() throws Exception {
    try (TestCluster cluster = new TestCluster()) {
      cluster.member("a", 2);
      try (var pool = cluster.submitter("s")) {
        ProcessFuture<Integer> good = pool.submit(() -> 1);
        ProcessFuture<Integer> bad = pool.submit(() -> Integer.parseInt("x"));
        var done = ProcessFutures.await(List.of(good, bad), ReturnWhen.ALL_COMPLETED);
        assertThat(done.notDone()).isEmpty();
        List<String> order = Collections.synchronizedList(new ArrayList<>());
        good.addDoneCallback(future -> order.add("first"));
        good.addDoneCallback(future -> order.add("second"));
        await(() -> order.size() == 2);
        assertThat(order).containsExactly("first", "second");
        assertThat(good.thenApply(value -> value + 1).toCompletableFuture().join()).isEqualTo(2);
        int count = 0;
        for (ProcessFuture<Integer> future : ProcessFutures.asCompleted(List.of(good, bad))) {
          assertThat(future.isDone()).isTrue();
          count++;
        }
        assertThat(count).isEqualTo(2);
      }
    }
  }

  @Test
  @DisplayName("higher priority first, and a bounded queue that refuses or has to be waited for")
  void priorityAndBackpressure() throws Exception {
    Gate go = Gate.in(tmp, "go");
    Tally ran = Tally.in(tmp, "ran");
    try (TestCluster cluster = new TestCluster()) {
      cluster.member("a", 1);
      try (var pool =
          cluster.submitter(
              ProcessPoolExecutor.builder().name("s").maxPending(3).whenFull(WhenFull.REJECT))) {
        ProcessFuture<Long> running = begun(pool, go);
        for (int priority : new int[] {0, 5, 9}) {
          var unused =
              pool.with(TaskOptions.builder().priority(priority).build())
                  .submit(() -> ran.add(priority));
        }
        assertThatThrownBy(() -> pool.submit(() -> 1))
            .isInstanceOf(RejectedExecutionException.class)
            .hasMessageContaining("maxPending is 3");
        assertThat(pool.trySubmit(() -> 1)).isEmpty();
        go.open();
        assertThat(running.result()).isPositive();
        await(() -> ran.lines().size() == 3);
        assertThat(ran.lines()).containsExactly("9", "5", "0");
      }
    }
  }

  @Test
  @DisplayName("what tasks print and say of their progress arrives")
  void outputAndProgress() throws Exception {
    List<OutputLine> lines = Collections.synchronizedList(new ArrayList<>());
    try (TestCluster cluster = new TestCluster()) {
      cluster.member("a", 1);
      try (var pool =
          cluster.submitter(ProcessPoolExecutor.builder().name("s").outputListener(lines::add))) {
        ProcessFuture<Integer> future =
            pool.submit(
                () -> {
                  System.out.println("hello");
                  System.err.println("trouble");
                  TaskContext.current().report(3, 10, "third");
                  return 1;
                });
        List<TaskProgress> progress = Collections.synchronizedList(new ArrayList<>());
        future.addProgressListener(progress::add);
        assertThat(future.result()).isEqualTo(1);
        await(() -> lines.size() == 2);
        assertThat(lines)
            .extracting(OutputLine::text)
            .containsExactlyInAnyOrder("hello", "trouble");
        assertThat(lines).allMatch(line -> line.pool().equals("s") && line.taskId() == 1);
        await(() -> progress.size() == 1);
        assertThat(progress.get(0).done()).isEqualTo(3);
      }
    }
  }

  @Test
  @DisplayName("large arguments and results, and an exception of a class of the user's own")
  void large() throws Exception {
    try (TestCluster cluster = new TestCluster()) {
      cluster.member("a", 1);
      try (var pool = cluster.submitter("s")) {
        byte[] bytes = new byte[20_000_000];
        Arrays.fill(bytes, (byte) 7);
        byte[] back = pool.submit(given -> given, bytes).result();
        assertThat(Arrays.equals(bytes, back)).isTrue();
        assertThatThrownBy(
                () ->
                    pool.submit(
                            () -> {
                              throw new OwnException("mine");
                            })
                        .result())
            .isInstanceOf(OwnException.class)
            .hasMessage("mine");
      }
    }
  }

  @Test
  @DisplayName("JDK serialisation as well, with classes of the user's own")
  void serializers() throws Exception {
    try (TestCluster cluster = new TestCluster()) {
      cluster.member("a", 1);
      try (var pool =
          cluster.submitter(
              ProcessPoolExecutor.builder().name("s").serializer(TaskSerializer.jdk()))) {
        assertThat(pool.submit(given -> given.x + 1, new Point(3)).result()).isEqualTo(4);
        assertThat(pool.submit(() -> new Point(5)).result().x).isEqualTo(5);
      }
    }
  }

  @Test
  @DisplayName("with a filter for results workers write what it can look at")
  void resultFilter() throws Exception {
    ObjectInputFilter points =
        ObjectInputFilter.Config.createFilter(Point.class.getName() + ";java.base/*;!*");
    try (TestCluster cluster = new TestCluster()) {
      cluster.member("a", 1);
      try (var pool =
          cluster.submitter(ProcessPoolExecutor.builder().name("s").resultFilter(points))) {
        assertThat(pool.submit(() -> new Point(5)).result().x).isEqualTo(5);
        assertThatThrownBy(() -> pool.submit(() -> new OwnException("refused")).result())
            .isInstanceOf(TaskDeserializationException.class);
      }
    }
  }

  private static final class Point implements Serializable {
    private static final long serialVersionUID = 1;
    private final int x;

    Point(int x) {
      this.x = x;
    }
  }

  @Test
  @DisplayName("classes and resources of a loader of the user's own are asked for, a jar away")
  void foreignClasses() throws Exception {
    Path classes = tmp.resolve("plugin");
    Sources.compile(
        classes,
        Map.of(
            "plugin/Job.java",
            """
            package plugin;
            public class Job implements java.util.concurrent.Callable<Object>, java.io.Serializable {
              public Object call() throws Exception {
                try (var in = Job.class.getResourceAsStream("/plugin/text")) {
                  return new Answer(new String(in.readAllBytes()));
                }
              }
            }
            """,
            "plugin/Answer.java",
            """
            package plugin;
            public record Answer(String text) implements java.io.Serializable {}
            """));
    Files.writeString(classes.resolve("plugin/text"), "found");
    try (TestCluster cluster = new TestCluster();
        URLClassLoader loader = new URLClassLoader(new URL[] {classes.toUri().toURL()})) {
      cluster.member("a", 1);
      @SuppressWarnings("unchecked") // it is written above
      Callable<Object> job =
          (Callable<Object>) loader.loadClass("plugin.Job").getDeclaredConstructor().newInstance();
      try (var pool = cluster.submitter("s")) {
        Object answer = pool.submit(job).result();
        assertThat(answer.getClass().getClassLoader()).isEqualTo(loader);
        assertThat(answer).hasToString("Answer[text=found]");
      }
      try (var pool =
          cluster.submitter(ProcessPoolExecutor.builder().name("t").remoteClassLoading(false))) {
        assertThatThrownBy(() -> pool.submit(job).result())
            .isInstanceOf(TaskDeserializationException.class);
      }
    }
  }

  private static final class OwnException extends RuntimeException {
    private static final long serialVersionUID = 1;

    OwnException(String message) {
      super(message);
    }
  }

  @Test
  @DisplayName("an initializer runs in each worker; one that fails fails the tasks, and says why")
  void initializer() throws Exception {
    try (TestCluster cluster = new TestCluster()) {
      cluster.member("a", 1);
      try (var pool =
          cluster.submitter(
              ProcessPoolExecutor.builder()
                  .name("s")
                  .initializer(() -> System.setProperty("made", "ready")))) {
        assertThat(pool.submit(() -> System.getProperty("made")).result()).isEqualTo("ready");
      }
      try (var pool =
          cluster.submitter(
              ProcessPoolExecutor.builder()
                  .name("t")
                  .initializer(
                      () -> {
                        throw new IllegalStateException("no codec");
                      }))) {
        assertThatThrownBy(() -> pool.submit(() -> 1).result())
            .isInstanceOf(WorkerStartException.class)
            .hasMessageContaining("no codec");
      }
    }
  }

  @Test
  @DisplayName("a submitter whose work never ends leaves another its share of a member's workers")
  void severalSubmitters() throws Exception {
    Iterable<Integer> endless = () -> IntStream.iterate(0, value -> value + 1).iterator();
    MapOptions alone = MapOptions.builder().chunkSize(1).build();
    try (TestCluster cluster = new TestCluster()) {
      cluster.member("a", 2);
      try (var one = cluster.submitter("one");
          var other = cluster.submitter("other");
          MapResults<Long> results = one.map(alone, ClusterIT::pidAfterAMoment, endless)) {
        Iterator<Long> arriving = results.stream().iterator();
        Set<Long> before = new HashSet<>();
        while (before.size() < 2) { // it has both workers
          before.add(arriving.next());
        }
        ProcessFuture<Integer> late = other.submit(() -> 7);
        while (!late.isDone()) { // for ever, were the first come served first
          arriving.next();
        }
        assertThat(late.result()).isEqualTo(7);
        assertThat(arriving.next()).isPositive();
      }
    }
  }

  private static long pidAfterAMoment(int unused) throws InterruptedException {
    Thread.sleep(2);
    return ProcessHandle.current().pid();
  }

  @Test
  @DisplayName("a lost member: what had begun fails with NODE_LOST, what had not runs elsewhere")
  void memberLost() throws Exception {
    Gate go = Gate.in(tmp, "go");
    try (TestCluster cluster = new TestCluster()) {
      cluster.member("a", 1);
      try (var pool = cluster.submitter("s")) {
        ProcessFuture<Long> running = begun(pool, go);
        ProcessFuture<Integer> waiting = pool.submit(() -> 7);
        cluster.cutOff("a");
        assertThatThrownBy(running::result)
            .isInstanceOfSatisfying(
                WorkerCrashedException.class,
                crash -> assertThat(crash.report().reason()).isEqualTo(ExitReason.NODE_LOST))
            .hasMessageContaining("member 'a' of the cluster was lost");
        assertThat(waiting.isDone()).isFalse();
        cluster.member("b", 1);
        assertThat(waiting.result()).isEqualTo(7);
      }
    }
  }

  @Test
  @DisplayName("a lost member: with retries the task runs anew, a chunk with what it has not told")
  void memberLost_retries() throws Exception {
    Gate go = Gate.in(tmp, "go");
    Tally begun = Tally.in(tmp, "begun");
    TaskOptions retries = TaskOptions.builder().retries(1).build();
    try (TestCluster cluster = new TestCluster()) {
      cluster.member("a", 2);
      try (var pool = cluster.submitter("s")) {
        ProcessFuture<Integer> single =
            pool.with(retries)
                .submit(
                    () -> {
                      begun.add("single");
                      go.await();
                      return 1;
                    });
        MapOptions chunk = MapOptions.builder().chunkSize(8).build();
        try (MapResults<Integer> results =
            pool.with(retries)
                .map(
                    chunk,
                    value -> {
                      begun.add("e" + value);
                      if (value >= 4) {
                        go.await();
                      }
                      return value;
                    },
                    IntStream.range(0, 8).boxed().toList())) {
          await(() -> begun.lines().contains("single") && begun.lines().contains("e4"));
          await(single::isRunning);
          cluster.cutOff("a");
          go.open();
          cluster.member("b", 2);
          assertThat(results.stream().toList()).containsExactly(0, 1, 2, 3, 4, 5, 6, 7);
        }
        assertThat(single.result()).isEqualTo(1);
        assertThat(single.info().attempt()).isEqualTo(2);
        assertThat(begun.lines().stream().filter("single"::equals)).hasSize(2);
      }
    }
  }

  @Test
  @DisplayName("what is left of a chunk that runs anew may crash again, and says so")
  void memberLost_retries_restCrashes() throws Exception {
    Gate go = Gate.in(tmp, "go");
    Tally begun = Tally.in(tmp, "begun");
    try (TestCluster cluster = new TestCluster()) {
      cluster.member("a", 1);
      try (var pool = cluster.submitter("s")) {
        MapOptions chunk = MapOptions.builder().chunkSize(8).build();
        try (MapResults<Integer> results =
            pool.with(TaskOptions.builder().retries(1).build())
                .map(
                    chunk,
                    value -> {
                      begun.add("e" + value);
                      if (!go.isOpen()) {
                        go.await();
                      } else if (value == 2 || value == 5) {
                        Runtime.getRuntime().halt(1);
                      }
                      return value;
                    },
                    IntStream.range(0, 8).boxed().toList())) {
          await(() -> begun.lines().contains("e0"));
          cluster.cutOff("a");
          go.open();
          cluster.member("b", 1);
          List<Integer> failed = new ArrayList<>();
          int index = 0;
          for (MapResults.Outcome<Integer> outcome : results.outcomes()) {
            if (!outcome.isSuccess()) {
              assertThat(outcome.failure()).isInstanceOf(WorkerCrashedException.class);
              failed.add(index);
            }
            index++;
          }
          assertThat(failed).containsExactly(2, 5);
        }
      }
    }
  }

  @Test
  @DisplayName("a member that nobody hears of: its tasks have ended before others run them anew")
  void cutOff_leaseEnds_thenRunAnew() throws Exception {
    Tally begun = Tally.in(tmp, "begun");
    Tally alive = Tally.in(tmp, "alive");
    try (TestCluster cluster = new TestCluster()) {
      cluster.member("a", 1);
      try (var pool = cluster.submitter("s")) {
        ProcessFuture<Integer> future =
            pool.with(TaskOptions.builder().retries(1).build())
                .submit(
                    () -> {
                      begun.addPid();
                      if (begun.lines().size() == 2) {
                        long first = Long.parseLong(begun.lines().get(0));
                        alive.add(ProcessHandle.of(first).isPresent());
                        return 2;
                      }
                      while (true) { // whatever becomes of its member
                        Thread.onSpinWait();
                      }
                    });
        await(() -> begun.lines().size() == 1);
        await(future::isRunning);
        cluster.silence("a");
        cluster.member("b", 1);
        assertThat(future.result()).isEqualTo(2);
        assertThat(alive.lines()).containsExactly("false");
        assertThat(future.info().attempt()).isEqualTo(2);
      }
    }
  }

  @Test
  @DisplayName("what is on its way for longer than a lease lasts costs nobody the lease")
  void longOnItsWay() throws Exception {
    byte[] large = new byte[12 << 20];
    new Random(5).nextBytes(large);
    try (TestCluster cluster = new TestCluster()) {
      cluster.member("a", 1);
      try (var pool = cluster.submitter("s")) {
        assertThat(pool.submit(() -> 1).result()).isEqualTo(1);
        cluster.network.slowDown(/* bytesPerMilli= */ 1_000); // twelve seconds there, and back
        assertThat(pool.submit(() -> large).result()).isEqualTo(large);
      }
    }
  }

  @Test
  @DisplayName("a member that drains finishes what runs; the rest goes to the others")
  void drain() throws Exception {
    Gate go = Gate.in(tmp, "go");
    try (TestCluster cluster = new TestCluster()) {
      var a = cluster.member("a", 1);
      try (var pool = cluster.submitter("s")) {
        for (int i = 0; i < 100; i++) {
          assertThat(pool.submit(() -> 1).result()).isEqualTo(1);
        }
        ProcessFuture<Long> running = begun(pool, go);
        List<ProcessFuture<Integer>> rest = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
          rest.add(pool.submit(() -> 2));
        }
        a.drain();
        cluster.member("b", 1);
        for (ProcessFuture<Integer> future : rest) {
          assertThat(future.result()).isEqualTo(2);
        }
        assertThat(running.isRunning()).isTrue();
        assertThat(a.isDrained()).isFalse();
        go.open();
        assertThat(running.result()).isPositive();
        await(a::isDrained);
      }
    }
  }

  @Test
  @DisplayName("an operator has a member drained and hears how much is left; nobody else may")
  void drain_byOperator() throws Exception {
    Gate go = Gate.in(tmp, "go");
    List<Integer> told = new CopyOnWriteArrayList<>();
    try (TestCluster cluster = new TestCluster()) {
      var a = cluster.member("a", 1);
      cluster.member("b", 1);
      try (var pool = cluster.submitter("s");
          Operator stranger = Operator.over(cluster.network.link("stranger", false));
          Operator operator = Operator.over(cluster.network.link(MemoryNetwork.TRUSTED, false))) {
        ProcessFuture<Long> running = begun(pool, go);
        ProcessFuture<Long> other = begun(pool, go);
        await(() -> operator.names().equals(List.of("a", "b")) && stranger.names().size() == 2);
        assertThatThrownBy(() -> stranger.drain("a", Duration.ofSeconds(40), told::add))
            .isInstanceOf(IOException.class)
            .hasMessageContaining("nodes' own file");
        assertThatThrownBy(() -> operator.drain("c", Duration.ofSeconds(40), told::add))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("there are [a, b]");
        assertThat(a.isDraining()).isFalse();
        assertThat(operator.drain("a", Duration.ofMillis(500), told::add)).isFalse();
        assertThat(told).contains(1).doesNotContain(0);
        go.open();
        assertThat(operator.drain("a", Duration.ofSeconds(40), told::add)).isTrue();
        await(a::isDrained);
        assertThat(running.result()).isPositive();
        assertThat(other.result()).isPositive();
        assertThat(pool.submit(() -> 1).result()).isEqualTo(1);
      }
    }
  }

  @Test
  @DisplayName("a task over the limit fails alone, with both figures; who sends it yet is refused")
  void tooLarge() throws Exception {
    byte[] large = new byte[(int) TestCluster.MOST_BYTES + 1];
    byte[] fits = new byte[(int) TestCluster.MOST_BYTES - 10_000];
    try (TestCluster cluster = new TestCluster()) {
      cluster.member("a", 1);
      try (var pool = cluster.submitter("s")) {
        ProcessFuture<Integer> future = pool.submit(() -> large.length);
        assertThatThrownBy(future::result)
            .isInstanceOf(RejectedExecutionException.class)
            .hasMessageContaining("nodes take at most 67,108,864");
        assertThat(pool.submit(() -> fits.length).result()).isEqualTo(fits.length);
        assertThat(pool.snapshot().pending()).isZero();
      }
      assertRefused(
          cluster,
          new Frame.Run(1, 1, "t", CallKind.values()[0], 1, 0, 0, 0, false, false, null, large));
      assertRefused(cluster, new Frame.Define(1, new byte[large.length + (16 << 20)]));
      Frame.Run chunk =
          new Frame.Run(1, 1, "t", CallKind.CHUNK, 2, 0, 0, 0, false, false, null, new byte[9]);
      assertRefused(cluster, new Frame.Entrust(chunk));
    }
  }

  /** Says something by hand, and waits to hear that it is not wanted. */
  private static void assertRefused(TestCluster cluster, Frame frame) throws Exception {
    try (ScriptedSubmitter hostile = new ScriptedSubmitter(cluster.network)) {
      hostile.attach();
      hostile.say(frame);
      hostile.await(Frame.Refused.class);
    }
  }

  @Test
  @DisplayName("a task that prints faster than its lines are read waits, and none of them is lost")
  void output_slowListener_backpressure() throws Exception {
    Gate read = Gate.in(tmp, "read");
    Tally printed = Tally.in(tmp, "printed");
    AtomicInteger lines = new AtomicInteger();
    try (TestCluster cluster = new TestCluster()) {
      cluster.member("a", 1);
      try (var pool =
          cluster.submitter(
              ProcessPoolExecutor.builder()
                  .name("s")
                  .outputListener(
                      line -> {
                        read.await();
                        lines.incrementAndGet();
                      }))) {
        ProcessFuture<Integer> printing =
            pool.submit(
                () -> {
                  String line = "x".repeat(10_000);
                  for (int i = 0; i < 2_000; i++) { // twenty megabytes
                    System.out.println(line);
                    if (i % 100 == 0) {
                      printed.add(i);
                    }
                  }
                  return 1;
                });
        await(() -> printed.lines().size() >= 4);
        Awaitility.await()
            .during(Duration.ofSeconds(1))
            .atMost(Duration.ofSeconds(2))
            .until(() -> printed.lines().size() < 10);
        assertThat(printing.isDone()).isFalse();
        read.open();
        assertThat(printing.result()).isEqualTo(1);
        await(() -> lines.get() == 2_000);
      }
    }
  }

  @Test
  @DisplayName("a callback may wait for a task that prints more than is under way at a time")
  void output_callbackWaits() throws Exception {
    ExecutorService callbacks = Executors.newSingleThreadExecutor();
    try (TestCluster cluster = new TestCluster()) {
      cluster.member("a", 1);
      try (var pool =
          cluster.submitter(
              ProcessPoolExecutor.builder()
                  .name("s")
                  .callbackExecutor(callbacks)
                  .outputListener(OutputListener.DISCARD))) {
        CompletableFuture<Integer> waited = new CompletableFuture<>();
        pool.submit(() -> 1)
            .addDoneCallback(
                done -> {
                  try {
                    waited.complete(pool.submit(ClusterIT::printMuch).result());
                  } catch (InterruptedException | RuntimeException e) {
                    waited.completeExceptionally(e);
                  }
                });
        assertThat(waited.get(40, TimeUnit.SECONDS)).isEqualTo(600);
      }
    } finally {
      callbacks.shutdown();
    }
  }

  /** Six megabytes. */
  private static int printMuch() {
    for (int i = 0; i < 600; i++) {
      System.out.println("x".repeat(10_000));
    }
    return 600;
  }

  @Test
  @DisplayName("a submitter that is lost: what it had running is stopped within seconds")
  void submitterLost() throws Exception {
    Tally pids = Tally.in(tmp, "pids");
    try (TestCluster cluster = new TestCluster()) {
      cluster.member("a", 1);
      try (var pool = cluster.submitter("s")) {
        ProcessFuture<Object> spins =
            pool.submit(
                () -> {
                  pids.addPid();
                  while (true) {
                    Thread.onSpinWait();
                  }
                });
        await(() -> pids.lines().size() == 1);
        cluster.cutOff("s");
        long pid = Long.parseLong(pids.lines().get(0));
        await(() -> ProcessHandle.of(pid).isEmpty());
        assertThatThrownBy(spins::result).isInstanceOf(WorkerCrashedException.class);
      }
    }
  }

  @Test
  @DisplayName("a shared value lies in the cluster's memory once, and goes with its close")
  void shared_keptOnce() throws Exception {
    try (TestCluster cluster = new TestCluster()) {
      cluster.member("a", 1);
      cluster.member("b", 1);
      try (var pool = cluster.submitter("s");
          Shared<byte[]> shared = pool.share(new byte[3 << 20])) {
        int pieces = cluster.network.pieces();
        assertThat(pieces).isBetween(3, 4);
        for (int i = 0; i < 10; i++) {
          assertThat(pool.submit(() -> shared.get().length).result()).isEqualTo(3 << 20);
        }
        assertThat(cluster.network.pieces()).isEqualTo(pieces);
        shared.close();
        await(() -> cluster.network.pieces() == 0);
      }
    }
  }

  @Test
  @DisplayName("one that the cluster has lost is kept again for members that come later")
  void shared_keptAgain() throws Exception {
    try (TestCluster cluster = new TestCluster()) {
      cluster.member("a", 1);
      try (var pool = cluster.submitter("s");
          Shared<String> shared = pool.share("model").preload()) {
        assertThat(pool.submit(() -> shared.get()).result()).isEqualTo("model");
        cluster.network.loseMemory();
        cluster.member("b", 1);
        cluster.cutOff("a");
        assertThat(
                pool.with(TaskOptions.builder().retries(1).build())
                    .submit(() -> shared.get())
                    .result())
            .isEqualTo("model");
        assertThat(cluster.network.pieces()).isEqualTo(1);
      }
    }
  }

  @Test
  @DisplayName("shutdown lets end what it has; shutdownNow gives back what never began")
  void shutdown() throws Exception {
    Gate go = Gate.in(tmp, "go");
    try (TestCluster cluster = new TestCluster()) {
      cluster.member("a", 1);
      var pool = cluster.submitter("s");
      ProcessFuture<Integer> last = pool.submit(() -> 3);
      pool.shutdown();
      assertThatThrownBy(() -> pool.submit(() -> 1)).isInstanceOf(RejectedExecutionException.class);
      assertThat(pool.awaitTermination(40, TimeUnit.SECONDS)).isTrue();
      assertThat(last.result()).isEqualTo(3);
      var second = cluster.submitter("t");
      ProcessFuture<Long> running = begun(second, go);
      ProcessFuture<Integer> waiting = second.submit(() -> 1);
      List<Runnable> never = second.shutdownNow();
      assertThat(never).hasSize(1);
      assertThat(waiting.isCancelled()).isTrue();
      assertThat(running.isCancelled()).isTrue();
      assertThat(second.awaitTermination(40, TimeUnit.SECONDS)).isTrue();
    }
  }
}
