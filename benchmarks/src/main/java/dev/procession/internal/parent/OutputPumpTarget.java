package dev.procession.internal.parent;

import dev.procession.benchmarks.fuzz.Mutator;
import dev.procession.benchmarks.fuzz.Tally;
import dev.procession.benchmarks.fuzz.Target;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/** A parent cuts what a worker prints into lines and finds the marks in it. */
public final class OutputPumpTarget implements Target {
  private static final String TOKEN = "0123456789abcdef";
  private static final int LONGEST_LINE = (64 << 10) + 4;

  @Override
  public String name() {
    return "output";
  }

  /** The bytes, a few times, and the buffers. */
  @Override
  public long allocationLimit() {
    return 4 << 20;
  }

  @Override
  public void feed(SplittableRandom random, Tally tally) {
    byte[] bytes = Mutator.mutate(valid(random), random);
    long[] text = new long[1];
    boolean[] marked = new boolean[1];
    tally.reading();
    new OutputPump(
            new ByteArrayInputStream(bytes),
            TOKEN,
            (sequence, line) -> {
              if (sequence < OutputPump.UNMARKED || sequence == 0) {
                throw new AssertionError("sequence " + sequence);
              }
              if (line.length() > LONGEST_LINE) {
                throw new AssertionError("a line of " + line.length());
              }
              marked[0] |= sequence > 0;
              text[0] += line.length();
            })
        .run();
    if (text[0] > bytes.length) {
      throw new AssertionError(text[0] + " characters of " + bytes.length + " bytes");
    }
    if (marked[0]) {
      tally.accepted();
    } else {
      tally.rejected();
    }
  }

  private static byte[] valid(SplittableRandom random) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int i = random.nextInt(8); i > 0; i--) {
      String piece =
          switch (random.nextInt(7)) {
            case 0, 1 -> "\u001e" + TOKEN + Math.abs(Mutator.someLong(random)) + "\u001e";
            case 2 -> "\u001e" + TOKEN.substring(random.nextInt(TOKEN.length()));
            case 3 -> "\u001e".repeat(random.nextInt(4));
            case 4 -> "a line\r\n";
            case 5 -> "\u20ac and \ud83d\ude00";
            default ->
                random.nextInt(20) == 0 ? "x".repeat(70_000) : "9".repeat(random.nextInt(30));
          };
      out.writeBytes(piece.getBytes(StandardCharsets.UTF_8));
    }
    return out.toByteArray();
  }
}
