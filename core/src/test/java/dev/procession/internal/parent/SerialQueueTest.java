package dev.procession.internal.parent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class SerialQueueTest {
  @Test
  void add_withoutRun_runsNothing() {
    List<String> ran = new ArrayList<>();
    SerialQueue queue = new SerialQueue(Runnable::run);
    queue.add(() -> ran.add("a"));
    assertThat(ran).isEmpty();
    queue.run();
    queue.run();
    assertThat(ran).containsExactly("a");
  }

  @Test
  void actions_runInTheOrderTheyWereAdded() {
    List<Integer> ran = new ArrayList<>();
    SerialQueue queue = new SerialQueue(Runnable::run);
    for (int i = 0; i < 1000; i++) {
      int number = i;
      queue.add(() -> ran.add(number));
    }
    queue.run();
    assertThat(ran).hasSize(1000).isSorted();
  }

  @Test
  void run_asksTheExecutorOnceUntilItHasRun() {
    Deque<Runnable> asked = new ArrayDeque<>();
    AtomicInteger ran = new AtomicInteger();
    SerialQueue queue = new SerialQueue(asked::add);
    for (int i = 0; i < 10; i++) {
      queue.add(ran::incrementAndGet);
      queue.run();
    }
    assertThat(asked).hasSize(1);
    asked.remove().run();
    assertThat(ran).hasValue(10);
    queue.add(ran::incrementAndGet);
    queue.run();
    asked.remove().run();
    assertThat(ran).hasValue(11);
  }

  @Test
  void action_thatAddsAnother_hasItRunAfterIt() {
    List<String> ran = new ArrayList<>();
    SerialQueue queue = new SerialQueue(Runnable::run);
    queue.add(
        () -> {
          queue.add(() -> ran.add("second"));
          queue.run();
          ran.add("first");
        });
    queue.run();
    assertThat(ran).containsExactly("first", "second");
  }

  @Test
  void chainOfManyActions_needsNoStack() {
    AtomicInteger left = new AtomicInteger(200_000);
    SerialQueue queue = new SerialQueue(Runnable::run);
    Runnable[] next = new Runnable[1];
    next[0] =
        () -> {
          if (left.decrementAndGet() > 0) {
            queue.add(next[0]);
            queue.run();
          }
        };
    queue.add(next[0]);
    queue.run();
    assertThat(left).hasValue(0);
  }

  @Test
  void manyThreads_runEveryActionOnceOneAtATimeAndInEachThreadsOrder() throws Exception {
    int threads = 4;
    int each = 20_000;
    ExecutorService executor = Executors.newFixedThreadPool(2);
    try {
      SerialQueue queue = new SerialQueue(executor);
      AtomicInteger inside = new AtomicInteger();
      AtomicInteger overlaps = new AtomicInteger();
      List<List<Integer>> ran = new ArrayList<>();
      CountDownLatch all = new CountDownLatch(threads * each);
      List<CompletableFuture<Void>> adding = new ArrayList<>();
      for (int t = 0; t < threads; t++) {
        List<Integer> mine = Collections.synchronizedList(new ArrayList<>());
        ran.add(mine);
        adding.add(
            CompletableFuture.runAsync(
                () -> {
                  for (int i = 0; i < each; i++) {
                    int number = i;
                    queue.add(
                        () -> {
                          if (inside.incrementAndGet() != 1) {
                            overlaps.incrementAndGet();
                          }
                          mine.add(number);
                          inside.decrementAndGet();
                          all.countDown();
                        });
                    queue.run();
                  }
                }));
      }
      for (CompletableFuture<Void> one : adding) {
        one.get(60, TimeUnit.SECONDS);
      }
      assertThat(all.await(60, TimeUnit.SECONDS)).isTrue();
      assertThat(overlaps).hasValue(0);
      assertThat(ran).allSatisfy(mine -> assertThat(mine).hasSize(each).isSorted());
    } finally {
      executor.shutdownNow();
      assertThat(executor.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    }
  }
}
