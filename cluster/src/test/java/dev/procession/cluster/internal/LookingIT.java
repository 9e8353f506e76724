package dev.procession.cluster.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.groups.Tuple.tuple;

import dev.procession.CrashReport;
import dev.procession.ExitReason;
import dev.procession.PoolListener;
import dev.procession.PoolSnapshot;
import dev.procession.ProcessFuture;
import dev.procession.ProcessPoolExecutor;
import dev.procession.TaskOptions;
import dev.procession.VoidTask;
import dev.procession.WorkerCrashedException;
import dev.procession.WorkerSnapshot;
import dev.procession.cluster.internal.TestCluster.ClusterExecutor;
import dev.procession.observe.NameCount;
import dev.procession.observe.PoolView;
import dev.procession.observe.PrintedLine;
import dev.procession.observe.TaskSpan;
import dev.procession.testing.Gate;
import dev.procession.testing.NoLeaks;
import dev.procession.testing.Occupied;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is to be seen of a pool whose workers are on two members, and what one can do to them. */
@NoLeaks
class LookingIT {
  @TempDir Path tmp;

  private static void await(Callable<Boolean> condition) {
    Awaitility.await().atMost(Duration.ofSeconds(40)).until(condition);
  }

  private static TestCluster twoMembers() {
    TestCluster cluster = new TestCluster();
    cluster.member("a", 1);
    cluster.member("b", 2);
    return cluster;
  }

  private static ProcessFuture<String> named(ClusterExecutor pool, String name, String result) {
    return pool.with(TaskOptions.builder().name(name).build()).submit(() -> result);
  }

  @Test
  @DisplayName("a snapshot has the workers of all members, with numbers of their own")
  void snapshot() throws Exception {
    try (TestCluster cluster = twoMembers();
        var pool = cluster.submitter("s");
        Occupied occupied = Occupied.workers(pool, 3, tmp)) {
      await(() -> pool.snapshot().running() == 3);
      PoolSnapshot seen = pool.snapshot();
      assertThat(seen.workers()).extracting(WorkerSnapshot::number).doesNotHaveDuplicates();
      Map<String, List<Long>> pids =
          seen.workers().stream()
              .collect(
                  Collectors.groupingBy(
                      worker -> worker.member().orElse("here"),
                      Collectors.mapping(WorkerSnapshot::pid, Collectors.toList())));
      assertThat(pids).containsOnlyKeys("a", "b");
      assertThat(pids.get("a")).hasSize(1);
      assertThat(pids.get("b")).hasSize(2);
      assertThat(seen.workers()).allMatch(worker -> worker.currentTask().isPresent());
      assertThat(seen.workers()).allMatch(worker -> worker.rssBytes() > 0);
      assertThat(pool.snapshot().workers())
          .extracting(WorkerSnapshot::number)
          .containsExactlyElementsOf(seen.workers().stream().map(WorkerSnapshot::number).toList());
      occupied.close();
    }
  }

  @Test
  @DisplayName("the view tells what workers did, printed and failed with, and counts by name")
  void view() throws Exception {
    ProcessPoolExecutor.Builder builder =
        ProcessPoolExecutor.builder().name("s").outputListener(line -> {});
    try (TestCluster cluster = twoMembers();
        var pool = cluster.submitter(builder);
        PoolView view = pool.view()) {
      await(() -> pool.snapshot().maxWorkers() == 3);
      assertThat(view.identity().name()).isEqualTo("s");
      assertThat(view.counts()).isEmpty();
      for (int i = 0; i < 20; i++) {
        named(pool, "good", "x").result();
      }
      VoidTask fails =
          () -> {
            System.out.println("about to fail");
            throw new IllegalStateException("not today");
          };
      ProcessFuture<?> failed = pool.with(TaskOptions.builder().name("bad").build()).submit(fails);
      assertThat(failed.exception()).isPresent();
      List<TaskSpan> spans = new ArrayList<>();
      long[] from = {0};
      await(
          () -> {
            var news = view.activity(from[0]);
            from[0] = news.next();
            spans.addAll(news.spans());
            return spans.stream().mapToInt(TaskSpan::tasks).sum() == 21;
          });
      assertThat(spans).extracting(TaskSpan::name).containsOnly("good", "bad");
      List<Integer> known = pool.snapshot().workers().stream().map(WorkerSnapshot::number).toList();
      assertThat(spans).allMatch(span -> known.contains(span.worker()));
      assertThat(view.counts())
          .extracting(NameCount::name, NameCount::done, NameCount::failed)
          .containsExactlyInAnyOrder(tuple("good", 20L, 0L), tuple("bad", 1L, 1L));
      assertThat(view.failure(failed.info().id()))
          .hasValueSatisfying(text -> assertThat(text).contains("not today"));
      assertThat(view.failure(12_345)).isEmpty();
      await(() -> !view.output(0).lines().isEmpty());
      PrintedLine line = view.output(0).lines().get(0);
      assertThat(line.text()).isEqualTo("about to fail");
      assertThat(known).contains(line.worker());
    }
  }

