package dev.procession.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link SegmentWriter} and {@link SegmentReader}, each as one process has it. */
class SegmentsTest {
  private static final int SMALLEST = 128 << 10;
  private static final int RETAINED = 8 << 20;

  @TempDir private Path folder;
  private SharedDirectory directory;
  private SegmentWriter writer;
  private SegmentReader reader;

  @BeforeEach
  void make() {
    directory = SharedDirectory.attach(List.of(folder));
    writer = new SegmentWriter(directory, "w1c", RETAINED);
    reader = new SegmentReader(directory, "w1c");
  }

  private static byte[] payload(int length) {
    byte[] payload = new byte[length];
    new Random(length).nextBytes(payload);
    return payload;
  }

  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  /* ---- The way it goes ---- */

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 100, SMALLEST - 1, SMALLEST, SMALLEST + 1, 1 << 20, 5_000_003})
  void read_ofWhatWasWritten_returnsItAndLeavesNoFile(int length) throws IOException {
    byte[] payload = payload(length);
    SegmentRef ref = writer.write(payload);
    assertThat(ref.length()).isEqualTo(length);
    assertThat(ref.capacity()).isGreaterThanOrEqualTo(Math.max(SMALLEST, length));
    assertThat(reader.read(ref)).isEqualTo(payload);
    assertThat(files()).isEmpty();
  }

  @Test
  void write_afterTheReaderHasCopied_usesTheSegmentAgain() throws IOException {
    SegmentRef first = writer.write(payload(1 << 20));
    reader.read(first);
    for (int length : new int[] {1 << 20, 5, 1 << 19}) {
      byte[] payload = payload(length);
      SegmentRef ref = writer.write(payload);
      assertThat(ref.id()).isEqualTo(first.id());
      assertThat(reader.read(ref)).isEqualTo(payload);
    }
    assertThat(files()).isEmpty();
  }

  @Test
  void write_beforeTheReaderHasCopied_takesAnother() throws IOException {
    SegmentRef first = writer.write(payload(1000));
    SegmentRef second = writer.write(payload(2000));
    assertThat(second.id()).isNotEqualTo(first.id());
    assertThat(reader.read(second)).isEqualTo(payload(2000));
    assertThat(reader.read(first)).isEqualTo(payload(1000));
  }

  @Test
  void write_ofMoreThanAFreeSegmentHolds_takesALargerOne() throws IOException {
    SegmentRef small = writer.write(payload(1000));
    reader.read(small);
    SegmentRef large = writer.write(payload(SMALLEST + 1));
    assertThat(large.id()).isNotEqualTo(small.id());
    assertThat(reader.read(large)).isEqualTo(payload(SMALLEST + 1));
  }

  @Test
  void reclaim_ofASegmentNobodyRead_letsItBeUsedAgain() throws IOException {
    SegmentRef unread = writer.write(payload(1000));
    writer.reclaim(unread);
    SegmentRef next = writer.write(payload(3000));
    assertThat(next.id()).isEqualTo(unread.id());
    assertThat(reader.read(next)).isEqualTo(payload(3000));
  }

  @Test
  void write_ofMoreThanAPowerOfTwoWouldWaste_takesASegmentLittleLarger() throws IOException {
    SegmentWriter generous = new SegmentWriter(directory, "w2c", SegmentWriter.MOST_RETAINED);
    SegmentReader from = new SegmentReader(directory, "w2c");
    byte[] payload = payload(SegmentWriter.LEAST_RETAINED + 5);
    for (int i = 0; i < 2; i++) {
      SegmentRef ref = generous.write(payload);
      assertThat(ref.id()).isZero();
      assertThat(ref.capacity()).isEqualTo(SegmentWriter.LEAST_RETAINED + (8 << 20));
      assertThat(Arrays.equals(from.read(ref), payload)).isTrue();
    }
    SegmentRef tooLarge = generous.write(new byte[SegmentWriter.MOST_RETAINED + 1]);
    assertThat(tooLarge.capacity()).isZero();
    generous.reclaim(tooLarge);
  }

  @Test
  void retained_isAShareOfTheMemoryThatIsFree_andWithinBounds() {
    assertThat(SegmentWriter.retained(directory, 1)).isEqualTo(SegmentWriter.LEAST_RETAINED);
    SharedDirectory none = SharedDirectory.attach(List.of(folder));
    assertThat(none.freeMemory()).isZero();
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void retained_inMemory_isSharedByTheWorkers() {
    SharedDirectory memory = SharedDirectory.attach(List.of(Path.of("/dev/shm")));
    assumeThat(memory.freeMemory()).isGreaterThan(16L * SegmentWriter.MOST_RETAINED);
    assertThat(SegmentWriter.retained(memory, 1)).isEqualTo(SegmentWriter.MOST_RETAINED);
    assertThat(SegmentWriter.retained(memory, 1_000_000)).isEqualTo(SegmentWriter.LEAST_RETAINED);
  }

  @Test
  void open_readsPieceByPiece_andNoFurtherThanThePayload() throws IOException {
    byte[] payload = payload(1000);
    for (int retained : new int[] {0, RETAINED}) {
      SegmentWriter into = new SegmentWriter(directory, "p" + retained, retained);
      SegmentReader from = new SegmentReader(directory, "p" + retained);
      try (SegmentInput in = from.open(into.write(payload))) {
        byte[] first = new byte[12];
        in.read(first, 2, 10);
        assertThat(first).startsWith(0, 0, payload[0]).endsWith(payload[9]);
        assertThat(in.remaining()).isEqualTo(990);
        assertThatThrownBy(() -> in.read(new byte[991], 0, 991)).isInstanceOf(EOFException.class);
        assertThat(in.rest()).isEqualTo(Arrays.copyOfRange(payload, 10, 1000));
        assertThat(in.remaining()).isZero();
      }
    }
    assertThat(files()).isEmpty();
  }

  /* ---- Large: plain files ---- */

  @Test
  void write_ofMoreThanIsRetained_goesThroughAFileReadOnce() throws IOException {
    byte[] payload = payload(RETAINED + 1);
    SegmentRef ref = writer.write(payload);
    assertThat(ref.capacity()).isZero();
    assertThat(files()).hasSize(1);
    assertThat(Arrays.equals(reader.read(ref), payload)).isTrue();
    assertThat(files()).isEmpty();
    assertThatThrownBy(() -> reader.read(ref))
        .isInstanceOf(WireException.class)
        .hasMessageContaining("no file");
  }

  @Test
  void write_whenTheRetainedMemoryIsInUse_goesThroughFilesAndComesBackToSegments()
      throws IOException {
    List<SegmentRef> held = new ArrayList<>();
    for (int i = 0; i < RETAINED / SMALLEST; i++) {
      held.add(writer.write(payload(i)));
    }
    assertThat(held).allMatch(ref -> ref.capacity() == SMALLEST);
    SegmentRef beyond = writer.write(payload(9));
    assertThat(beyond.capacity()).isZero();
    for (int i = 0; i < held.size(); i++) {
      assertThat(reader.read(held.get(i))).isEqualTo(payload(i));
    }
    assertThat(reader.read(beyond)).isEqualTo(payload(9));
    assertThat(files()).isEmpty();
    assertThat(writer.write(payload(9)).capacity()).isEqualTo(SMALLEST);
  }

  @Test
  void reclaim_ofAPlainFile_deletesIt() throws IOException {
    SegmentRef ref = writer.write(new byte[RETAINED + 1]);
    writer.reclaim(ref);
    assertThat(files()).isEmpty();
    writer.reclaim(ref); // and once more does nothing
  }

  @Test
  void emptyPayload_throughAPlainFile_works() throws IOException {
    while (writer.write(payload(10)).capacity() > 0) {
      // until nothing is left but files
    }
    assertThat(reader.read(writer.write(new byte[0]))).isEmpty();
  }

  /* ---- Several threads ---- */

  @Test
  void severalThreads_writeAndRead_everyPayloadArrivesIntact() throws Exception {
    List<CompletableFuture<Void>> all = new ArrayList<>();
    for (int thread = 0; thread < 4; thread++) {
      int seed = thread;
      all.add(
          CompletableFuture.runAsync(
              () -> {
                Random random = new Random(seed);
                try {
                  for (int i = 0; i < 300; i++) {
                    byte[] payload = new byte[random.nextInt(3 * SMALLEST)];
                    Arrays.fill(payload, (byte) (seed * 50 + i));
                    SegmentRef ref = writer.write(payload);
                    assertThat(Arrays.equals(reader.read(ref), payload)).isTrue();
                  }
                } catch (IOException e) {
                  throw new AssertionError(e);
                }
              }));
    }
    for (CompletableFuture<Void> one : all) {
      one.get(60, TimeUnit.SECONDS);
    }
    assertThat(files()).isEmpty();
  }

  @Test
  void writeAndRead_byAnInterruptedThread_workAndKeepTheInterrupt() throws IOException {
    Thread.currentThread().interrupt();
    SegmentRef mapped = writer.write(payload(1000));
    SegmentRef plain = writer.write(new byte[RETAINED + 1]);
    assertThat(reader.read(mapped)).isEqualTo(payload(1000));
    assertThat(reader.read(plain)).hasSize(RETAINED + 1);
    assertThat(Thread.interrupted()).isTrue();
  }

  /* ---- No room ---- */

  @Test
  void write_whereTheFirstDirectoryIsGone_fallsBackToTheSecond(@TempDir Path second)
      throws IOException {
    SharedDirectory both = SharedDirectory.attach(List.of(folder.resolve("gone"), second));
    SegmentWriter into = new SegmentWriter(both, "x", RETAINED);
    SegmentReader from = new SegmentReader(both, "x");
    for (int length : new int[] {1000, RETAINED + 1}) {
      SegmentRef ref = into.write(new byte[length]);
      assertThat(second.resolve("x" + ref.id())).exists();
      assertThat(from.read(ref)).hasSize(length);
    }
  }

  @Test
  void write_whereNoDirectoryIsLeft_throwsAndNamesThem() {
    SharedDirectory none = SharedDirectory.attach(List.of(folder.resolve("gone")));
    SegmentWriter into = new SegmentWriter(none, "x", RETAINED);
    for (int length : new int[] {1000, RETAINED + 1}) {
      assertThatThrownBy(() -> into.write(new byte[length]))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("could not be made")
          .hasMessageContaining(folder.resolve("gone").toString())
          .hasMessageContaining("No such file");
    }
  }

  /* ---- Lies ---- */

  private void refused(SegmentRef ref) {
    assertThatThrownBy(() -> reader.read(ref)).as("%s", ref).isInstanceOf(WireException.class);
  }

  @Test
  void read_ofAReferenceThatLies_isRefused() throws IOException {
    SegmentRef ref = writer.write(payload(1000));
    int id = ref.id();
    refused(new SegmentRef(id + 1, ref.capacity(), 10));
    refused(new SegmentRef(-1, 0, 0));
    refused(new SegmentRef(-1, ref.capacity(), 0));
    refused(new SegmentRef(id, ref.capacity(), -1));
    refused(new SegmentRef(id, -1, 10));
    refused(new SegmentRef(id, Integer.MIN_VALUE, 10));
    refused(new SegmentRef(id, Integer.MAX_VALUE, 10));
    refused(new SegmentRef(id, ref.capacity() + 1, 10));
    refused(new SegmentRef(id, ref.capacity() - 1, 10));
    refused(new SegmentRef(id, ref.capacity(), ref.capacity() + 1));
    refused(new SegmentRef(id, ref.capacity(), Integer.MAX_VALUE));
    assertThat(reader.read(ref)).isEqualTo(payload(1000));
    refused(new SegmentRef(id, Integer.MAX_VALUE, ref.capacity() + 1)); // also once it is mapped
  }

  /** A length is compared with the file before anything of that size is allocated. */
  @Test
  void read_ofAPlainFileWithAnotherLength_isRefusedAndDeletesIt() throws IOException {
    for (int lie : new int[] {0, 9, 11, Integer.MAX_VALUE}) {
      Files.write(folder.resolve("w1c77"), new byte[10]);
      refused(new SegmentRef(77, 0, lie));
      assertThat(files()).isEmpty();
    }
  }

  @Test
  void read_ofAnEmptySegmentFile_isRefused() throws IOException {
    Files.createFile(folder.resolve("w1c7"));
    refused(new SegmentRef(7, SMALLEST, 10));
  }

  @Test
  void read_ofAFolder_isRefused() throws IOException {
    Files.createDirectory(folder.resolve("w1c7"));
    refused(new SegmentRef(7, SMALLEST, 10));
    refused(new SegmentRef(7, 0, 10));
  }

  @Test
  void read_ofMoreSegmentsThanAWriterKeeps_isRefused() throws IOException {
    int most = SegmentWriter.MOST_RETAINED / SMALLEST + 1;
    for (int id = 0; id < most; id++) {
      Files.write(folder.resolve("w1c" + id), new byte[SegmentWriter.PAYLOAD_AT + 8]);
      assertThat(reader.read(new SegmentRef(id, 8, 8))).hasSize(8);
    }
    Files.write(folder.resolve("w1c" + most), new byte[SegmentWriter.PAYLOAD_AT + 8]);
    refused(new SegmentRef(most, 8, 8));
  }
}
