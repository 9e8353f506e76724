package dev.procession.benchmarks.fuzz;

import java.util.Arrays;
import java.util.SplittableRandom;

/** Makes malformed inputs of well-formed ones. */
public final class Mutator {
  private static final int[] INTS = {
    0,
    1,
    -1,
    2,
    7,
    8,
    16,
    40,
    64,
    255,
    256,
    1 << 15,
    1 << 16,
    1 << 18,
    1 << 20,
    1 << 24,
    1 << 30,
    Integer.MAX_VALUE,
    Integer.MAX_VALUE - 8,
    Integer.MIN_VALUE
  };

  private Mutator() {}

  /** The same bytes, now and then untouched, else changed in a few places or altogether. */
  public static byte[] mutate(byte[] valid, SplittableRandom random) {
    byte[] bytes = valid.clone();
    switch (random.nextInt(8)) {
      case 0 -> bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length + 1));
      case 1 -> bytes = Arrays.copyOf(bytes, bytes.length + random.nextInt(64));
      case 2 -> {
        bytes = new byte[random.nextInt(200)];
        random.nextBytes(bytes);
      }
      default -> {}
    }
    int changes = random.nextInt(5);
    for (int i = 0; i < changes && bytes.length > 0; i++) {
      change(bytes, random);
    }
    return bytes;
  }

  private static void change(byte[] bytes, SplittableRandom random) {
    int at = random.nextInt(bytes.length);
    switch (random.nextInt(5)) {
      case 0 -> bytes[at] = (byte) random.nextInt();
      case 1 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
      case 2 -> bytes[at] = (byte) (random.nextBoolean() ? 0xFF : 0x7F);
      case 3 -> { // an int where one may be, in either order
        int value = someInt(random);
        if (random.nextBoolean()) {
          value = Integer.reverseBytes(value);
        }
        for (int i = 0; i < Integer.BYTES && at + i < bytes.length; i++) {
          bytes[at + i] = (byte) (value >>> 8 * i);
        }
      }
      default -> { // a piece of it once more, elsewhere
        int from = random.nextInt(bytes.length);
        int length = random.nextInt(1 + Math.min(32, bytes.length - Math.max(from, at)));
        System.arraycopy(bytes, from, bytes, at, length);
      }
    }
  }

  /** An int that is likely to be a boundary of something. */
  public static int someInt(SplittableRandom random) {
    return switch (random.nextInt(4)) {
      case 0 -> random.nextInt();
      case 1 -> random.nextInt(300) - 20;
      default -> INTS[random.nextInt(INTS.length)] + random.nextInt(3) - 1;
    };
  }

  /** A long that is likely to be a boundary of something. */
  public static long someLong(SplittableRandom random) {
    return switch (random.nextInt(4)) {
      case 0 -> random.nextLong();
      case 1 -> 8L * (random.nextInt(400) - 50);
      case 2 -> (long) someInt(random) << random.nextInt(33);
      default -> someInt(random);
    };
  }
}
