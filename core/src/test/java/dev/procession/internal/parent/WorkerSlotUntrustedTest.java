package dev.procession.internal.parent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.ExitReason;
import dev.procession.OutputListener;
import dev.procession.PoolListener;
import dev.procession.WhenFull;
import dev.procession.WorkerState;
import dev.procession.internal.codec.CallKind;
import dev.procession.internal.wire.Frames;
import dev.procession.internal.wire.ProgressReport;
import dev.procession.internal.wire.Region;
import dev.procession.internal.wire.SegmentReader;
import dev.procession.internal.wire.SegmentRef;
import dev.procession.internal.wire.SegmentWriter;
import dev.procession.internal.wire.SharedDirectory;
import dev.procession.internal.wire.WireException;
import dev.procession.spi.TaskSerializer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What a worker may write into its result ring: whatever it is, every element has one outcome once
 * the worker is buried. Each case was found by {@code ./procession fuzz}.
 */
class WorkerSlotUntrustedTest {
  private static final ResultDecoder DECODER =
      ResultDecoder.of(TaskSerializer.jdk(), WorkerSlotUntrustedTest.class.getClassLoader());

  @TempDir private Path folder;
  private SharedDirectory directory;
  private LocalServices services;
  private Supervisor supervisor;
  private WorkerSlot slot;
  private Region worker;
  private static int keptBytes; // of all Counted

  /** A task that counts the outcomes of its elements, and no more. */
  private static final class Counted extends PendingTask {
    private final int[] outcomes;
    private final int first;

    Counted(int[] outcomes, int first, int count) {
      super(
          1,
          outcomes.length > 1 ? CallKind.CHUNK : CallKind.CALLABLE,
          count,
          new byte[8],
          /* stored= */ null,
          new TaskTerms("counted", 0, 0, 0, null, DECODER));
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
      outcomes[first + result.element()]++;
    }

    @Override
    void elements(ElementRun run) {
      keptBytes += run.bytes().length;
      for (int i = 0; i < run.count(); i++) {
        outcomes[first + run.first() + i]++;
      }
    }

    @Override
    public void over(Throwable failure) {
      for (int i = elementsDone(); i < count; i++) {
        outcomes[first + i]++;
      }
    }

    @Override
    public PendingTask restAfter(int element) {
      if (element + 1 >= count) {
        return null;
      }
      PendingTask rest = new Counted(outcomes, first + element + 1, count - element - 1);
      count = element + 1;
      return rest;
    }
  }

