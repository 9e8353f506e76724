package dev.procession.internal.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.spi.TaskSerializer;
import java.io.InvalidObjectException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class ValueCodecTest {
  private static final ClassLoader LOADER = ValueCodecTest.class.getClassLoader();

  /** A serializer that must not be asked. */
  private static final TaskSerializer FORBIDDEN =
      new TaskSerializer() {
        @Override
        public byte[] serialize(@Nullable Object value) {
          throw new AssertionError("asked to serialize " + value);
        }

        @Override
        public @Nullable Object deserialize(byte[] bytes, int offset, int length, ClassLoader l) {
          throw new AssertionError("asked to deserialize");
        }
      };

  private final ValueCodec plain = new ValueCodec(FORBIDDEN, LOADER);

  @ParameterizedTest
  @NullSource
  @ValueSource(ints = {0, -1, Integer.MIN_VALUE, Integer.MAX_VALUE})
  @ValueSource(longs = {0, -1, Long.MIN_VALUE, Long.MAX_VALUE})
  @ValueSource(doubles = {0, -0.0, Double.NaN, Double.NEGATIVE_INFINITY, Double.MIN_VALUE})
  @ValueSource(booleans = {true, false})
  @ValueSource(strings = {"", "ascii", "\u00e9\u00ff", "\u20ac", "\ud83d\ude00", "\ud800", "a\0b"})
  void encode_ofPlainValue_needsNoSerializer(@Nullable Object value) throws Exception {
    byte[] bytes = plain.encode(value);
    assertThat(ValueCodec.isPlain(bytes, 0, bytes.length)).isTrue();
    assertThat(decodePadded(plain, bytes)).isEqualTo(value);
  }

  @Test
  void encode_ofByteArray_copiesIt() throws Exception {
    byte[] value = {1, 2, 3};
    byte[] bytes = plain.encode(value);
    value[0] = 9;
    assertThat((byte[]) decodePadded(plain, bytes)).containsExactly(1, 2, 3);
    assertThat(plain.encode(new byte[0])).hasSize(1);
  }

  @Test
  void encode_ofObject_isNotPlain() throws Exception {
    for (TaskSerializer serializer : List.of(TaskSerializer.fory(), TaskSerializer.jdk())) {
      ValueCodec codec = new ValueCodec(serializer, LOADER);
      byte[] bytes = codec.encode(List.of("x"));
      assertThat(ValueCodec.isPlain(bytes, 0, bytes.length)).isFalse();
      assertThat(decodePadded(codec, bytes)).isEqualTo(List.of("x"));
    }
  }

  @ParameterizedTest
  @ValueSource(bytes = {1, 2, 3, 4, 5, 6, 8, 12})
  void decode_ofWrongSize_isRefused(byte tag) {
    byte[] bytes = {tag, 0, 0, 0};
    assertThatThrownBy(() -> plain.decode(bytes, 0, bytes.length))
        .isInstanceOf(InvalidObjectException.class)
        .hasMessageContaining("tag " + tag + " has 3 bytes");
  }

  @ParameterizedTest
  @ValueSource(bytes = {0, 13, 127, -1})
  void decode_ofUnknownTag_isRefused(byte tag) {
    assertThatThrownBy(() -> plain.decode(new byte[] {tag}, 0, 1))
        .isInstanceOf(InvalidObjectException.class)
        .hasMessageContaining("unknown tag " + tag);
  }

  @Test
  void decode_outsideTheArray_isRefused() {
    byte[] bytes = new byte[4];
    assertThatThrownBy(() -> plain.decode(bytes, 0, 0)).isInstanceOf(InvalidObjectException.class);
    assertThatThrownBy(() -> plain.decode(bytes, 2, 3))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> plain.decode(bytes, -1, 2))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> plain.decode(bytes, 0, Integer.MAX_VALUE))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void decode_withBytesLeftOver_isRefused() throws Exception {
    for (TaskSerializer serializer : List.of(TaskSerializer.fory(), TaskSerializer.jdk())) {
      ValueCodec codec = new ValueCodec(serializer, LOADER);
      byte[] bytes = codec.encode(List.of("x"));
      byte[] longer = java.util.Arrays.copyOf(bytes, bytes.length + 2);
      assertThatThrownBy(() -> codec.decode(longer, 0, longer.length))
          .hasMessageContaining("2 bytes follow the object");
    }
  }

  private static @Nullable Object decodePadded(ValueCodec codec, byte[] bytes) throws Exception {
    byte[] padded = new byte[bytes.length + 9];
    java.util.Arrays.fill(padded, (byte) 0xAA);
    System.arraycopy(bytes, 0, padded, 4, bytes.length);
    return codec.decode(padded, 4, bytes.length);
  }
}
