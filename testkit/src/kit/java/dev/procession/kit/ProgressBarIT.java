package dev.procession.kit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.Completions;
import dev.procession.MapResults;
import dev.procession.ProcessExecutorService;
import dev.procession.ProcessFuture;
import dev.procession.ProcessFutures;
import dev.procession.ProgressBar;
import dev.procession.ReturnWhen;
import dev.procession.TaskOptions;
import dev.procession.testing.NoLeaks;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A progress bar over what a pool of processes does. */
@NoLeaks
class ProgressBarIT {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);

  private String lastLine() {
    List<String> lines = bytes.toString(StandardCharsets.UTF_8).lines().toList();
    return lines.get(lines.size() - 1);
  }

  private ProgressBar.Builder bar() {
    return ProgressBar.builder().output(out);
  }

  private static int notThree(int value) {
    if (value == 3) {
      throw new IllegalArgumentException("three");
    }
    return value;
  }

  @Test
  @DisplayName("elements of a map are counted as they are taken, failed ones as such")
  void map_oneFails_countedAsFailed() {
    try (var pool = Kit.pool(1)) {
      try (ProgressBar bar = bar().total(10).start();
          MapResults<Integer> results =
              bar.watch(
                  pool.map(ProgressBarIT::notThree, IntStream.range(0, 10).boxed().toList()))) {
        int failures = 0;
        for (MapResults.Outcome<Integer> outcome : results.outcomes()) {
          failures += outcome.isSuccess() ? 0 : 1;
        }
        assertThat(failures).isEqualTo(1);
      }
    }
    assertThat(lastLine()).startsWith("100%  10/10  ").endsWith("  1 failed").contains("took 0:");
  }

  @Test
  @DisplayName("an iterator that throws an element's exception has counted it")
  void map_iteratorThrows_counted() {
    try (var pool = Kit.pool(1);
        ProgressBar bar = bar().start();
        MapResults<Integer> results = bar.watch(pool.map(ProgressBarIT::notThree, List.of(3, 4)))) {
      assertThatThrownBy(() -> results.iterator().next()).hasMessage("three");
      assertThat(results.iterator().next()).isEqualTo(4);
      bar.close();
      assertThat(lastLine()).startsWith("2  ").endsWith("  1 failed");
    }
  }

  @Test
  @DisplayName("the total of watched futures grows with them, each name has its line")
  void futures_twoNames_aLineEach() throws InterruptedException {
    try (var pool = Kit.pool(1);
        ProgressBar bar = bar().label("all").byName().start()) {
      ProcessExecutorService pages = pool.with(TaskOptions.builder().name("page").build());
      ProcessExecutorService images = pool.with(TaskOptions.builder().name("image").build());
      List<ProcessFuture<Integer>> futures = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        int number = i;
        futures.add(pages.submit(() -> notThree(number)));
      }
      futures.add(images.submit(() -> 1));
      bar.watch(futures);
      var unused = ProcessFutures.await(futures, ReturnWhen.ALL_COMPLETED);
      pool.shutdown();
      assertThat(pool.awaitTermination(1, java.util.concurrent.TimeUnit.MINUTES)).isTrue();
    }
    assertThat(bytes.toString(StandardCharsets.UTF_8).lines())
        .anyMatch(line -> line.startsWith("image 100%  1/1  "))
        .anyMatch(line -> line.startsWith("page  100%  4/4  ") && line.endsWith("  1 failed"));
    assertThat(lastLine()).startsWith("all   100%  5/5  ");
  }

  @Test
  @DisplayName("a bar that ends counts what is done, also where callbacks have not run, and once")
  void close_callbacksLate_countsWhatIsDone() throws InterruptedException {
    List<Runnable> late = new ArrayList<>();
    try (var pool = Kit.pool(1, options -> options.callbackExecutor(late::add))) {
      ProgressBar bar = bar().start();
      List<ProcessFuture<Integer>> futures = List.of(pool.submit(() -> 1), pool.submit(() -> 2));
      bar.watch(futures);
      var unused = ProcessFutures.await(futures, ReturnWhen.ALL_COMPLETED);
      bar.close();
      assertThat(lastLine()).startsWith("100%  2/2  ");
    }
    assertThat(late).isNotEmpty();
    late.forEach(Runnable::run);
  }

  @Test
  @DisplayName("futures of asCompleted are counted as they are given, added ones too")
  void asCompleted_added_counted() {
    try (var pool = Kit.pool(1)) {
      try (ProgressBar bar = bar().start();
          Completions<Integer> done =
              bar.watch(ProcessFutures.asCompleted(List.of(pool.submit(() -> 1))))) {
        boolean added = false;
        for (ProcessFuture<Integer> future : done) {
          assertThat(future.isDone()).isTrue();
          if (!added) {
            done.add(pool.submit(() -> 2));
            added = true;
          }
        }
      }
    }
    assertThat(lastLine()).startsWith("100%  2/2  ");
  }

  @Test
  @DisplayName("lines that are said stand between, NONE says nothing, totals are checked")
  void options_bad_namedInTheMessage() {
    try (ProgressBar bar = bar().total(2).start()) {
      bar.say("hello");
      bar.step();
      bar.step("x", /* failed= */ true);
    }
    assertThat(bytes.toString(StandardCharsets.UTF_8)).contains("hello");
    assertThat(lastLine()).startsWith("100%  2/2  ");
    bytes.reset();
    try (ProgressBar bar = bar().style(ProgressBar.Style.NONE).start()) {
      bar.say("hello");
    }
    assertThat(bytes.size()).isZero();
    assertThatThrownBy(() -> bar().total(-2)).hasMessage("total must be at least -1, was -2");
  }
}
