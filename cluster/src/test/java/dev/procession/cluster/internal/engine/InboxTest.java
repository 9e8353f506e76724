package dev.procession.cluster.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class InboxTest {
  private static final int SENDERS = 4;
  private static final int MESSAGES = 20_000;

  private final Inbox inbox = new Inbox("inbox-under-test");

  @BeforeEach
  void start() {
    inbox.start();
  }

  @AfterEach
  void close() {
    inbox.close();
  }

  /** Of what can always be told at once. */
  private void addShort(Runnable what) {
    inbox.addShort(
        () -> {
          what.run();
          return null;
        },
        what);
  }

  @Test
  @DisplayName("what each leaves is told in order, short or not, and never two things at once")
  void order_ofEach() throws Exception {
    AtomicInteger telling = new AtomicInteger();
    AtomicInteger twice = new AtomicInteger();
    List<List<Integer>> told = new ArrayList<>();
    List<Future<?>> senders = new ArrayList<>();
    ExecutorService threads = Executors.newFixedThreadPool(SENDERS);
    for (int i = 0; i < SENDERS; i++) {
      List<Integer> mine = new ArrayList<>(); // guarded by the inbox
      told.add(mine);
      SplittableRandom random = new SplittableRandom(i);
      senders.add(
          threads.submit(
              () -> {
                for (int k = 0; k < MESSAGES; k++) {
                  int number = k;
                  Runnable what =
                      () -> {
                        twice.addAndGet(telling.getAndIncrement());
                        mine.add(number);
                        telling.decrementAndGet();
                      };
                  int way = random.nextInt(4);
                  if (way == 0) {
                    inbox.add(what);
                  } else if (way == 1) {
                    inbox.addShort(() -> what, what);
                  } else {
                    addShort(what);
                  }
                  if (random.nextInt(50) == 0) {
                    Thread.yield();
                  }
                }
              }));
    }
    threads.shutdown();
    for (Future<?> sender : senders) {
      sender.get();
    }
    CountDownLatch last = new CountDownLatch(1);
    inbox.add(last::countDown);
    last.await();
    assertThat(twice).hasValue(0);
    for (List<Integer> mine : told) {
      assertThat(mine).hasSize(MESSAGES).isSorted();
    }
  }

  @Test
  @DisplayName("what is short is told by the caller, unless something else is being told")
  void short_byTheCaller() throws Exception {
    List<Thread> by = new ArrayList<>();
    addShort(() -> by.add(Thread.currentThread()));
    assertThat(by).containsExactly(Thread.currentThread());
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    inbox.add(
        () -> {
          begun.countDown();
          try {
            go.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    begun.await();
    CountDownLatch told = new CountDownLatch(1);
    addShort(
        () -> {
          by.add(Thread.currentThread());
          told.countDown();
        });
    assertThat(told.getCount()).isEqualTo(1);
    go.countDown();
    told.await();
    assertThat(by).hasSize(2).last().isNotEqualTo(Thread.currentThread());
  }

  @Test
  @DisplayName("what is left of something is told by the other thread, before all that comes after")
  void short_leavesARest() throws Exception {
    List<String> told = new ArrayList<>();
    List<Thread> by = new ArrayList<>();
    CountDownLatch last = new CountDownLatch(1);
    addShort(
        () -> { // nothing else is told until the caller is through
          inbox.addShort(
              () -> {
                told.add("begun");
                return () -> {
                  told.add("rest");
                  by.add(Thread.currentThread());
                };
              },
              () -> told.add("later"));
          addShort(() -> told.add("after"));
        });
    inbox.add(last::countDown);
    last.await();
    assertThat(told).containsExactly("begun", "rest", "after");
    assertThat(by).doesNotContain(Thread.currentThread());
  }

  @Test
  @DisplayName("who is being told something, or tells it, is known")
  void isTelling() throws Exception {
    assertThat(inbox.isTelling()).isFalse();
    List<Boolean> seen = new ArrayList<>();
    addShort(() -> seen.add(inbox.isTelling()));
    CountDownLatch last = new CountDownLatch(1);
    inbox.add(
        () -> {
          seen.add(inbox.isTelling());
          last.countDown();
        });
    last.await();
    assertThat(seen).containsExactly(true, true);
    assertThat(inbox.isTelling()).isFalse();
  }

  @Test
  @DisplayName("a failure costs nothing else; what is forgotten does not keep what comes after it")
  void failureAndClear() throws Exception {
    CountDownLatch last = new CountDownLatch(1);
    addShort(
        () -> {
          throw new IllegalStateException("told badly");
        });
    addShort(
        () -> {
          inbox.add(() -> {}); // the thread may have it by now
          inbox.add(() -> {});
          inbox.clear();
        });
    addShort(last::countDown);
    last.await();
  }

  @Test
  @DisplayName("nothing is told once it is closed")
  void closed_tellsNothing() {
    inbox.close();
    AtomicInteger told = new AtomicInteger();
    addShort(told::incrementAndGet);
    inbox.add(told::incrementAndGet);
    assertThat(told).hasValue(0);
  }
}
