package dev.procession.benchmarks.fuzz;

import dev.procession.internal.wire.ControlMessages;
import dev.procession.internal.wire.LaunchConfig;
import dev.procession.internal.wire.WireException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/** A parent reads the bodies of what came over a private channel, whole or in part. */
final class ControlMessagesTarget implements Target {
  @Override
  public String name() {
    return "control messages";
  }

  /** A body is copied once it is there, and no earlier. */
  @Override
  public long allocationLimit() {
    return 64 << 10;
  }

  @Override
  public void feed(SplittableRandom random, Tally tally) {
    byte[] body = new byte[random.nextInt(3_000)];
    int kind = random.nextInt(5);
    ByteBuffer valid =
        switch (kind) {
          case 0 ->
              ControlMessages.hello(
                  new ControlMessages.Hello(2, 1, 4711, new byte[LaunchConfig.SECRET_BYTES]));
          case 1 -> ControlMessages.failed(body);
          case 2 -> ControlMessages.vitals(new ControlMessages.Vitals(1, 2, 3, 4, 5, 6));
          case 3 ->
              ControlMessages.profile(
                  new ControlMessages.Profile(true, new String(body, StandardCharsets.ISO_8859_1)));
          default -> ControlMessages.threads(body);
        };
    byte[] bytes = Mutator.mutate(valid.array(), random);
    ByteBuffer in =
        ByteBuffer.wrap(bytes, Math.min(1, bytes.length), Math.max(0, bytes.length - 1));
    int start = in.position();
    tally.reading();
    try {
      Object read =
          switch (kind) {
            case 0 -> ControlMessages.readHello(in);
            case 1 -> ControlMessages.readFailure(in);
            case 2 -> ControlMessages.readVitals(in);
            case 3 -> ControlMessages.readProfile(in);
            default -> ControlMessages.readThreads(in);
          };
      if (read == null && in.position() != start) {
        throw new AssertionError("half a message was taken");
      }
      if (read != null && in.position() <= start) {
        throw new AssertionError("a message was not taken");
      }
      tally.accepted();
    } catch (WireException e) {
      tally.rejected();
    }
  }
}
