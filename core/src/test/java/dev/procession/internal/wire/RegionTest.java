package dev.procession.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RegionTest {
  @TempDir private Path folder;
  private Path file;
  private Region parent;
  private Region worker;

  @BeforeEach
  void make() throws IOException {
    file = folder.resolve("region");
    parent = Region.create(file);
    worker = Region.open(file);
  }

  /* ---- File ---- */

  @Test
  void open_ofWhatTheParentMade_sharesItsBytesAlsoOnceTheFileIsDeleted() throws IOException {
    Files.delete(file);
    int at = parent.calls().claim(8);
    parent.buffer().putLong(at, 42);
    parent.calls().publish(2);
    assertThat(worker.buffer().getLong(worker.calls().poll())).isEqualTo(42);
    assertThat(parent.results().hasRecord()).isFalse();
  }

  @Test
  void open_ofNoFile_throwsAndMakesNone() {
    Path none = folder.resolve("none");
    assertThatThrownBy(() -> Region.open(none)).isInstanceOf(NoSuchFileException.class);
    assertThat(none).doesNotExist();
  }

  @Test
  void open_ofAFileOfAnotherSize_says() throws IOException {
    try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
      access.setLength(RegionLayout.SIZE - 1);
    }
    assertThatThrownBy(() -> Region.open(file))
        .isInstanceOf(WireException.class)
        .hasMessageContaining((RegionLayout.SIZE - 1) + " bytes");
  }

  @Test
  void open_ofAnotherVersion_namesBoth() throws IOException {
    parent.buffer().putInt(RegionLayout.VERSION_AT, 99);
    assertThatThrownBy(() -> Region.open(file))
        .isInstanceOf(WireException.class)
        .hasMessageContaining("version 99")
        .hasMessageContaining(String.valueOf(RegionLayout.VERSION));
  }

  @Test
  void open_withoutTheMagic_isRefused() throws IOException {
    parent.buffer().putLong(RegionLayout.MAGIC_AT, 0);
    assertThatThrownBy(() -> Region.open(file)).isInstanceOf(WireException.class);
  }

  @Test
  void open_withARingThatCannotBe_isRefused() {
    parent.buffer().putLong(RegionLayout.CALL_TAIL_AT, -8);
    assertThatThrownBy(() -> Region.open(file)).isInstanceOf(WireException.class);
  }

  @Test
  void layout_keepsPolledWordsOnLinesOfTheirOwnAndInsideTheFile() {
    assertThat(RegionLayout.STATES_AT + 8 * RegionLayout.SLOTS)
        .isEqualTo(RegionLayout.CALL_RING_AT);
    assertThat(RegionLayout.RESULT_RING_AT + RegionLayout.RING).isEqualTo(RegionLayout.SIZE);
    assertThat(parent.buffer().capacity()).isEqualTo(RegionLayout.SIZE);
  }

  /* ---- State words ---- */

  @Test
  void claim_ofAQueuedCall_succeedsOnceAndBarsRevoke() {
    parent.queued(1);
    assertThat(parent.isClaimed(1)).isFalse();
    assertThat(worker.claim(1)).isTrue();
    assertThat(parent.isClaimed(1)).isTrue();
    assertThat(worker.claim(1)).isFalse();
    assertThat(parent.revoke(1)).isFalse();
  }

  @Test
  void revoke_ofAQueuedCall_succeedsOnceAndBarsClaim() {
    parent.queued(1);
    assertThat(parent.revoke(1)).isTrue();
    assertThat(parent.revoke(1)).isFalse();
    assertThat(worker.claim(1)).isFalse();
    assertThat(parent.isClaimed(1)).isFalse();
  }

  @Test
  void claim_ofACallThatWasNeverQueued_fails() {
    assertThat(worker.claim(0)).isFalse();
    assertThat(worker.claim(7)).isFalse();
    assertThat(parent.revoke(7)).isFalse();
  }

  @Test
  void claimAndRevoke_ofAnEarlierCallInTheSameSlot_fail() {
    long reused = 5 + RegionLayout.SLOTS;
    parent.queued(5);
    assertThat(parent.revoke(5)).isTrue();
    parent.queued(reused);
    assertThat(worker.claim(5)).isFalse();
    assertThat(parent.revoke(5)).isFalse();
    assertThat(parent.isClaimed(5)).isFalse();
    assertThat(worker.claim(reused)).isTrue();
    assertThat(parent.isClaimed(5)).isFalse();
    assertThat(parent.isClaimed(reused)).isTrue();
  }

  @Test
  void states_ofNeighbours_areIndependent() {
    for (long sequence = 1; sequence <= RegionLayout.SLOTS; sequence++) {
      parent.queued(sequence);
    }
    for (long sequence = 1; sequence <= RegionLayout.SLOTS; sequence++) {
      boolean odd = sequence % 2 == 1;
      assertThat(odd ? worker.claim(sequence) : parent.revoke(sequence)).isTrue();
      assertThat(parent.isClaimed(sequence)).isEqualTo(odd);
    }
  }

  @Test
  void claimAndRevoke_byTwoThreadsAtOnce_exactlyOneWinsEachCall() throws Exception {
    int calls = 200_000;
    AtomicIntegerArray wins = new AtomicIntegerArray(calls + 1);
    CyclicBarrier window = new CyclicBarrier(2);
    CompletableFuture<Void> other =
        CompletableFuture.runAsync(() -> contend(worker, calls, window, wins, true));
    contend(parent, calls, window, wins, false);
    other.get(60, TimeUnit.SECONDS);
    for (int sequence = 1; sequence <= calls; sequence++) {
      assertThat(wins.get(sequence)).as("call %d", sequence).isEqualTo(1);
    }
  }

  /** One side of the race: a window of calls at a time is queued, then both run through it. */
  private void contend(
      Region side, int calls, CyclicBarrier window, AtomicIntegerArray wins, boolean claims) {
    try {
      int size = RegionLayout.SLOTS / 2;
      for (int from = 1; from <= calls; from += size) {
        int to = Math.min(calls, from + size - 1);
        if (!claims) {
          for (int sequence = from; sequence <= to; sequence++) {
            side.queued(sequence);
          }
        }
        window.await(30, TimeUnit.SECONDS);
        for (int i = 0; i <= to - from; i++) {
          int sequence = claims ? from + i : to - i; // they meet in the middle
          if (claims ? side.claim(sequence) : side.revoke(sequence)) {
            wins.incrementAndGet(sequence);
          }
        }
        window.await(30, TimeUnit.SECONDS);
      }
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /* ---- Words ---- */

  @Test
  void words_thatOneSideWrites_areReadByTheOther() {
    worker.progress().begun(3, 123_456_789_012L);
    assertThat(parent.progress().element()).isEqualTo(3);
    assertThat(parent.progress().begunAt()).isEqualTo(123_456_789_012L);
    worker.passed(17);
    assertThat(parent.passed()).isEqualTo(17);
    parent.spinNanos(20_000);
    assertThat(worker.spinNanos()).isEqualTo(20_000);
  }

  @Test
  void bells_areTakenOnceForEachSleepAndDoNotMix() {
    assertThat(parent.mustWakeWorker()).isFalse();
    worker.workerAsleep(true);
    assertThat(worker.mustWakeParent()).isFalse();
    assertThat(parent.mustTellOfRoom()).isFalse();
    assertThat(parent.mustWakeWorker()).isTrue();
    assertThat(parent.mustWakeWorker()).isFalse();

    worker.workerAsleep(true);
    worker.workerAsleep(false);
    assertThat(parent.mustWakeWorker()).isFalse();

    parent.parentAsleep(true);
    assertThat(worker.mustWakeParent()).isTrue();
    assertThat(worker.mustWakeParent()).isFalse();

    worker.wantsRoom(true);
    assertThat(parent.mustTellOfRoom()).isTrue();
    assertThat(parent.mustTellOfRoom()).isFalse();
  }

  @Test
  void bell_withAWordThatIsNonsense_isNotTaken() {
    ByteBuffer buffer = parent.buffer();
    for (int word : new int[] {2, -1, Integer.MIN_VALUE}) {
      buffer.putInt(RegionLayout.WORKER_ASLEEP_AT, word);
      assertThat(parent.mustWakeWorker()).isFalse();
    }
  }

  /** As many wake-ups as sleeps: a reader that sleeps whenever it finds nothing gets everything. */
  @Test
  void sleepAndBell_betweenTwoThreads_loseNoRecord() throws Exception {
    int records = 50_000;
    Semaphore bell = new Semaphore(0);
    CompletableFuture<Integer> reader =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                for (int i = 0; i < records; i++) {
                  while (worker.calls().poll() < 0) {
                    worker.workerAsleep(true);
                    if (worker.calls().poll() >= 0) {
                      worker.workerAsleep(false);
                      break;
                    }
                    if (!bell.tryAcquire(30, TimeUnit.SECONDS)) {
                      throw new AssertionError("asleep, and nobody rings; at record " + i);
                    }
                  }
                  worker.calls().release();
                }
                return records;
              } catch (Exception e) {
                throw new AssertionError(e);
              }
            });
    for (int i = 0; i < records; i++) {
      while (parent.calls().claim(8) < 0) {
        Thread.yield();
      }
      parent.calls().publish(2);
      if (parent.mustWakeWorker()) {
        bell.release();
      }
    }
    assertThat(reader.get(60, TimeUnit.SECONDS)).isEqualTo(records);
  }
}
