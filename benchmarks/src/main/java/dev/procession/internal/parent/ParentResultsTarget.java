package dev.procession.internal.parent;

import dev.procession.OutputListener;
import dev.procession.PoolListener;
import dev.procession.WhenFull;
import dev.procession.WorkerState;
import dev.procession.benchmarks.fuzz.Mutator;
import dev.procession.benchmarks.fuzz.Tally;
import dev.procession.benchmarks.fuzz.Target;
import dev.procession.internal.codec.CallKind;
import dev.procession.internal.wire.Frames;
import dev.procession.internal.wire.HostileRegion;
import dev.procession.internal.wire.ProgressReport;
import dev.procession.internal.wire.Region;
import dev.procession.internal.wire.SegmentReader;
import dev.procession.internal.wire.SegmentRef;
import dev.procession.internal.wire.SegmentWriter;
import dev.procession.internal.wire.SharedDirectory;
import dev.procession.internal.wire.SpscRing;
import dev.procession.internal.wire.WireException;
import dev.procession.spi.TaskSerializer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.jspecify.annotations.Nullable;

/**
 * A parent reads the results of a worker that writes what it likes, where it likes, and the worker
 * is lost in the end: every element has one outcome, whatever was written.
 */
public final class ParentResultsTarget implements Target {
  private static final ResultDecoder DECODER =
      ResultDecoder.of(TaskSerializer.jdk(), ParentResultsTarget.class.getClassLoader());

  private static final int MOST_TASKS = 4;
  private static final int MOST_ELEMENTS = 5;
  private static final int MOST_FRAMES = 8;

  private final boolean raced;
  private final CountDownLatch neverLaunched = new CountDownLatch(1);
  private final SharedDirectory directory = SharedDirectory.create(SharedDirectory.defaultBases());
  private final LocalServices services;
  private final Supervisor supervisor;
  private final HostileRegion hostile = new HostileRegion();
  private final Thread racer = new Thread(this::race, "fuzz-racer");
  private volatile boolean closed;
  private int slots;

  /** Makes a pool whose supervisor does not run and whose launcher does not come back. */
  public ParentResultsTarget(boolean raced) throws IOException {
    this.raced = raced;
    TaskSerializer serializer = TaskSerializer.jdk();
    PoolConfig config = config(serializer);
    services = new LocalServices(config, DECODER);
    supervisor =
        new Supervisor(
            services,
            directory,
            new LaunchCommand(config, Runtime.version().feature()),
            new byte[0]);
    services.scheduler().start(supervisor);
    if (raced) {
      racer.setDaemon(true);
      racer.start();
    }
  }

