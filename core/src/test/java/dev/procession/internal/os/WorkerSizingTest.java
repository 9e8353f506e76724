package dev.procession.internal.os;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WorkerSizingTest {
  private static final long MIB = 1L << 20;
  private static final long GIB = 1L << 30;

  private static WorkerSizing of(
      String machine,
      int processors,
      String parent,
      int workers,
      @Nullable String maxHeap,
      @Nullable String limit) {
    return WorkerSizing.of(
        ByteSize.parse("machine", machine),
        processors,
        ByteSize.parse("parent", parent),
        workers,
        maxHeap == null ? null : ByteSize.parse("maxHeap", maxHeap),
        limit == null ? null : ByteSize.parse("limit", limit));
  }

  @ParameterizedTest
  @CsvSource({
    // A quarter of the machine, as the JVM itself would take.
    "24g, 2, 6g, 1, 6g, 2",
    "24g, 2, 6g, 2, 6g, 2",
    // A fair share of the 18 GiB that the parent leaves, with 128 MiB for each JVM's other memory.
    "24g, 2, 6g, 8, 2160m, 2",
    "24g, 2, 6g, 64, 158m, 2",
    // Containers.
    "2g, 2, 512m, 2, 512m, 2",
    "2g, 2, 512m, 4, 224m, 2",
    "512m, 1, 128m, 1, 128m, 1",
    "512m, 1, 128m, 2, 64m, 1",
    // Four bytes for a reference as long as it goes.
    "512g, 64, 32g, 4, 31g, 16",
    "512g, 64, 32g, 48, 10109m, 2"
  })
  void of_nothingGiven_heapThatFits(
      String machine, int processors, String parent, int workers, String heap, int share) {
    WorkerSizing sizing = of(machine, processors, parent, workers, null, null);
    assertThat(sizing.heapBytes()).isEqualTo(ByteSize.parse("heap", heap));
    assertThat(sizing.processors()).isEqualTo(share);
    assertThat(sizing.isOvercommitted()).isFalse();
    assertThat(sizing.warning()).isNull();
  }

  @Test
  void text_ofWorkers_heapProcessorsAndWhatThereIs() {
    assertThat(of("24g", 2, "6g", 8, null, null).text())
        .isEqualTo(
            "8 workers, each with a heap of up to 2.1 GiB and 2 processors"
                + " (memory: 24 GiB, processors: 2, this JVM's heap: up to 6 GiB)");
    assertThat(of("2g", 1, "512m", 1, null, null).text())
        .isEqualTo(
            "1 worker with a heap of up to 512 MiB and 1 processor"
                + " (memory: 2 GiB, processors: 1, this JVM's heap: up to 512 MiB)");
  }

  @Test
  void of_moreWorkersThanFit_leastHeapAndAWarning() {
    WorkerSizing sizing = of("24g", 2, "6g", 256, null, null);
    assertThat(sizing.heapBytes()).isEqualTo(64 * MIB);
    assertThat(sizing.isOvercommitted()).isTrue();
    assertThat(sizing.warning())
        .isEqualTo(
            "256 workers, each with a heap of up to 64 MiB and 128 MiB beside it, and this JVM with"
                + " up to 6 GiB may need 54 GiB, but there is 24 GiB: the kernel may then kill"
                + " workers. Lower workers, or this JVM's -Xmx.");
  }

  @Test
  void of_parentThatLeavesNothing_leastHeapAndAWarning() {
    for (String parent : new String[] {"2g", "8g"}) {
      WorkerSizing sizing = of("2g", 2, parent, 2, null, null);
      assertThat(sizing.heapBytes()).isEqualTo(64 * MIB);
      assertThat(sizing.isOvercommitted()).isTrue();
    }
  }

  @Test
  void of_heapGiven_takenAsItIs() {
    WorkerSizing fits = of("24g", 2, "6g", 4, "4g", null);
    assertThat(fits.heapBytes()).isEqualTo(4 * GIB);
    assertThat(fits.isOvercommitted()).isFalse();
    WorkerSizing tooMuch = of("2g", 2, "512m", 4, "512m", null);
    assertThat(tooMuch.heapBytes()).isEqualTo(512 * MIB);
    assertThat(tooMuch.isOvercommitted()).isTrue();
    assertThat(tooMuch.warning())
        .isEqualTo(
            "4 workers, each with a heap of up to 512 MiB and 128 MiB beside it, and this JVM with"
                + " up to 512 MiB may need 3 GiB, but there is 2 GiB: the kernel may then kill"
                + " workers. Lower maxHeap or workers, or this JVM's -Xmx.");
    assertThat(of("2g", 2, "512m", 4, "16m", null).heapBytes()).isEqualTo(16 * MIB);
  }

  @Test
  void of_memoryLimit_heapLeavesRoomBelowIt() {
    assertThat(of("24g", 2, "6g", 2, null, "1g").heapBytes()).isEqualTo(896 * MIB);
    assertThat(of("24g", 2, "6g", 2, null, "256m").heapBytes()).isEqualTo(128 * MIB);
    assertThat(of("24g", 2, "6g", 2, null, "100m").heapBytes()).isEqualTo(50 * MIB);
    assertThat(of("24g", 2, "6g", 2, null, "20g").heapBytes()).isEqualTo(6 * GIB);
  }

  @Test
  void of_memoryLimit_noMoreThanItIsCounted() {
    assertThat(of("4g", 2, "1g", 6, "480m", null).isOvercommitted()).isTrue();
    assertThat(of("4g", 2, "1g", 6, "480m", "512m").isOvercommitted()).isFalse();
  }

  @Test
  void of_heapAsLargeAsTheLimit_warns() {
    WorkerSizing sizing = of("24g", 2, "6g", 2, "512m", "512m");
    assertThat(sizing.heapBytes()).isEqualTo(512 * MIB);
    assertThat(sizing.isOvercommitted()).isFalse();
    assertThat(sizing.warning())
        .isEqualTo(
            "maxHeap 512 MiB leaves little below memoryLimit 512 MiB for what a JVM needs beside"
                + " its heap, about 128 MiB: a worker may be killed before its heap is full.");
    assertThat(of("24g", 2, "6g", 2, "384m", "512m").warning()).isNull();
  }

  @Test
  void of_unknownMachine_asIfTheParentHadItsDefault() {
    WorkerSizing sizing = WorkerSizing.of(-1, 4, 2 * GIB, 2, null, null);
    assertThat(sizing.heapBytes()).isEqualTo(2 * GIB);
    assertThat(sizing.isOvercommitted()).isFalse();
    assertThat(sizing.text()).contains("(memory: unknown, ");
    assertThat(WorkerSizing.of(-1, 4, 2 * GIB, 1000, null, null).isOvercommitted()).isFalse();
    assertThat(WorkerSizing.of(-1, 4, Long.MAX_VALUE, 1, null, null).heapBytes()).isPositive();
  }

  @ParameterizedTest
  @CsvSource({"1, 1, 1", "1, 8, 1", "2, 1, 2", "2, 64, 2", "16, 1, 16", "16, 3, 6", "16, 16, 2"})
  void processors_share_roundedUpAndRarelyOne(int machine, int workers, int share) {
    assertThat(of("24g", machine, "6g", workers, null, null).processors()).isEqualTo(share);
  }

  @Test
  void of_everyDefault_neverOvercommitsUnlessAtTheLeastHeap() {
    for (long machine = 256 * MIB; machine <= 1L << 42; machine *= 2) {
      for (int workers = 1; workers <= 1024; workers++) {
        WorkerSizing sizing = WorkerSizing.of(machine, 8, machine / 4, workers, null, null);
        assertThat(sizing.heapBytes()).isBetween(64 * MIB, Math.max(64 * MIB, machine / 4));
        if (sizing.isOvercommitted()) {
          assertThat(sizing.heapBytes()).isEqualTo(64 * MIB);
        }
      }
    }
  }
}
