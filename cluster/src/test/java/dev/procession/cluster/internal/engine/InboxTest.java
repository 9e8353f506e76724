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
                  if (random.nextInt(3) == 0) {
                    inbox.add(what);
                  } else {
                    inbox.addShort(what);
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
    inbox.addShort(() -> by.add(Thread.currentThread()));
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
    inbox.addShort(
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
  @DisplayName("a failure costs nothing else; what is forgotten does not keep what comes after it")
  void failureAndClear() throws Exception {
    CountDownLatch last = new CountDownLatch(1);
    inbox.addShort(
        () -> {
          throw new IllegalStateException("told badly");
        });
    inbox.addShort(
        () -> {
          inbox.add(() -> {}); // the thread may have it by now
          inbox.add(() -> {});
          inbox.clear();
        });
    inbox.addShort(last::countDown);
    last.await();
  }

  @Test
  @DisplayName("nothing is told once it is closed")
  void closed_tellsNothing() {
    inbox.close();
    AtomicInteger told = new AtomicInteger();
    inbox.addShort(told::incrementAndGet);
    inbox.add(told::incrementAndGet);
    assertThat(told).hasValue(0);
  }
}