  private PoolConfig config(TaskSerializer serializer) {
    return new PoolConfig(
        "fuzzed",
        1,
        0,
        0,
        Duration.ofMinutes(1),
        "64m",
        0,
        0,
        List.of(),
        Path.of(System.getProperty("java.home")),
        Map.of(),
        null,
        null,
        null,
        Duration.ofMinutes(1),
        0,
        Duration.ZERO,
        Duration.ofMillis(100),
        Integer.MAX_VALUE,
        Long.MAX_VALUE,
        WhenFull.BLOCK,
        serializer,
        true,
        false,
        false,
        /* observable= */ false,
        null,
        null,
        builder -> {
          try {
            neverLaunched.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          throw new IOException("nothing is launched here");
        },
        null,
        OutputListener.DISCARD,
        PoolListener.NONE);
  }

  @Override
  public String name() {
    return raced ? "result frames, raced" : "result frames";
  }

  /** Copies of payloads that fit into a ring, some frames of them, and failures. */
  @Override
  public long allocationLimit() {
    return 2 << 20;
  }

  private void race() {
    SplittableRandom random = new SplittableRandom(11);
    while (!closed) {
      hostile.damageAsWorker(random);
      for (int i = random.nextInt(200); i > 0; i--) {
        Thread.onSpinWait();
      }
    }
  }

  /** A task that counts the outcomes of its elements, and no more. */
  private static final class Counted extends PendingTask {
    private final AtomicIntegerArray outcomes;
    private final int first;

    Counted(long id, AtomicIntegerArray outcomes, int first, int count) {
      super(
          id,
          outcomes.length() > 1 ? CallKind.CHUNK : CallKind.CALLABLE,
          count,
          new byte[20],
          /* stored= */ null,
          new TaskTerms("fuzzed", 0, 0, 0, null, DECODER));
      this.outcomes = outcomes;
      this.first = first;
    }

    @Override
    long submittedAt() {
      return 0;
    }

    @Override
    PendingTask again() {
      throw new AssertionError("it has no retries");
    }

    @Override
    public void element(ElementResult result) {
      outcomes.incrementAndGet(first + result.element());
    }

    @Override
    void elements(ElementRun run) {
      for (int i = 0; i < run.count(); i++) {
        outcomes.incrementAndGet(first + run.first() + i);
      }
    }

    @Override
    public void over(@Nullable Throwable failure) {
      for (int i = elementsDone(); i < count; i++) {
        outcomes.incrementAndGet(first + i);
      }
    }

    @Override
    public @Nullable PendingTask restAfter(int element) {
      if (element + 1 >= count) {
        return null;
      }
      PendingTask rest = new Counted(id, outcomes, first + element + 1, count - element - 1);
      count = element + 1;
      return rest;
    }
  }

  @Override
  public void feed(SplittableRandom random, Tally tally) {
    hostile.reset();
    WorkerSlot slot;
    Region worker;
    try {
      slot = slot(hostile.side());
      worker = hostile.side();
    } catch (WireException e) {
      return; // the racer was faster
    }
    List<Counted> tasks = new ArrayList<>();
    int count = 1 + random.nextInt(MOST_TASKS);
    for (int i = 0; i < count; i++) {
      int elements = random.nextBoolean() ? 1 : 1 + random.nextInt(MOST_ELEMENTS);
      Counted task = new Counted(i + 1, new AtomicIntegerArray(elements), 0, elements);
      try {
        if (slot.put(task)) {
          tasks.add(task);
        }
      } catch (WireException e) {
        break;
      }
    }
    if (random.nextInt(4) == 0) {
      slot.cut(1 + random.nextInt(count));
    }
    int claimed = random.nextInt(4) == 0 ? random.nextInt(count + 1) : count;
    for (int i = 1; i <= claimed; i++) {
      worker.claim(i);
    }
    int frames = 1 + random.nextInt(MOST_FRAMES);
    boolean wrong = random.nextInt(4) > 0;
    try {
      Honest honest = new Honest(tasks);
      for (int i = 0; i < frames; i++) {
        write(worker, honest, wrong && random.nextInt(3) == 0, random);
        if (wrong && random.nextInt(8) == 0) {
          hostile.damageAsWorker(random);
        }
        if (random.nextInt(3) == 0) {
          drain(slot, tally);
        }
      }
    } catch (WireException e) {
      // The hostile side has damaged its own view.
    }
    if (random.nextInt(3) == 0) {
      cancelSome(tasks, random);
    }
    drain(slot, tally);
    lose(slot);
    check(tasks);
  }

  private WorkerSlot slot(Region parent) {
    int number = ++slots;
    WorkerSlot slot =
        new WorkerSlot(
            services,
            new Occupancy(),
            number,
            /* spare= */ false,
            Integer.MAX_VALUE,
            new WorkerProcess(services, number));
    slot.attach(
        parent, new SegmentWriter(directory, "c", 1 << 20), new SegmentReader(directory, "r"));
    slot.moveTo(WorkerState.IDLE);
    return slot;
  }

  /** What a good worker would say next. */
  private static final class Honest {
    private final List<Counted> tasks;
    private int task;
    private int element;

    Honest(List<Counted> tasks) {
      this.tasks = tasks;
    }

    long sequence() {
      return task + 1;
    }

    boolean last() {
      return task >= tasks.size() || element >= tasks.get(task).outcomes.length() - 1;
    }

    void next() {
      if (last()) {
        task++;
        element = 0;
      } else {
        element++;
      }
    }
  }

  private static void write(Region worker, Honest honest, boolean wrong, SplittableRandom random)
      throws WireException {
    SpscRing results = worker.results();
    if (random.nextInt(honest.last() ? 20 : 2) == 0) {
      writeElement(results, worker.buffer(), honest, wrong, random);
      return;
    }
    if (random.nextInt(40) == 0) {
      writeProgress(results, worker.buffer(), honest, wrong, random);
      return;
    }
    int payload = random.nextInt(30) == 0 ? random.nextInt(60_000) : random.nextInt(50);
    int length = Frames.RESULT_PAYLOAD + payload;
    if (wrong && random.nextInt(4) == 0) {
      length = random.nextInt(100);
    }
    int at = results.claim(length);
    if (at < 0) {
      return;
    }
    long[] fields = {
      honest.sequence(), honest.element, honest.last() ? Frames.LAST : 0, System.nanoTime(), 100, 50
    };
    if (wrong) {
      int field = random.nextInt(fields.length);
      fields[field] =
          switch (field) {
            case 1 -> random.nextInt(8) - 1;
            case 2 -> random.nextBoolean() ? random.nextInt(256) : Mutator.someInt(random);
            default -> random.nextBoolean() ? random.nextInt(8) - 1 : Mutator.someLong(random);
          };
    }
    ByteBuffer frame = worker.buffer().duplicate().order(worker.buffer().order());
    frame.limit(Math.min(frame.capacity(), at + length)).position(at);
    byte[] header = new byte[Frames.RESULT_PAYLOAD + Frames.REF];
    ByteBuffer whole = ByteBuffer.wrap(header).order(frame.order());
    whole.putLong(fields[0]).putInt((int) fields[1]).putInt((int) fields[2]);
    whole.putLong(fields[3]).putLong(fields[4]).putLong(fields[5]);
    Frames.putRef(
        whole,
        Frames.RESULT_PAYLOAD,
        new SegmentRef(random.nextInt(3), Mutator.someInt(random), Mutator.someInt(random)));
    frame.put(header, 0, Math.min(header.length, frame.remaining()));
    results.publish(wrong && random.nextInt(10) == 0 ? Mutator.someInt(random) : Frames.RESULT);
    honest.next();
  }

  private static void writeProgress(
      SpscRing results, ByteBuffer buffer, Honest honest, boolean wrong, SplittableRandom random)
      throws WireException {
    byte[] bytes = new ProgressReport(honest.sequence(), 1, 3, 4, "of four").toBytes();
    bytes = wrong ? Mutator.mutate(bytes, random) : bytes;
    int at = results.claim(bytes.length);
    if (at >= 0) {
      buffer.put(at, bytes, 0, bytes.length);
      results.publish(Frames.PROGRESS);
    }
  }

  private static void writeElement(
      SpscRing results, ByteBuffer buffer, Honest honest, boolean wrong, SplittableRandom random)
      throws WireException {
    int length = wrong && random.nextInt(4) == 0 ? random.nextInt(9) : 8 + random.nextInt(20);
    int at = results.claim(length);
    if (at < 0) {
      return;
    }
    int sequence = (int) honest.sequence();
    int element = honest.element;
    if (wrong) {
      sequence = random.nextBoolean() ? sequence : Mutator.someInt(random);
      element = random.nextBoolean() ? random.nextInt(8) - 1 : Mutator.someInt(random);
    }
    if (length >= Integer.BYTES) {
      buffer.putInt(at, sequence);
    }
    if (length >= Frames.ELEMENT_PAYLOAD) {
      buffer.putInt(at + Integer.BYTES, element);
    }
    results.publish(Frames.ELEMENT);
    honest.next();
  }

  private static void drain(WorkerSlot slot, Tally tally) {
    tally.reading();
    int unused = slot.drain();
    if (slot.hasResults()) {
      slot.drain(); // the racer may have written meanwhile
    }
    if (slot.state == WorkerState.RETIRING) {
      tally.rejected();
    } else {
      tally.accepted();
    }
  }

  private void cancelSome(List<Counted> tasks, SplittableRandom random) {
    for (Counted task : tasks) {
      if (random.nextBoolean()) {
        services.scheduler().stopper().cancel(task, /* mayInterrupt= */ random.nextBoolean());
      }
    }
  }

  /** What the supervisor does when a worker has ended. */
  private void lose(WorkerSlot slot) {
    Scheduler scheduler = services.scheduler();
    scheduler.losses().closing(slot);
    slot.drainToEnd();
    for (PendingTask task : scheduler.losses().lost(slot)) {
      task.over(new IllegalStateException("lost"));
    }
    while (slot.isCopying()) {
      Thread.onSpinWait(); // a large result is copied in the background
    }
    scheduler.stopper().cancelPending();
  }

  private static void check(List<Counted> tasks) {
    for (Counted task : tasks) {
      for (int i = 0; i < task.outcomes.length(); i++) {
        if (task.outcomes.get(i) != 1) {
          throw new AssertionError(
              "outcomes of the elements of task " + task.id + ": " + task.outcomes);
        }
      }
    }
  }

  @Override
  public void close() throws InterruptedException {
    closed = true;
    racer.join();
    neverLaunched.countDown();
    supervisor.end();
    supervisor.run(); // clears up
  }
}
