package dev.procession.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class BufferNamesTest {
  @Test
  @DisplayName("names and payload come back")
  void roundTrip() throws Exception {
    byte[] bytes = new BufferNames(List.of("w1b1", "w1b22"), new byte[] {1, 2}).toBytes();
    BufferNames read = BufferNames.of(bytes);
    assertThat(read.names()).containsExactly("w1b1", "w1b22");
    assertThat(read.payload()).containsExactly(1, 2);
  }

  @Test
  @DisplayName("bytes that end too soon, or count wrongly, are refused")
  void malformed() {
    byte[] bytes = new BufferNames(List.of("w1b1", "w1b22"), new byte[0]).toBytes();
    for (int length = 0; length < bytes.length; length++) {
      byte[] part = Arrays.copyOf(bytes, length);
      assertThatThrownBy(() -> BufferNames.of(part)).isInstanceOf(WireException.class);
    }
    byte[] negative = {-1, -1, -1, -1, 0};
    assertThatThrownBy(() -> BufferNames.of(negative)).isInstanceOf(WireException.class);
    byte[] length = {0, 0, 0, 1, -5, 0};
    assertThatThrownBy(() -> BufferNames.of(length)).isInstanceOf(WireException.class);
  }
}
