package dev.procession.benchmarks.fuzz;

import dev.procession.internal.codec.Pieces;
import dev.procession.internal.codec.PiecesWriter;
import java.io.InvalidObjectException;
import java.util.SplittableRandom;

/** A worker cuts a chunk's payload into pieces. */
final class ChunksTarget implements Target {
  @Override
  public String name() {
    return "chunk";
  }

  @Override
  public long allocationLimit() {
    return 16 << 10;
  }

  @Override
  public void feed(SplittableRandom random, Tally tally) {
    PiecesWriter written = new PiecesWriter(random.nextInt(100));
    for (int i = random.nextInt(7); i >= 0; i--) {
      written.add(new byte[random.nextInt(random.nextInt(10) == 0 ? 400 : 60)]);
    }
    byte[] payload = Mutator.mutate(written.toBytes(), random);
    Pieces chunk = new Pieces(payload);
    tally.reading();
    try {
      for (int i = 0; i < written.count(); i++) {
        chunk.next();
        if (chunk.offset() < 0
            || chunk.length() < 0
            || chunk.offset() + chunk.length() > payload.length
            || chunk.piece().length != chunk.length()) {
          throw new AssertionError("a piece outside the payload");
        }
      }
      tally.accepted();
    } catch (InvalidObjectException e) {
      tally.rejected();
    }
  }
}
