package dev.procession.benchmarks.fuzz;

import dev.procession.internal.wire.SegmentReader;
import dev.procession.internal.wire.SegmentRef;
import dev.procession.internal.wire.SharedDirectory;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;

/** Either side reads a payload beside the ring: references and files that do not fit each other. */
final class SegmentsTarget implements Target {
  private static final String PREFIX = "w1r";
  private static final int IDS = 40;
  private static final int MOST_BYTES = 300 << 10;

  /** A reader keeps what it has mapped; so that not all is mapped already. */
  private static final int READS_PER_READER = 50;

  private final Path directory = Files.createTempDirectory("fuzz-segments-");
  private final SharedDirectory shared = SharedDirectory.attach(List.of(directory));
  private SegmentReader reader = new SegmentReader(shared, PREFIX);

  SegmentsTarget() throws IOException {}

  @Override
  public String name() {
    return "segments";
  }

  /** The payload, if the file really has it. */
  @Override
  public long allocationLimit() {
    return MOST_BYTES + (64 << 10);
  }

  @Override
  public void feed(SplittableRandom random, Tally tally) throws IOException {
    reader = new SegmentReader(shared, PREFIX);
    for (int i = 0; i < READS_PER_READER; i++) {
      int id = random.nextInt(IDS);
      int size = random.nextInt(3) == 0 ? random.nextInt(MOST_BYTES) : random.nextInt(2_000);
      place(random, id, size);
      int capacity =
          switch (random.nextInt(4)) {
            case 0 -> 0;
            case 1 -> size - 64;
            case 2 -> size;
            default -> Mutator.someInt(random);
          };
      int length =
          switch (random.nextInt(4)) {
            case 0 -> size;
            case 1 -> capacity;
            case 2 -> size - 64;
            default -> Mutator.someInt(random);
          };
      int asked = random.nextInt(6) == 0 ? Mutator.someInt(random) : id;
      read(new SegmentRef(asked, capacity, length), tally);
    }
    clear();
  }

  private void read(SegmentRef ref, Tally tally) {
    tally.reading();
    try {
      byte[] payload = reader.read(ref);
      if (payload.length != ref.length()) {
        throw new AssertionError(payload.length + " bytes for " + ref);
      }
      tally.accepted();
    } catch (IOException e) {
      tally.rejected();
    }
  }

  private void place(SplittableRandom random, int id, int size) throws IOException {
    Path file = directory.resolve(PREFIX + id);
    Files.deleteIfExists(file);
    switch (random.nextInt(8)) {
      case 0 -> {} // none
      case 1 -> Files.createDirectory(file);
      case 2 ->
          Files.createSymbolicLink(
              file, random.nextBoolean() ? file : directory.resolve(PREFIX + random.nextInt(IDS)));
      default -> {
        try (RandomAccessFile made = new RandomAccessFile(file.toFile(), "rw")) {
          made.setLength(size); // sparse: there is room for as much as it is read
        }
      }
    }
  }

  private void clear() throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        Files.delete(file);
      }
    }
  }

  @Override
  public void close() throws IOException {
    clear();
    Files.delete(directory);
  }
}
