package dev.procession.internal.os;

import org.jspecify.annotations.Nullable;

/**
 * How much of the machine each worker gets.
 *
 * @param heapBytes for {@code -Xmx}
 * @param processors for {@code -XX:ActiveProcessorCount}
 * @param isOvercommitted whether all heaps together, when full, need more than there is
 * @param text one line that says so, for the log
 * @param warning what will go wrong with the memory and what to change, null if nothing
 */
public record WorkerSizing(
    long heapBytes,
    int processors,
    boolean isOvercommitted,
    String text,
    @Nullable String warning) {
  private static final long MIB = 1L << 20;

  /**
   * What a JVM needs beside its heap. A worker with small tasks was measured to hold 75 MiB, on 17
   * and on 25, a third of it shared pages of the JDK's own files; classes, compiled code, stacks
   * and buffers of a program of some size fill the rest.
   */
  static final long BESIDE_HEAP = 128 * MIB;

  /** Below this a JVM with a serializer in it does little but collect garbage. */
  static final long LEAST_HEAP = 64 * MIB;

  /** From 32 GiB on a reference takes eight bytes instead of four, and less fits than before. */
  public static final long MOST_HEAP = 31L << 30;

  /** The part of the machine that a JVM takes by default. */
  private static final int JVM_DEFAULT_PART = 4;

  /** With one processor only, a JVM behaves in other ways: no parallel streams for example. */
  private static final int LEAST_PROCESSORS = 2;

  /**
   * Decides.
   *
   * <p>The user's heap is taken as it is. The default is a quarter of the machine, as for any JVM,
   * or a fair share of what this JVM's heap leaves, or what a memory limit leaves beside the rest
   * of a worker, whichever is the least; but not below {@link #LEAST_HEAP} unless the memory limit
   * is.
   *
   * @param machineBytes what all processes may use, -1 if unknown
   * @param parentHeapBytes the most this JVM's own heap may grow to
   * @param workers that may live at the same time, spares included
   * @param maxHeapBytes the user's, null for the default
   * @param memoryLimitBytes the user's limit for a whole worker, null if there is none
   */
  public static WorkerSizing of(
      long machineBytes,
      int machineProcessors,
      long parentHeapBytes,
      int workers,
      @Nullable Long maxHeapBytes,
      @Nullable Long memoryLimitBytes) {
    // Unknown: as if this JVM had its heap by default.
    long machine =
        machineBytes > 0
            ? machineBytes
            : Math.min(parentHeapBytes, Long.MAX_VALUE / JVM_DEFAULT_PART) * JVM_DEFAULT_PART;
    long heap =
        maxHeapBytes != null
            ? maxHeapBytes
            : defaultHeap(machine, parentHeapBytes, workers, memoryLimitBytes);
    int processors = processors(machineProcessors, workers);
    double needed = parentHeapBytes + (double) workers * mostOf(heap, memoryLimitBytes);
    boolean overcommitted = machineBytes > 0 && needed > machineBytes;
    String text =
        workersOf(workers, heap)
            + " and "
            + (processors == 1 ? "1 processor" : processors + " processors")
            + " (memory: "
            + ByteSize.text(machineBytes)
            + ", processors: "
            + machineProcessors
            + ", this JVM's heap: up to "
            + ByteSize.text(parentHeapBytes)
            + ")";
    String warning =
        overcommitted
            ? overcommit(workers, heap, parentHeapBytes, (long) needed, machineBytes, maxHeapBytes)
            : overLimit(heap, memoryLimitBytes);
    return new WorkerSizing(heap, processors, overcommitted, text, warning);
  }

  private static long defaultHeap(
      long machine, long parentHeap, int workers, @Nullable Long memoryLimit) {
    long share = (machine - parentHeap - BESIDE_HEAP) / workers - BESIDE_HEAP;
    long heap = Math.min(MOST_HEAP, Math.min(machine / JVM_DEFAULT_PART, share));
    heap = Math.max(LEAST_HEAP, heap / MIB * MIB);
    return memoryLimit == null ? heap : Math.min(heap, roomBelow(memoryLimit));
  }

  /** At least half of the limit: a worker so small may need less beside its heap than others. */
  private static long roomBelow(long memoryLimit) {
    return Math.max(memoryLimit / 2, memoryLimit - BESIDE_HEAP);
  }

  /** Rounded up, so that no processor is left over. */
  private static int processors(int machineProcessors, int workers) {
    int share = (machineProcessors + workers - 1) / workers;
    return Math.min(machineProcessors, Math.max(LEAST_PROCESSORS, share));
  }

  private static double mostOf(long heap, @Nullable Long memoryLimit) {
    double most = (double) heap + BESIDE_HEAP;
    return memoryLimit == null ? most : Math.min(most, memoryLimit);
  }

  private static String workersOf(int workers, long heap) {
    return (workers == 1 ? "1 worker" : workers + " workers, each")
        + " with a heap of up to "
        + ByteSize.text(heap);
  }

  private static String overcommit(
      int workers, long heap, long parentHeap, long needed, long machine, @Nullable Long maxHeap) {
    return workersOf(workers, heap)
        + " and "
        + ByteSize.text(BESIDE_HEAP)
        + " beside it, and this JVM with up to "
        + ByteSize.text(parentHeap)
        + " may need "
        + ByteSize.text(needed)
        + ", but there is "
        + ByteSize.text(machine)
        + ": the kernel may then kill workers. Lower "
        + (maxHeap == null ? "workers" : "maxHeap or workers")
        + ", or this JVM's -Xmx.";
  }

  private static @Nullable String overLimit(long heap, @Nullable Long memoryLimit) {
    return memoryLimit == null || heap <= roomBelow(memoryLimit)
        ? null
        : "maxHeap "
            + ByteSize.text(heap)
            + " leaves little below memoryLimit "
            + ByteSize.text(memoryLimit)
            + " for what a JVM needs beside its heap, about "
            + ByteSize.text(BESIDE_HEAP)
            + ": a worker may be killed before its heap is full.";
  }
}
