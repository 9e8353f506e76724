package dev.procession.examples;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.procession.MapOptions;
import dev.procession.MapResults;
import dev.procession.OutputListener;
import dev.procession.ProcessFuture;
import dev.procession.ProcessPoolExecutor;
import dev.procession.ShutdownOptions;
import dev.procession.TaskCheck;
import dev.procession.TaskOptions;
import dev.procession.TaskState;
import dev.procession.TaskStory;
import dev.procession.WaitTimeoutException;
import dev.procession.WhenFull;
import java.io.ObjectInputFilter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The snippets of the pages under {@code docs}, run. {@code DocsTest} compares the texts. */
class DocsSnippetsIT {
  private static ProcessPoolExecutor pool;

  @BeforeAll
  static void build() {
    pool = ProcessPoolExecutor.create(2);
  }

  @AfterAll
  static void close() {
    pool.close();
  }

  @Test
  void asking() throws Exception {
    // @start region=ask
    ProcessFuture<Integer> future = pool.submit(() -> 6 * 7);
    int value = future.result(); // the value, or what the task threw, as it is
    int again = future.get(60, SECONDS); // the same as java.util.concurrent.Future has it
    Optional<Throwable> failure = future.exception(); // empty: it did not fail
    TaskStory story = future.info(); // name, times, worker pid, bytes, processor time
    // @end
    assertThat(value).isEqualTo(again).isEqualTo(42);
    assertThat(failure).isEmpty();
    assertThat(story.state()).isEqualTo(TaskState.SUCCEEDED);
    assertThat(story.workerPid()).isPositive();
  }

  @Test
  void callback() {
    AtomicReference<String> log = new AtomicReference<>();
    // @start region=callback
    ProcessFuture<Integer> length = pool.submit(String::length, "procession");
    length.addDoneCallback(done -> log.set(done.info().name() + " is " + done.taskState()));
    // @end
    await().untilAsserted(() -> assertThat(log.get()).endsWith(" is SUCCEEDED"));
  }

  @Test
  void stage() throws Exception {
    // @start region=stage
    ProcessFuture<Integer> width = pool.submit(() -> 6);
    ProcessFuture<Integer> height = pool.submit(() -> 7);
    CompletionStage<String> area = width.thenCombine(height, (w, h) -> w * h + " square metres");
    // @end
    assertThat(area.toCompletableFuture().get(60, SECONDS)).isEqualTo("42 square metres");
  }

  @Test
  void mapWithDeadlines() {
    List<Integer> results = new ArrayList<>();
    // @start region=map-deadlines
    var perElement = TaskOptions.builder().name("page").timeout(Duration.ofSeconds(5)).build();
    var altogether = MapOptions.builder().timeout(Duration.ofMinutes(1)).build();
    try (MapResults<Integer> pages =
        pool.with(perElement).map(altogether, page -> page * 2, List.of(1, 2, 3))) {
      pages.forEach(results::add);
    } catch (WaitTimeoutException e) {
      System.err.println(e.getMessage()); // the minute is over; what was left is cancelled
    }
    // @end
    assertThat(results).containsExactly(2, 4, 6);
  }

  @Test
  void builder(@TempDir Path workDirectory) throws Exception {
    // @start region=builder
    try (var thumbs =
        ProcessPoolExecutor.builder()
            .name("thumbs")
            .workers(4)
            .maxHeap("512m")
            .taskTimeout(Duration.ofSeconds(30))
            .maxTasksPerWorker(1_000)
            .initializer(() -> System.setProperty("java.awt.headless", "true"))
            .maxPending(10_000)
            .whenFull(WhenFull.REJECT)
            .environment("LC_ALL", "C.UTF-8")
            .workingDirectory(workDirectory)
            .build()) {
      ProcessFuture<String> headless = thumbs.submit(() -> System.getProperty("java.awt.headless"));
      System.out.println(headless.result());
    }
    // @end
  }

  @Test
  void output() throws Exception {
    List<String> log = Collections.synchronizedList(new ArrayList<>());
    // @start region=output
    OutputListener toLog = line -> log.add(line.pid() + " " + line.taskName() + ": " + line.text());
    try (var talkative = ProcessPoolExecutor.builder().outputListener(toLog).build()) {
      talkative
          .with(TaskOptions.builder().name("page 7").build())
          .submit(() -> System.out.println("rendered"))
          .result();
    } // after close() every line has been passed on
    // @end
    assertThat(log).singleElement().asString().matches("[0-9]+ page 7: rendered");
  }

  @Test
  void shutdown() throws Exception {
    // @start region=shutdown
    var workers = ProcessPoolExecutor.create(2);
    workers.submit(Hangs::forTenMinutes);
    var atMostASecond =
        ShutdownOptions.builder().cancelPending(true).killAfter(Duration.ofSeconds(1)).build();
    boolean allRan = workers.shutdown(atMostASecond); // false if a begun task was cut off
    // @end
    assertThat(workers.isTerminated()).isTrue();
  }

  @Test
  void inProcess() throws Exception {
    // @start region=in-process
    try (var here = ProcessPoolExecutor.inProcess()) {
      long pid = here.submit(() -> ProcessHandle.current().pid()).result();
      System.out.println(pid == ProcessHandle.current().pid()); // true
    }
    // @end
  }

  @Test
  void filter() throws Exception {
    // @start region=filter
    ObjectInputFilter reports =
        ObjectInputFilter.Config.createFilter(
            "com.acme.report.*;java.base/*;!*;maxdepth=20;maxarray=100000;maxbytes=10000000");
    try (var careful = ProcessPoolExecutor.builder().workers(1).resultFilter(reports).build()) {
      System.out.println(careful.submit(() -> List.of("harmless")).result());
    }
    // @end
  }

  @Test
  void check() {
    byte[] font = new byte[200_000];
    // @start region=check
    TaskCheck check = pool.verify(() -> font.length);
    System.out.println(check);
    // @end
    assertThat(check.toString())
        .matches(
            "lambda at DocsSnippetsIT.java:[0-9]+: 200011 bytes\n"
                + "  captured argument 0 \\(byte\\[]\\): 200001 bytes\n"
                + "  warning: captured argument 0 \\(byte\\[]\\) takes 200001 bytes with every task: share"
                + " it once \\(pool.share\\), or have the task read it");
  }

  /** A task that will not end by itself in any test. */
  private static final class Hangs {
    static int forTenMinutes() throws InterruptedException {
      Thread.sleep(600_000);
      return 0;
    }
  }
}
