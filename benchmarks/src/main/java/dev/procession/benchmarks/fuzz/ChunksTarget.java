package dev.procession.benchmarks.fuzz;

import dev.procession.internal.codec.ChunkCodec;
import java.io.InvalidObjectException;
import java.util.ArrayList;
import java.util.List;
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
    List<byte[]> arguments = new ArrayList<>();
    for (int i = random.nextInt(6); i > 0; i--) {
      arguments.add(new byte[random.nextInt(40)]);
    }
    byte[] payload =
        Mutator.mutate(ChunkCodec.join(new byte[random.nextInt(60)], arguments), random);
    ChunkCodec chunk = new ChunkCodec(payload);
    tally.reading();
    try {
      for (int i = 0; i <= arguments.size(); i++) {
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
