package dev.procession.cluster.internal.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.cluster.internal.code.CodeFile;
import dev.procession.internal.codec.CallKind;
import dev.procession.internal.parent.ClassFinder.Content;
import dev.procession.internal.parent.ClassFinder.Finding;
import dev.procession.internal.wire.ClassAnswer.Status;
import java.io.IOException;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class FrameTest {
  private static final byte[] BYTES = {1, 2, 3};

  private static final List<Frame> ONE_OF_EACH =
      List.of(
          new Frame.Attach(
              Frame.VERSION,
              6,
              "pool",
              Map.of("maxHeap", "64m", "environment.X", "ü"),
              "dev.procession.Fory",
              3,
              BYTES,
              List.of(new CodeFile("ab", 12, "a.jar"), new CodeFile("cd", 0, "b.jar"))),
          new Frame.Define(7, BYTES),
          new Frame.Run(1, 2, "task", CallKind.CHUNK, 3, 4, -5, 6, true, true, null, BYTES),
          new Frame.Run(1, 2, "", CallKind.CALLABLE, 1, 0, 5, 0, false, false, BYTES, new byte[0]),
          new Frame.Recall(List.of(1L, -2L)),
          new Frame.Cancel(9),
          new Frame.Demand(true),
          new Frame.Piece("ab", BYTES),
          new Frame.Granted(11),
          new Frame.Found(
              5,
              new Finding(
                  Status.FOUND,
                  6,
                  "",
                  List.of(new Content("file:x", BYTES), new Content("jrt:/y", null)))),
          new Frame.Released(4),
          new Frame.Detach(true),
          new Frame.Ask(1, (byte) 2, 3),
          new Frame.Condemn(4),
          new Frame.Share("v", 5),
          new Frame.Preload("v"),
          new Frame.Unshare("v"),
          new Frame.Lack("v"),
          new Frame.Entrust(
              new Frame.Run(1, 2, "t", CallKind.CALLABLE, 1, 3, 4, 0, false, true, null, BYTES)),
          new Frame.Claim(1, "id"),
          new Frame.Forget("id"),
          new Frame.Printed(7),
          new Frame.Heard(8),
          new Frame.Entrusted(1, "", "why"),
          new Frame.Claimed(1, true),
          new Frame.Detached(),
          new Frame.Answer(1, BYTES),
          new Frame.Told(BYTES),
          new Frame.Refused(6, "no"),
          new Frame.Need(List.of("ab", "cd")),
          new Frame.Renew(6, 12),
          new Frame.Lookup(5, BYTES),
          new Frame.Capacity(6, 4, 2_048, false, 1L << 40),
          new Frame.Noted(),
          new Frame.Drain(),
          new Frame.Left(3),
          new Frame.Begun(1, 2, 3),
          new Frame.Result(1, 2, true, 1, false, 3, 4, 5, 6, BYTES),
          new Frame.Over(1, BYTES, true, 2, 3),
          new Frame.Ended(13),
          new Frame.Cut(1, 2, -3),
          new Frame.Returned(List.of()),
          new Frame.Kept(List.of(5L)),
          new Frame.Progress(1, BYTES),
          new Frame.Output(1, 2, "task", true, "line"));

  private static byte[] message(List<Frame> frames) {
    FrameWriter out = new FrameWriter();
    frames.forEach(frame -> Frame.append(frame, out));
    return out.toBytes();
  }

  @Test
  @DisplayName("every frame is read as it was written, alone and in a row")
  void roundTrip() throws IOException {
    Set<Frame.Type> seen = EnumSet.noneOf(Frame.Type.class);
    for (Frame frame : ONE_OF_EACH) {
      seen.add(frame.type());
      assertThat(Frame.readAll(message(List.of(frame)), 0))
          .usingRecursiveFieldByFieldElementComparator()
          .containsExactly(frame);
    }
    assertThat(seen).containsExactlyInAnyOrder(Frame.Type.values());
    assertThat(Frame.readAll(message(ONE_OF_EACH), 0))
        .usingRecursiveFieldByFieldElementComparator()
        .containsExactlyElementsOf(ONE_OF_EACH);
  }

  @Test
  @DisplayName("whatever else is read is an IOException, and allocates no more than there is")
  void malformed() throws IOException {
    byte[] whole = message(ONE_OF_EACH);
    Random random = new Random(1);
    for (int i = 0; i < 100_000; i++) {
      byte[] damaged = whole.clone();
      for (int j = random.nextInt(4); j >= 0; j--) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
      }
      try {
        var unused = Frame.readAll(damaged, 0);
      } catch (IOException e) {
        // As it should be, if anything is to be thrown.
      }
    }
    assertThatThrownBy(() -> Frame.readAll(new byte[] {99}, 0)).isInstanceOf(IOException.class);
    for (int length = 1; length < 60; length++) {
      byte[] cut = Arrays.copyOf(message(List.of(ONE_OF_EACH.get(0))), length);
      assertThatThrownBy(() -> Frame.readAll(cut, 0)).isInstanceOf(IOException.class);
    }
  }
}
