package dev.procession.internal.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.procession.TaskFunction;
import dev.procession.internal.wire.SegmentInput;
import dev.procession.internal.wire.SegmentReader;
import dev.procession.internal.wire.SegmentWriter;
import dev.procession.internal.wire.SharedDirectory;
import java.io.InvalidObjectException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same for calls that lie beside the ring, in memory and in a file. */
class CallCodecSegmentTest extends CallCodecTest {
  @TempDir private Path folder;

  @Override
  @Nullable Object decode(CallCodec codec, byte[] bytes) throws Exception {
    SharedDirectory directory = SharedDirectory.attach(List.of(folder));
    SegmentReader reader = new SegmentReader(directory, "c");
    Object work = null;
    for (int retained : new int[] {0, 1 << 20}) {
      SegmentWriter writer = new SegmentWriter(directory, "c", retained);
      try (SegmentInput in = reader.open(writer.write(bytes))) {
        work = codec.decode(in);
        assertThat(in.remaining()).isZero();
      }
    }
    return work;
  }

  @Test
  @DisplayName("a segment is given back also if what was in it cannot be read")
  void decode_malformed_givesTheSegmentBack() throws Exception {
    SharedDirectory directory = SharedDirectory.attach(List.of(folder));
    SegmentWriter writer = new SegmentWriter(directory, "d", 1 << 20);
    SegmentReader reader = new SegmentReader(directory, "d");
    TaskFunction<byte[], byte[]> echo = given -> given;
    byte[] bytes = parent.encode(new Object[] {echo, new byte[1000]});
    bytes[6] = 127; // the length of the part
    for (int i = 0; i < 3; i++) {
      var ref = writer.write(bytes);
      assertThat(ref.id()).isZero();
      try (SegmentInput in = reader.open(ref)) {
        assertThat(catchThrowable(() -> parent.decode(in)))
            .isInstanceOf(InvalidObjectException.class);
      }
    }
  }
}
