package dev.procession.internal.parent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class WakeUpsTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  private final CountDownLatch woken = new CountDownLatch(1);
  private final Thread sleeper =
      new Thread(
          () -> {
            LockSupport.park(this); // spurious returns aside, which no JVM here has
            woken.countDown();
          });

  private void startSleeper() {
    sleeper.start();
    Awaitility.await().atMost(SOON).until(() -> sleeper.getState() == Thread.State.WAITING);
  }

  private void awaitEnd() throws InterruptedException {
    sleeper.join(SOON.toMillis());
    assertThat(sleeper.isAlive()).isFalse();
  }

  @Test
  void wake_alone_wakesNow() throws InterruptedException {
    startSleeper();
    WakeUps.wake(sleeper);
    awaitEnd();
  }

  @Test
  void wake_withinAStep_wakesBehindIt() throws InterruptedException {
    startSleeper();
    WakeUps.after(
        () -> {
          WakeUps.wake(sleeper);
          WakeUps.wake(sleeper);
          assertThat(sleeper.getState()).isEqualTo(Thread.State.WAITING);
          assertThat(woken.getCount()).isEqualTo(1);
        });
    awaitEnd();
  }

  @Test
  void wake_withinAStepThatThrows_wakesBehindItAll_andLaterOnesAtOnce() throws Exception {
    startSleeper();
    assertThatThrownBy(
            () ->
                WakeUps.after(
                    () -> {
                      WakeUps.wake(sleeper);
                      throw new IllegalStateException("x");
                    }))
        .hasMessage("x");
    awaitEnd();
    Thread another = new Thread(LockSupport::park);
    another.start();
    Awaitility.await().atMost(SOON).until(() -> another.getState() == Thread.State.WAITING);
    WakeUps.wake(another);
    another.join(SOON.toMillis());
    assertThat(another.isAlive()).isFalse();
  }
}
