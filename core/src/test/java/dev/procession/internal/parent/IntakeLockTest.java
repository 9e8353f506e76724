package dev.procession.internal.parent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

class IntakeLockTest {
  private final List<Integer> taken = new ArrayList<>(); // guarded by the lock
  private final IntakeLock<Integer> lock = new IntakeLock<>(taken::add);

  private static void elsewhere(Runnable work) throws InterruptedException {
    Thread thread = new Thread(work);
    thread.start();
    thread.join();
  }

  @Test
  void aFreeLock_takesInAtOnce() {
    lock.leave(1);
    assertThat(taken).containsExactly(1);
    assertThat(lock.takeBack(1)).isFalse();
  }

  @Test
  void whatWasLeftWhileItWasHeld_isTakenInByTheHolderInOrder() throws Exception {
    lock.lock();
    elsewhere(
        () -> {
          lock.leave(1);
          lock.leave(2);
          assertThat(lock.tryLock()).isFalse();
        });
    assertThat(taken).isEmpty();
    lock.unlock();
    assertThat(taken).containsExactly(1, 2);
    assertThat(lock.tryLock()).isTrue();
    lock.unlock();
  }

  @Test
  void nothing_isTakenInInTheMidstOfTheHoldersWork() throws Exception {
    lock.lock();
    elsewhere(() -> lock.leave(1));
    lock.lock();
    lock.unlock();
    assertThat(taken).isEmpty();
    lock.takeInAll();
    assertThat(taken).containsExactly(1);
    lock.unlock();
  }

  @Test
  void aTaskThatWasLeft_canBeTakenBack() throws Exception {
    lock.lock();
    boolean[] back = new boolean[2];
    elsewhere(
        () -> {
          lock.leave(1);
          lock.leave(2);
          back[0] = lock.takeBack(1);
          back[1] = lock.takeBack(1);
        });
    lock.unlock();
    assertThat(back).containsExactly(true, false);
    assertThat(taken).containsExactly(2);
  }

  @RepeatedTest(20)
  void tasksOfManyThreads_areEachTakenInOnceAndInTheirThreadsOrder() throws Exception {
    int threads = 4;
    int each = 20_000;
    AtomicInteger directly = new AtomicInteger();
    CountDownLatch go = new CountDownLatch(1);
    List<Thread> all = new ArrayList<>();
    for (int t = 0; t < threads; t++) {
      int first = t * each;
      Thread thread =
          new Thread(
              () -> {
                try {
                  go.await();
                } catch (InterruptedException e) {
                  throw new AssertionError(e);
                }
                for (int i = first; i < first + each; i++) {
                  if (lock.tryLock()) {
                    try {
                      taken.add(i);
                      directly.incrementAndGet();
                    } finally {
                      lock.unlock();
                    }
                  } else {
                    lock.leave(i);
                  }
                }
              });
      thread.start();
      all.add(thread);
    }
    go.countDown();
    for (Thread thread : all) {
      thread.join();
    }
    assertThat(taken).hasSize(threads * each); // nobody came to take in the last ones but they
    int[] next = {0, each, 2 * each, 3 * each};
    for (int task : taken) {
      assertThat(task).isEqualTo(next[task / each]++);
    }
  }
}
