package dev.procession.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/**
 * Wild writes into the memory that a worker shares with its parent.
 *
 * <p>The offsets are those of {@code RegionLayout}, version 12, which is not exported to anybody; a
 * region of another version is refused.
 */
final class RingCorruption {
  private static final long VERSION = 13;
  private static final int VERSION_AT = 8;
  private static final int FIRST_POSITION_AT = 64;
  private static final int RESULT_TAIL_AT = 192;
  private static final int LAST_POSITION_AT = 256;
  private static final int RINGS_AT = 640 + 8 * 1024;
  private static final int RING = 256 * 1024;
  private static final int RESULT_RING_AT = RINGS_AT + RING;
  private static final int RECORD = 64;
  private static final int RESULT_TYPE = 1;
  private static final int SEED = 4711;

  private RingCorruption() {}

  /** A mapping of this process. */
  private record Mapping(long start, long end) {
    static Mapping of(String line) {
      String[] range = line.substring(0, line.indexOf(' ')).split("-", 2);
      return new Mapping(
          Long.parseUnsignedLong(range[0], 16), Long.parseUnsignedLong(range[1], 16));
    }

    /** Random bytes from one offset to another. */
    void garble(SplittableRandom random, long from, long to) {
      for (long at = start + from; at < start + to; at += Long.BYTES) {
        RawMemory.putLong(at, random.nextLong());
      }
    }
  }

  private static Mapping region() {
    try (Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
      Mapping region =
          maps.filter(line -> line.contains(".region"))
              .map(Mapping::of)
              .findFirst()
              .orElseThrow(() -> new IllegalStateException("no ring is mapped in this process"));
      long version = RawMemory.getLong(region.start() + VERSION_AT) & 0xffff_ffffL;
      if (version != VERSION) {
        throw new IllegalStateException("a ring of layout version " + version);
      }
      return region;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Both rings and their positions; the words beside them, which say who sleeps, are left. */
  static void garbleRings() {
    Mapping region = region();
    SplittableRandom random = new SplittableRandom(SEED);
    for (long at = FIRST_POSITION_AT; at <= LAST_POSITION_AT; at += 64) {
      region.garble(random, at, at + Long.BYTES);
    }
    region.garble(random, RINGS_AT, region.end() - region.start());
  }

  /** Everything. */
  static void garbleAll() {
    Mapping region = region();
    region.garble(new SplittableRandom(SEED), 0, region.end() - region.start());
  }

  /** Publishes a result that claims to have two gigabytes. */
  static void claimTwoGigabytes() {
    long start = region().start();
    long tail = RawMemory.getLong(start + RESULT_TAIL_AT);
    long record = start + RESULT_RING_AT + (tail & (RING - 1));
    RawMemory.putInt(record, Integer.MAX_VALUE);
    RawMemory.putInt(record + Integer.BYTES, RESULT_TYPE);
    RawMemory.putLong(start + RESULT_TAIL_AT, tail + RECORD);
  }
}