  @Test
  @DisplayName("the view's own orders reach the member that has the worker")
  void orders() throws Exception {
    try (TestCluster cluster = twoMembers();
        var pool = cluster.submitter("s");
        PoolView view = pool.view();
        Occupied occupied = Occupied.workers(pool, 3, tmp)) {
      await(() -> view.snapshot().running() == 3);
      List<WorkerSnapshot> workers = view.snapshot().workers();
      assertThat(view.threads(workers.get(2).number())).contains("Gate.await");
      assertThat(view.cancel(workers.get(0).currentTaskId())).isTrue();
      assertThat(view.cancel(98_765)).isFalse();
      long doomed = workers.get(1).currentTaskId();
      view.kill(workers.get(1).number());
      ProcessFuture<Long> killed =
          occupied.tasks().stream().filter(task -> task.info().id() == doomed).findFirst().get();
      assertThat(killed.exception()).containsInstanceOf(WorkerCrashedException.class);
      await(() -> pool.snapshot().restarts() > 0);
      view.retire(workers.get(2).number());
      assertThatThrownBy(() -> view.kill(99)).isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> view.profile(workers.get(2).number(), Duration.ofHours(1)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("member '" + workers.get(2).member().get() + "'");
      occupied.close();
      await(
          () ->
              view.snapshot().workers().stream()
                  .noneMatch(worker -> worker.number() == workers.get(2).number()));
      cluster.cutOff(workers.get(2).member().get());
      await(() -> pool.snapshot().workers().isEmpty() || isOnOther(pool, workers.get(2)));
      assertThatThrownBy(() -> view.threads(workers.get(2).number()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("any more");
    }
  }

  private static boolean isOnOther(ClusterExecutor pool, WorkerSnapshot gone) {
    return pool.snapshot().workers().stream().noneMatch(w -> w.member().equals(gone.member()));
  }

  @Test
  @DisplayName("a view goes on to tell what was done up to the pool's end")
  void viewOfEnded() throws Exception {
    try (TestCluster cluster = twoMembers()) {
      PoolView view;
      try (var pool = cluster.submitter("s")) {
        view = pool.view();
        assertThat(view.activity(0).spans()).isEmpty();
        named(pool, "last", "x").result();
      }
      assertThat(view.activity(0).spans()).extracting(TaskSpan::name).containsExactly("last");
      assertThat(view.snapshot().completed()).isEqualTo(1);
      view.close();
      assertThat(view.activity(0).spans()).hasSize(1);
    }
  }

  @Test
  @DisplayName("listeners hear of workers that are ready and that have ended, wherever they are")
  void listeners() throws Exception {
    List<String> ready = new CopyOnWriteArrayList<>();
    List<CrashReport> ended = new CopyOnWriteArrayList<>();
    PoolListener listener =
        new PoolListener() {
          @Override
          public void workerReady(String pool, WorkerSnapshot worker) {
            ready.add(pool + " on " + worker.member().orElse("none"));
          }

          @Override
          public void workerEnded(String pool, CrashReport report) {
            ended.add(report);
          }
        };
    try (TestCluster cluster = new TestCluster()) {
      cluster.member("a", 1);
      try (var pool = cluster.submitter("s")) {
        pool.addListener(listener);
        pool.submit(() -> 1).result();
        await(() -> ready.equals(List.of("s on a")));
        assertThat(pool.submit(() -> Runtime.getRuntime().halt(3)).exception()).isPresent();
        await(() -> ended.size() == 1);
        assertThat(ended.get(0).reason()).isEqualTo(ExitReason.EXIT_CALLED);
        assertThat(ended.get(0).member()).contains("a");
      }
    }
  }

  @Test
  @DisplayName("a member that does not answer is left out of a snapshot, and not waited for long")
  void snapshot_silentMember() throws Exception {
    try (TestCluster cluster = twoMembers();
        var pool = cluster.submitter("s")) {
      Gate go = Gate.in(tmp, "go");
      ProcessFuture<?> running = pool.submit(go::await);
      await(running::isRunning);
      cluster.silence("a");
      cluster.silence("b");
      assertThat(pool.snapshot().workers()).isEmpty();
      go.open();
    }
  }
}