  /** A pool whose supervisor does not run and whose launcher starts nothing. */
  @BeforeEach
  void make() throws IOException {
    directory = SharedDirectory.create(List.of(folder));
    TaskSerializer serializer = TaskSerializer.jdk();
    PoolConfig config =
        new PoolConfig(
            "untrusting",
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
              throw new IOException("nothing is launched here");
            },
            null,
            OutputListener.DISCARD,
            PoolListener.NONE);
    services = new LocalServices(config, DECODER);
    LaunchCommand command = new LaunchCommand(config, Runtime.version().feature());
    supervisor = new Supervisor(services, directory, command, new byte[0]);
    services.scheduler().start(supervisor);
    slot =
        new WorkerSlot(services, new Occupancy(), 1, false, 1000, new WorkerProcess(services, 1));
    Path file = folder.resolve("region");
    slot.attach(
        Region.create(file),
        new SegmentWriter(directory, "w1c", 1 << 20),
        new SegmentReader(directory, "w1r"));
    worker = Region.open(file);
    slot.moveTo(WorkerState.IDLE);
  }

  @AfterEach
  void close() {
    supervisor.end();
    supervisor.run(); // clears up
  }

  private List<int[]> begin(int... elements) throws WireException {
    List<int[]> outcomes = new ArrayList<>();
    for (int count : elements) {
      int[] counted = new int[count];
      assertThat(slot.put(new Counted(counted, 0, count))).isTrue();
      outcomes.add(counted);
      assertThat(worker.claim(outcomes.size())).isTrue();
    }
    return outcomes;
  }

  private void write(long sequence, int element, int flags) throws WireException {
    int at = worker.results().claim(Frames.RESULT_PAYLOAD);
    ByteBuffer buffer = worker.buffer();
    buffer.putLong(at, sequence);
    buffer.putInt(at + 8, element);
    buffer.putInt(at + 12, flags);
    worker.results().publish(Frames.RESULT);
  }

  private void write(long sequence, int flags, SegmentRef ref) throws WireException {
    int at = worker.results().claim(Frames.RESULT_PAYLOAD + Frames.REF);
    ByteBuffer buffer = worker.buffer();
    buffer.putLong(at, sequence);
    buffer.putInt(at + 8, 0);
    buffer.putInt(at + 12, flags | Frames.IN_SEGMENT);
    Frames.putRef(buffer, at + Frames.RESULT_PAYLOAD, ref);
    worker.results().publish(Frames.RESULT);
  }

  private void writeElement(int sequence, int element, int length) throws WireException {
    int at = worker.results().claim(length);
    worker.buffer().putInt(at, sequence);
    if (length >= Frames.ELEMENT_PAYLOAD) {
      worker.buffer().putInt(at + 4, element);
    }
    worker.results().publish(Frames.ELEMENT);
  }

  /** Reads what is there and does what the supervisor does at a worker's end. */
  private void drainAndBury() {
    slot.drain();
    services.scheduler().losses().closing(slot);
    slot.drainToEnd();
    services
        .scheduler()
        .losses()
        .lost(slot)
        .forEach(task -> task.over(new IllegalStateException("lost")));
    services.scheduler().stopper().cancelPending();
  }

  private static void assertOneEach(List<int[]> outcomes) {
    for (int[] counted : outcomes) {
      assertThat(Arrays.stream(counted)).as("outcomes").containsOnly(1);
    }
  }

  /** The second end of call 1 took the result of call 2, which was decided, out of the batch. */
  @Test
  void frameBehindTheLast_takesNoOtherCallsOutcome() throws WireException {
    List<int[]> outcomes = begin(1, 1);
    slot.cut(1);
    write(1, 0, Frames.LAST);
    write(1, 1, Frames.LAST | Frames.CUT);
    write(2, 0, Frames.LAST);
    drainAndBury();
    assertOneEach(outcomes);
    assertThat(slot.endReason).isEqualTo(ExitReason.PROTOCOL_ERROR);
  }

  /** Its outcome was decided when it was read, and told by nobody. */
  @Test
  void endOutOfTurn_isToldAndThenTheWorkerIsKilled() throws WireException {
    List<int[]> outcomes = begin(1, 1, 3);
    write(1, 0, Frames.LAST);
    write(3, 0, 0);
    write(3, 1, 0);
    write(3, 2, Frames.LAST);
    write(2, 0, Frames.LAST);
    drainAndBury();
    assertOneEach(outcomes);
    assertThat(slot.endReason).isEqualTo(ExitReason.PROTOCOL_ERROR);
  }

  /** What was cut off before the violation was forgotten with it. */
  @Test
  void cutBeforeAnEndOutOfTurn_isToldToo() throws WireException {
    List<int[]> outcomes = begin(3, 1, 1);
    slot.cut(1);
    write(1, 0, 0);
    write(1, 1, Frames.LAST | Frames.CUT);
    write(3, 0, Frames.LAST);
    drainAndBury();
    assertOneEach(outcomes);
  }

  /** The element behind the last got an outcome from its frame and another as part of the rest. */
  @Test
  void elementBehindTheLast_isRefused() throws WireException {
    List<int[]> outcomes = begin(4);
    write(1, 0, Frames.LAST);
    write(1, 1, 0);
    drainAndBury();
    assertOneEach(outcomes);
  }

  /** Elements behind it were never decided, and the call was over without them. */
  @Test
  void cutThatIsNotTheLast_isRefused() throws WireException {
    List<int[]> outcomes = begin(3);
    slot.cut(1);
    write(1, 0, Frames.CUT);
    write(1, 1, 0);
    write(1, 2, Frames.LAST);
    drainAndBury();
    assertOneEach(outcomes);
  }

  /** A worker that always said so would get the same work again and again. */
  @Test
  void cutThatNobodyAskedFor_isRefused() throws WireException {
    List<int[]> outcomes = begin(3);
    write(1, 0, Frames.LAST | Frames.CUT);
    slot.drain();
    assertThat(slot.state).isEqualTo(WorkerState.RETIRING);
    drainAndBury();
    assertOneEach(outcomes);
  }

  /** The parent may have thought better of it before the worker's answer came. */
  @Test
  void cutThatWasTakenBack_isTakenAllTheSame() throws WireException {
    List<int[]> outcomes = begin(3);
    slot.cut(1);
    slot.cut(0);
    write(1, 0, 0);
    write(1, 1, Frames.LAST | Frames.CUT);
    slot.drain();
    assertThat(outcomes.get(0)).containsExactly(1, 0, 0);
    assertThat(slot.state).isNotEqualTo(WorkerState.RETIRING);
    drainAndBury();
    assertOneEach(outcomes);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 20, 100_000})
  void partsThatAreNone_costTheWorker(int bytes) throws IOException {
    List<int[]> outcomes = begin(1, 1);
    byte[] garbage = new byte[bytes];
    new Random(bytes).nextBytes(garbage);
    SegmentRef ref = new SegmentWriter(directory, "w1r", 1 << 20).write(garbage);
    write(1, Frames.LAST | Frames.OUT_OF_BAND, ref);
    slot.drain();
    assertThat(outcomes.get(0)).containsExactly(1);
    drainAndBury();
    assertOneEach(outcomes);
    assertThat(slot.endReason).isEqualTo(ExitReason.PROTOCOL_ERROR);
  }

  @ParameterizedTest
  @ValueSource(ints = {Frames.LAST, Frames.LAST | Frames.IN_SEGMENT | Frames.THREW})
  void partsWhereNoneCanBe_refused(int flags) throws WireException {
    List<int[]> outcomes = begin(1);
    write(1, 0, flags | Frames.OUT_OF_BAND);
    drainAndBury();
    assertOneEach(outcomes);
    assertThat(slot.endReason).isEqualTo(ExitReason.PROTOCOL_ERROR);
  }

  @Test
  void values_ofElements_areOutcomes() throws WireException {
    List<int[]> outcomes = begin(4, 3);
    writeElement(1, 0, 9);
    writeElement(1, 1, 9);
    write(1, 2, Frames.THREW);
    write(1, 3, Frames.LAST);
    writeElement(2, 0, 9);
    slot.drain();
    assertThat(outcomes.get(0)).containsExactly(1, 1, 1, 1);
    assertThat(outcomes.get(1)).containsExactly(1, 0, 0);
    assertThat(slot.state).isNotEqualTo(WorkerState.RETIRING);
    drainAndBury();
    assertOneEach(outcomes);
  }

  /** What was read before the violation counts, and no more. */
  @ParameterizedTest
  @CsvSource({
    "1, 0, 9, a second time",
    "1, 2, 9, one left out",
    "1, -1, 9, before the first",
    "1, 3, 9, behind the last",
    "2, 0, 9, of a plain call",
    "3, 0, 9, of a call that was not begun",
    "4, 0, 9, of no call",
    "1025, 1, 9, of a call in the same slot",
    "1, 1, 7, too short",
  })
  void value_notExpected_refused(int sequence, int element, int length, String why)
      throws WireException {
    List<int[]> outcomes = begin(3, 1);
    int[] unbegun = new int[2];
    assertThat(slot.put(new Counted(unbegun, 0, 2))).isTrue();
    writeElement(1, 0, 9);
    writeElement(sequence, element, length);
    slot.drain();
    assertThat(slot.state).as(why).isEqualTo(WorkerState.RETIRING);
    assertThat(outcomes.get(0)).containsExactly(1, 0, 0);
    drainAndBury();
    outcomes.add(unbegun);
    assertOneEach(outcomes);
    assertThat(slot.endReason).isEqualTo(ExitReason.PROTOCOL_ERROR);
  }

  /** Each value was kept in a copy of everything that lay behind it. */
  @Test
  void values_betweenFailures_keepNoMoreThanThemselves() throws WireException {
    keptBytes = 0;
    List<int[]> outcomes = begin(2001);
    for (int i = 0; i < 2000; i += 2) {
      writeElement(1, i, 9);
      write(1, i + 1, Frames.THREW);
    }
    write(1, 2000, Frames.LAST);
    slot.drain();
    assertOneEach(outcomes);
    assertThat(keptBytes).isBetween(1000 * 16, 1000 * 100);
    drainAndBury();
    assertOneEach(outcomes);
  }

  /** However they are cut, and they are copied in longer and longer pieces. */
  @Test
  void values_ofALongCall_areEachReadOnce() throws WireException {
    keptBytes = 0;
    List<int[]> outcomes = begin(8001);
    for (int i = 0; i < 8000; i++) {
      writeElement(1, i, 8 + i % 9);
    }
    slot.drain();
    assertThat(Arrays.stream(outcomes.get(0), 0, 8000)).containsOnly(1);
    assertThat(outcomes.get(0)[8000]).isZero();
    assertThat(keptBytes).isLessThan(8000 * 40);
    drainAndBury();
    assertOneEach(outcomes);
  }

  /** Of elements that another thread has ended meanwhile no outcome is told. */
  @Test
  void values_ofACancelledCall_areNot() throws WireException {
    List<int[]> outcomes = begin(3);
    writeElement(1, 0, 9);
    writeElement(1, 1, 9);
    services.scheduler().stopper().cancel(slot.tasksInRing().get(0), /* mayInterrupt= */ true);
    slot.drain();
    assertOneEach(outcomes);
    drainAndBury();
    assertOneEach(outcomes);
  }

  private void writeProgress(byte[] bytes) throws WireException {
    int at = worker.results().claim(bytes.length);
    worker.buffer().put(at, bytes, 0, bytes.length);
    worker.results().publish(Frames.PROGRESS);
  }

  @Test
  void progressOfACallThatIsNotThere_isPassedOver() throws WireException {
    List<int[]> outcomes = begin(1);
    writeProgress(new ProgressReport(77, 1, 1, 2, "of nothing").toBytes());
    write(1, 0, Frames.LAST);
    assertThat(slot.drain()).isEqualTo(2);
    assertOneEach(outcomes);
  }

  @Test
  void malformedProgress_isAViolationThatCostsNoOutcome() throws WireException {
    List<int[]> outcomes = begin(1, 1);
    write(1, 0, Frames.LAST);
    writeProgress(new byte[ProgressReport.LONGEST + 1]);
    write(2, 0, Frames.LAST);
    drainAndBury();
    assertOneEach(outcomes);
  }
}
