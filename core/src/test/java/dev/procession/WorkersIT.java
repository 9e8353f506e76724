package dev.procession;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.testing.ChildJvm;
import dev.procession.testing.Gate;
import dev.procession.testing.NoLeaks;
import dev.procession.testing.Pools;
import dev.procession.testing.Tally;
import dev.procession.testing.Workers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When workers are started, reused, replaced and ended; issue 2, item 2. */
@NoLeaks
class WorkersIT {
  @TempDir Path tmp;

  private static List<Long> pids(ProcessPoolExecutor pool) {
    return pool.snapshot().workers().stream().map(WorkerSnapshot::pid).toList();
  }

  private static void awaitIdle(ProcessPoolExecutor pool, int workers) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(40))
        .until(
            () -> {
              List<WorkerSnapshot> now = pool.snapshot().workers();
              return now.size() == workers
                  && now.stream().allMatch(worker -> worker.state() == WorkerState.IDLE);
            });
  }

  /* ---- On demand ---- */

  @Test
  @DisplayName("P7: tasks one after another run in one process")
  void oneProcess() throws Exception {
    try (var pool = Pools.of(3)) {
      Set<Long> pids = new HashSet<>();
      for (int i = 0; i < 3; i++) {
        pids.add(pool.submit(Pools::pid).get());
      }
      assertThat(pids).hasSize(1).doesNotContain(Pools.pid());
      assertThat(Workers.live()).hasSize(1);
    }
  }

  @Test
  @DisplayName("P7: a second process starts when the first is busy, and no third while one is free")
  void secondWhenBusy() throws Exception {
    try (var pool = Pools.of(3)) {
      Gate begun = Gate.in(tmp, "begun");
      Gate go = Gate.in(tmp, "go");
      var blocked =
          pool.submit(
              () -> {
                begun.open();
                go.await();
                return Pools.pid();
              });
      begun.await();
      long second = pool.submit(Pools::pid).get();
      assertThat(pool.submit(Pools::pid).get()).isEqualTo(second);
      go.open();
      assertThat(blocked.get()).isNotEqualTo(second);
      assertThat(Workers.live()).hasSize(2);
    }
  }

  @Test
  @DisplayName("P11: however many tasks block, there are as many processes as workers")
  void saturated() throws Exception {
    try (var pool = Pools.of(3)) {
      Gate go = Gate.in(tmp, "go");
      Tally begun = Tally.in(tmp, "begun");
      List<ProcessFuture<Void>> futures = new ArrayList<>();
      for (int i = 0; i < 45; i++) {
        futures.add(
            pool.submit(
                () -> {
                  begun.addPid();
                  go.await();
                }));
      }
      Awaitility.await().atMost(Duration.ofSeconds(40)).until(() -> begun.lines().size() == 3);
      assertThat(Workers.live()).hasSize(3);
      assertThat(pool.snapshot().running()).isEqualTo(3);
      assertThat(pool.snapshot().pending()).isEqualTo(42);
      go.open();
      assertThat(ProcessFutures.await(futures, ReturnWhen.ALL_COMPLETED).done()).hasSize(45);
      assertThat(Set.copyOf(begun.lines())).hasSize(3);
    }
  }

  static final class AsManyAsProcessors {
    public static void main(String[] args) throws Exception {
      Tally begun = new Tally(args[0]);
      Gate go = new Gate(args[1]);
      try (var pool = ProcessPoolExecutor.create()) {
        for (int i = 0; i < 5; i++) {
          pool.submit(
              () -> {
                begun.addPid();
                go.await();
              });
        }
        Awaitility.await()
            .atMost(Duration.ofSeconds(30))
            .until(() -> pool.snapshot().running() == 3);
        System.out.println("workers " + pool.snapshot().workers().size());
        System.out.println("waiting " + pool.snapshot().pending());
        go.open();
      }
      System.out.println("used " + Set.copyOf(begun.lines()).size());
    }
  }

  @Test
  @DisplayName("L1: by default there are as many workers as the JVM has processors")
  void defaultWorkers() throws Exception {
    List<String> options = List.of("-XX:ActiveProcessorCount=3");
    String begun = Tally.in(tmp, "begun").file();
    String go = Gate.in(tmp, "go").file();
    try (var child = ChildJvm.run(options, AsManyAsProcessors.class, begun, go)) {
      assertThat(child.awaitLine("workers ")).isEqualTo("3");
      assertThat(child.awaitLine("waiting ")).isEqualTo("2");
      assertThat(child.awaitLine("used ")).isEqualTo("3");
      assertThat(child.awaitExit()).isZero();
    }
  }

  @Test
  @DisplayName(
      "P8, P10: minWorkers start with the pool; beyond them the idle end after idleTimeout")
  void minWorkersAndShrink() throws Exception {
    try (var pool = Pools.builder(3).minWorkers(1).idleTimeout(Duration.ofMillis(300)).build()) {
      awaitIdle(pool, 1);
      Gate go = Gate.in(tmp, "go");
      List<ProcessFuture<Long>> futures =
          IntStream.range(0, 3)
              .mapToObj(
                  i ->
                      pool.submit(
                          () -> {
                            go.await();
                            return Pools.pid();
                          }))
              .toList();
      Awaitility.await().atMost(Duration.ofSeconds(40)).until(() -> pool.snapshot().running() == 3);
      go.open();
      Set<Long> used = new HashSet<>();
      for (ProcessFuture<Long> future : futures) {
        used.add(future.get());
      }
      awaitIdle(pool, 1);
      assertThat(Workers.live()).hasSize(1);
      assertThat(used).hasSize(3).contains(Workers.live().get(0).pid());
      assertThat(pool.snapshot().restarts()).isZero();
    }
  }

  @Test
  @DisplayName("P10: without minWorkers an idle pool has no process, and the next task starts one")
  void shrinksToNothing() throws Exception {
    try (var pool = Pools.builder(1).idleTimeout(Duration.ofMillis(100)).build()) {
      long first = pool.submit(Pools::pid).get();
      Awaitility.await().until(() -> Workers.live().isEmpty());
      assertThat(pool.submit(Pools::pid).get()).isNotEqualTo(first);
    }
  }

  @Test
  @DisplayName("A spare is started with the pool, takes no task, and steps in for a lost worker")
  void spare() throws Exception {
    try (var pool = Pools.builder(1).spareWorkers(1).build()) {
      long first = pool.submit(Pools::pid).get();
      awaitSpare(pool);
      long spare =
          pool.snapshot().workers().stream()
              .filter(WorkerSnapshot::spare)
              .findFirst()
              .orElseThrow()
              .pid();
      // The first task may itself have been given to a spare that was ready before.
      assertThat(spare).isNotEqualTo(first);
      var fatal = pool.submit(() -> Runtime.getRuntime().halt(1));
      assertThat(fatal.exception()).containsInstanceOf(WorkerCrashedException.class);
      assertThat(pool.submit(Pools::pid).get()).isEqualTo(spare);
      awaitSpare(pool);
    }
  }

  private static final class OfTasks {
    static {
      System.out.println("initialized");
    }

    static Task<Long> pid() {
      return () -> ProcessHandle.current().pid();
    }
  }

  @Test
  @DisplayName("A spare loads what the pool's tasks need, and initializes nothing of it")
  void spareIsPrepared() throws Exception {
    Queue<OutputLine> lines = new ConcurrentLinkedQueue<>();
    try (var pool =
        Pools.builder(1)
            .spareWorkers(1)
            .jvmArgs("-Xlog:class+load:stdout")
            .outputListener(lines::add)
            .build()) {
      awaitSpare(pool);
      long first = pool.submit(OfTasks.pid()).get();
      long second = awaitSpareThatLoaded(lines, first);
      assertThat(texts(lines, second)).doesNotContain("initialized");
      assertThat(pool.submit(() -> Runtime.getRuntime().halt(1)).exception()).isPresent();
      assertThat(pool.submit(OfTasks.pid()).get()).isEqualTo(second);
      Awaitility.await().until(() -> texts(lines, second).contains("initialized"));
      long third = awaitSpareThatLoaded(lines, first, second); // one that starts is told as well
      assertThat(texts(lines, third)).doesNotContain("initialized");
    }
  }

  private static long awaitSpareThatLoaded(Queue<OutputLine> lines, Long... others) {
    return Awaitility.await()
        .atMost(Duration.ofSeconds(40))
        .until(
            () ->
                lines.stream()
                    .filter(line -> line.text().contains(OfTasks.class.getName() + " source:"))
                    .map(OutputLine::pid)
                    .filter(pid -> !List.of(others).contains(pid))
                    .findFirst(),
            Optional::isPresent)
        .orElseThrow();
  }

  private static List<String> texts(Queue<OutputLine> lines, long pid) {
    return lines.stream().filter(line -> line.pid() == pid).map(OutputLine::text).toList();
  }

  private static void awaitSpare(ProcessPoolExecutor pool) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(40))
        .until(
            () ->
                pool.snapshot().workers().stream()
                    .anyMatch(worker -> worker.spare() && worker.state() == WorkerState.IDLE));
  }

  /* ---- Task limit ---- */

  @Test
  @DisplayName("T3: a worker serves exactly maxTasksPerWorker tasks, failing ones counted")
  void taskLimit() throws Exception {
    try (var pool = Pools.builder(1).maxTasksPerWorker(3).build()) {
      Tally ran = Tally.in(tmp, "ran");
      for (int i = 0; i < 9; i++) {
        boolean fails = i % 2 == 0;
        var future =
            pool.submit(
                () -> {
                  ran.addPid();
                  if (fails) {
                    throw new IllegalStateException("counts too");
                  }
                });
        assertThat(future.exception()).matches(failure -> failure.isPresent() == fails);
      }
      assertExactRuns(ran.lines(), 3, 3);
    }
  }

  @Test
  @DisplayName("T3: exactly so with many tasks waiting, which could be prefetched")
  void taskLimitWithPrefetch() throws Exception {
    try (var pool = Pools.builder(1).maxTasksPerWorker(40).build()) {
      List<ProcessFuture<Long>> futures = new ArrayList<>();
      for (int i = 0; i < 120; i++) {
        futures.add(pool.submit(Pools::pid));
      }
      List<String> pids = new ArrayList<>();
      for (ProcessFuture<Long> future : futures) {
        pids.add(String.valueOf(future.get()));
      }
      assertExactRuns(pids, 40, 3);
    }
  }

  @Test
  @DisplayName("T4: each element of a map counts as a task, whatever the chunk")
  void elementsCount() throws Exception {
    try (var pool = Pools.builder(1).maxTasksPerWorker(7).build()) {
      List<Integer> inputs = IntStream.range(0, 21).boxed().toList();
      MapOptions inFives = MapOptions.builder().chunkSize(5).build();
      List<String> pids = new ArrayList<>();
      try (var results = pool.map(inFives, (Integer input) -> input + "/" + Pools.pid(), inputs)) {
        for (String result : results) {
          assertThat(result).startsWith(pids.size() + "/");
          pids.add(result.substring(result.indexOf('/') + 1));
        }
      }
      assertExactRuns(pids, 7, 3);
    }
  }

  @Test
  @DisplayName(
      "The replacement of a worker at its limit waits until that one has ended its last task")
  void limitKeepsNumberOfWorkers() throws Exception {
    try (var pool = Pools.builder(1).maxTasksPerWorker(1).spareWorkers(1).build()) {
      awaitSpare(pool);
      Gate go = Gate.in(tmp, "go");
      Tally begun = Tally.in(tmp, "begun");
      VoidTask task =
          () -> {
            begun.addPid();
            go.await();
          };
      var first = pool.submit(task);
      var second = pool.submit(task);
      awaitSpare(pool);
      Awaitility.await()
          .during(Duration.ofMillis(300))
          .until(() -> begun.lines().size() <= 1 && !second.isRunning());
      go.open();
      first.get();
      second.get();
      assertThat(begun.lines()).hasSize(2).doesNotHaveDuplicates();
    }
  }

  @Test
  @DisplayName("T5: the exit handlers of a worker at its limit are run, and nobody waits for them")
  void limitAndExitHandlers() throws Exception {
    Gate go = Gate.in(tmp, "go");
    Tally handled = Tally.in(tmp, "handled");
    try (var pool = Pools.builder(1).maxTasksPerWorker(1).build()) {
      long first =
          pool.submit(
                  () -> {
                    Runnable handler =
                        () -> {
                          go.await();
                          handled.addPid();
                        };
                    Runtime.getRuntime().addShutdownHook(new Thread(handler));
                    return Pools.pid();
                  })
              .get();
      assertThat(pool.submit(Pools::pid).get(40, TimeUnit.SECONDS)).isNotEqualTo(first);
      assertThat(handled.lines()).isEmpty();
      go.open();
      Awaitility.await().until(() -> handled.lines().equals(List.of(Long.toString(first))));
    }
  }

  private static void assertExactRuns(List<String> pids, int length, int runs) {
    assertThat(pids).hasSize(length * runs);
    assertThat(Set.copyOf(pids)).hasSize(runs);
    for (int i = 0; i < pids.size(); i++) {
      assertThat(pids.get(i)).isEqualTo(pids.get(i - i % length));
    }
  }

  @Test
  @DisplayName("B4, B5: a worker that dies is replaced, and the pool goes on")
  void replaced() throws Exception {
    try (var pool = Pools.of(1)) {
      long first = pool.submit(Pools::pid).get();
      var fatal = pool.submit(() -> Runtime.getRuntime().halt(7));
      assertThatThrownBy(fatal::get)
          .isInstanceOf(ExecutionException.class)
          .cause()
          .isInstanceOf(WorkerCrashedException.class)
          .hasMessageContaining("pid " + first)
          .hasMessageContaining("exit code 7");
      assertThat(pool.submit(Pools::pid).get()).isNotEqualTo(first);
      assertThat(pool.snapshot().restarts()).isEqualTo(1);
    }
  }

  /* ---- Initializer ---- */

  @Test
  @DisplayName(
      "I1, I2: the initializer runs once in each worker, before its tasks, and in replacements")
  void initializer() throws Exception {
    Tally events = Tally.in(tmp, "events");
    try (var pool =
        Pools.builder(1)
            .maxTasksPerWorker(2)
            .initializer(() -> events.add("init " + Pools.pid()))
            .build()) {
      for (int i = 0; i < 4; i++) {
        pool.submit(() -> events.add("task " + Pools.pid())).get();
      }
    }
    List<String> lines = events.lines();
    assertThat(lines).hasSize(6);
    for (int worker = 0; worker < 2; worker++) {
      String pid = lines.get(worker * 3).substring("init ".length());
      assertThat(lines.subList(worker * 3, worker * 3 + 3))
          .containsExactly("init " + pid, "task " + pid, "task " + pid);
    }
  }

  @Test
  @DisplayName("I1: what the initializer sets in static fields its worker's tasks see")
  void initializerSetsState() throws Exception {
    try (var pool =
        Pools.builder(1).initializer(() -> System.setProperty("procession.it", "set")).build()) {
      assertThat(pool.submit(() -> System.getProperty("procession.it")).get()).isEqualTo("set");
      assertThat(System.getProperty("procession.it")).isNull();
    }
  }

  @Test
  @DisplayName("I5: a failed initializer fails the tasks with WorkerStartException, cause its own")
  void initializerFails() throws Exception {
    try (var pool =
        Pools.builder(2)
            .initializer(
                () -> {
                  throw new IllegalStateException("no codec", new IOException("missing"));
                })
            .build()) {
      var first = pool.submit(() -> 1);
      var second = pool.submit(() -> 2);
      for (var future : List.of(first, second)) {
        assertThatThrownBy(() -> future.get(50, TimeUnit.SECONDS))
            .isInstanceOf(ExecutionException.class)
            .cause()
            .isInstanceOf(WorkerStartException.class)
            .hasMessageContaining("could not be started")
            .hasMessageContaining("no codec")
            .cause()
            .isInstanceOf(IllegalStateException.class)
            .hasMessage("no codec")
            .hasRootCauseInstanceOf(IOException.class);
      }
    }
  }

  @Test
  @DisplayName("I6: once the initializer succeeds the pool works again")
  void initializerRecovers() throws Exception {
    Gate repaired = Gate.in(tmp, "repaired");
    try (var pool =
        Pools.builder(1)
            .initializer(
                () -> {
                  if (!repaired.isOpen()) {
                    throw new IllegalStateException("not yet");
                  }
                })
            .build()) {
      assertThat(pool.submit(() -> 1).exception()).containsInstanceOf(WorkerStartException.class);
      repaired.open();
      assertThat(pool.submit(() -> 2).get()).isEqualTo(2);
    }
  }

  @Test
  @DisplayName(
      "T9, B10: where one worker cannot start but another can, the other does all the work")
  void oneOfTwoFails() throws Exception {
    String taken = tmp.resolve("taken").toString();
    Gate failed = Gate.in(tmp, "failed");
    PoolListener listener =
        new PoolListener() {
          @Override
          public void workerEnded(String pool, CrashReport report) {
            failed.open();
          }
        };
    try (var pool =
        Pools.builder(2)
            .listener(listener)
            .initializer(
                () -> {
                  try {
                    Files.createFile(Path.of(taken));
                    failed.await();
                  } catch (FileAlreadyExistsException e) {
                    throw new IllegalStateException("only one of us");
                  } catch (IOException e) {
                    throw new UncheckedIOException(e);
                  }
                })
            .build()) {
      List<ProcessFuture<Long>> futures =
          IntStream.range(0, 10).mapToObj(i -> pool.submit(Pools::pid)).toList();
      Set<Long> pids = new HashSet<>();
      for (ProcessFuture<Long> future : futures) {
        pids.add(future.get());
      }
      assertThat(pids).hasSize(1);
    }
  }

  @Test
  @DisplayName("An initializer that hangs is given startTimeout, then fails the tasks")
  void initializerHangs() throws Exception {
    Gate never = Gate.in(tmp, "never");
    try (var pool =
        Pools.builder(1)
            .startTimeout(Duration.ofSeconds(2))
            .initializer(never::awaitUninterruptibly)
            .build()) {
      var future = pool.submit(() -> 1);
      assertThat(future.exception())
          .get()
          .isInstanceOf(WorkerStartException.class)
          .asString()
          .contains("start timeout of 2 s")
          .contains("initializer");
    }
  }

  @Test
  @DisplayName(
      "An initializer that ends its JVM fails the tasks, with the exit code and last output")
  void initializerHalts() throws Exception {
    try (var pool =
        Pools.builder(1)
            .initializer(
                () -> {
                  System.err.println("last words");
                  Runtime.getRuntime().halt(9);
                })
            .build()) {
      assertThat(pool.submit(() -> 1).exception())
          .get()
          .isInstanceOf(WorkerStartException.class)
          .asString()
          .contains("before it was ready")
          .contains("exit code 9")
          .contains("last words");
    }
  }

  @Test
  @DisplayName("I4, B3: an Error counts as well, and each task fails with an exception of its own")
  void initializerThrowsError() throws Exception {
    try (var pool =
        Pools.builder(1)
            .name("erring")
            .initializer(
                () -> {
                  throw new AssertionError("not this way");
                })
            .build()) {
      List<Throwable> failures = new ArrayList<>();
      for (var future : List.of(pool.submit(() -> 1), pool.submit(() -> 2))) {
        failures.add(future.exception(Duration.ofSeconds(50)).orElseThrow());
      }
      assertThat(failures)
          .allSatisfy(
              failure ->
                  assertThat(failure)
                      .isInstanceOf(WorkerStartException.class)
                      .hasMessageContaining("of pool 'erring' could not be started")
                      .hasCauseExactlyInstanceOf(AssertionError.class)
                      .hasRootCauseMessage("not this way"));
      assertThat(failures.get(0)).isNotSameAs(failures.get(1));
    }
  }

  @Test
  @DisplayName("minWorkers that cannot start are tried again with growing pauses, not in a loop")
  void failingStartsArePaused() throws Exception {
    Tally tries = Tally.in(tmp, "tries");
    try (var pool =
        Pools.builder(1)
            .minWorkers(1)
            .initializer(
                () -> {
                  tries.add(System.nanoTime()); // one clock for all processes of a machine
                  throw new IllegalStateException("never");
                })
            .build()) {
      Awaitility.await().atMost(Duration.ofSeconds(50)).until(() -> tries.lines().size() == 5);
      long fourth = Long.parseLong(tries.lines().get(3));
      long fifth = Long.parseLong(tries.lines().get(4));
      assertThat(Duration.ofNanos(fifth - fourth)).isGreaterThan(Duration.ofMillis(800));
    }
  }

  @Test
  @DisplayName("An initializer that cannot cross fails build(), and nothing is left")
  void initializerCannotCross() {
    Thread live = new Thread("alive");
    assertThatThrownBy(() -> Pools.builder(1).initializer(live::start).build())
        .isInstanceOf(TaskNotSerializableException.class)
        .hasMessageContaining("java.lang.Thread");
  }

  /* ---- Events ---- */

  @Test
  @DisplayName("The listener hears of workers and tasks, in order, and may throw")
  void listener() throws Exception {
    List<String> events = new CopyOnWriteArrayList<>();
    PoolListener listener =
        new PoolListener() {
          @Override
          public void workerReady(String pool, WorkerSnapshot worker) {
            events.add(pool + " ready " + worker.pid());
            throw new IllegalStateException("a listener's own fault");
          }

          @Override
          public void workerEnded(String pool, CrashReport report) {
            events.add(pool + " ended " + report.pid() + " " + report.reason());
          }

          @Override
          public void taskDone(String pool, TaskStory story) {
            events.add(pool + " task " + story.name() + " " + story.state());
          }
        };
    long first;
    long second;
    try (var pool = Pools.builder(1).name("heard").listener(listener).build()) {
      first = pool.submit(Pools::pid).get();
      var fatal =
          pool.with(TaskOptions.builder().name("fatal").build())
              .submit(() -> Runtime.getRuntime().halt(3));
      assertThat(fatal.exception()).isPresent();
      second = pool.submit(Pools::pid).get();
    }
    String lambda = "WorkersIT.lambda";
    Awaitility.await().until(() -> events.size() == 7);
    assertThat(events)
        .containsSubsequence(
            "heard ready " + first,
            "heard task " + lambda + " SUCCEEDED",
            "heard ready " + second,
            "heard task " + lambda + " SUCCEEDED",
            "heard ended " + second + " RETIRED")
        .contains("heard task fatal FAILED", "heard ended " + first + " EXIT_CALLED");
  }

  private static String meet(String directory, int all) throws Exception {
    Path here = Path.of(directory);
    Files.createTempFile(here, "here", "");
    while (true) {
      try (var present = Files.list(here)) {
        if (present.count() >= all) {
          return "met";
        }
      }
      Thread.sleep(5);
    }
  }

  @Test
  @DisplayName(
      "short tasks wake no more workers than there are processors; longer ones after them do")
  void shortTasks_thenTasksThatNeedEachOther_allBegin() throws Exception {
    int workers = Runtime.getRuntime().availableProcessors() + 4;
    String directory = tmp.toString();
    try (var pool = Pools.builder(workers).minWorkers(workers).build()) {
      List<ProcessFuture<Integer>> shortOnes = new ArrayList<>();
      for (int i = 0; i < 20_000; i++) {
        int k = i;
        shortOnes.add(pool.submit(() -> k));
      }
      for (ProcessFuture<Integer> future : shortOnes) {
        future.get();
      }
      List<ProcessFuture<String>> meeting = new ArrayList<>();
      for (int i = 0; i < workers; i++) {
        meeting.add(pool.submit(() -> meet(directory, workers)));
      }
      for (ProcessFuture<String> future : meeting) {
        assertThat(future.get(30, TimeUnit.SECONDS)).isEqualTo("met");
      }
    }
  }

  @Test
  @DisplayName("among short tasks, ones that block hold up no other while a worker is free")
  void shortTasks_someBlock_othersGoOn() throws Exception {
    Gate go = Gate.in(tmp, "go");
    try (var pool = Pools.builder(4).minWorkers(4).build()) {
      for (int i = 0; i < 5_000; i++) {
        int k = i;
        assertThat(pool.submit(() -> k).get()).isEqualTo(k);
      }
      List<ProcessFuture<Integer>> blocked = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        int k = i;
        blocked.add(
            pool.submit(
                () -> {
                  go.await();
                  return k;
                }));
        for (int j = 0; j < 1_000; j++) {
          assertThat(pool.submit(() -> k).get(30, TimeUnit.SECONDS)).isEqualTo(k);
        }
      }
      assertThat(blocked).noneMatch(ProcessFuture::isDone);
      go.open();
      for (ProcessFuture<Integer> future : blocked) {
        future.get(30, TimeUnit.SECONDS);
      }
    }
  }
}
