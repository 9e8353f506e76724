package dev.procession.internal.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.spi.TaskSerializer;
import java.io.InvalidObjectException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PiecesTest {
  private final ValueCodec codec =
      new ValueCodec(TaskSerializer.jdk(), PiecesTest.class.getClassLoader());

  private static List<byte[]> read(Pieces pieces, int count) throws InvalidObjectException {
    List<byte[]> read = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      pieces.next();
      read.add(pieces.piece());
    }
    return read;
  }

  @Property
  void written_isReadAgain(@ForAll List<@Size(max = 400) byte[]> pieces)
      throws InvalidObjectException {
    PiecesWriter writer = new PiecesWriter(3);
    pieces.forEach(writer::add);
    assertThat(writer.count()).isEqualTo(pieces.size());
    Pieces reader = new Pieces(writer.toBytes());
    assertThat(read(reader, pieces.size()))
        .usingElementComparator(Arrays::compare)
        .isEqualTo(pieces);
    assertThat(reader.end()).isEqualTo(writer.size());
    assertThatThrownBy(reader::next).isInstanceOf(InvalidObjectException.class);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152})
  void length_atTheBorders_isReadAgain(int length) throws InvalidObjectException {
    PiecesWriter writer = new PiecesWriter(0);
    writer.add(new byte[length]);
    writer.add(new byte[] {7});
    Pieces reader = new Pieces(writer.toBytes());
    reader.next();
    assertThat(reader.length()).isEqualTo(length);
    reader.next();
    assertThat(reader.piece()).containsExactly(7);
  }

  @Test
  void values_ofEveryKind_areReadAgain() throws Exception {
    PiecesWriter writer = new PiecesWriter(0);
    List<Object> plain = Arrays.asList(1, 2L, 3.0, "four", "f\u00fcnf\u2026", null, true);
    for (Object value : plain) {
      writer.add(codec, value);
    }
    assertThat(writer.hasObjects()).isFalse();
    writer.add(codec, List.of("an object"));
    assertThat(writer.hasObjects()).isTrue();
    Pieces reader = new Pieces(writer.toBytes());
    for (Object value : plain) {
      reader.next();
      assertThat(codec.decode(reader.bytes(), reader.offset(), reader.length())).isEqualTo(value);
    }
    reader.next();
    assertThat(codec.decode(reader.bytes(), reader.offset(), reader.length()))
        .isEqualTo(List.of("an object"));
  }

  @Test
  void valueThatCannotCross_addsNothing() throws Exception {
    PiecesWriter writer = new PiecesWriter(0);
    writer.add(codec, 1);
    assertThatThrownBy(() -> writer.add(codec, new Object())).isInstanceOf(Exception.class);
    writer.add(codec, 2);
    assertThat(writer.count()).isEqualTo(2);
    assertThat(read(new Pieces(writer.toBytes()), 2)).hasSize(2);
  }

  /** More bytes of a length than there can be, a length beyond the end, a negative one. */
  @Test
  void malformed_isRefused() {
    byte[][] hostile = {
      {}, {-1}, {5, 1, 2}, {-1, -1, -1, -1, -1, 1}, {-1, -1, -1, -1, 15}, {-1, -1, -1, -1, 127}
    };
    for (byte[] bytes : hostile) {
      assertThatThrownBy(() -> new Pieces(bytes).next())
          .as(Arrays.toString(bytes))
          .isInstanceOf(InvalidObjectException.class);
    }
  }
}
