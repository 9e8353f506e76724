package dev.procession.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class LogMessageTest {
  private static LogMessage message(String text, Map<String, String> mdc, byte[] failure) {
    return new LogMessage(20, "a.Logger", "main", text, mdc, failure);
  }

  @Test
  @DisplayName("all of it comes back")
  void roundTrip() throws Exception {
    LogMessage sent = message("größe €", Map.of("k", "v", "x", ""), new byte[] {1, 2});
    LogMessage read = LogMessage.of(sent.toBytes());
    assertThat(read).usingRecursiveComparison().isEqualTo(sent);
  }

  @Test
  @DisplayName("what is too long is cut to what a parent reads")
  void tooLong() throws Exception {
    LogMessage read = LogMessage.of(message("x".repeat(1 << 20), Map.of(), new byte[0]).toBytes());
    assertThat(read.message()).hasSize((256 << 10) + 3).endsWith("x...");
    Map<String, String> many = new HashMap<>();
    for (int i = 0; i < 2_000; i++) {
      many.put("k" + i, "v".repeat(10_000));
    }
    byte[] bytes = message("short", many, new byte[5 << 20]).toBytes();
    assertThat(bytes).hasSizeLessThan(LogMessage.LONGEST);
    assertThat(LogMessage.of(bytes).mdc()).isEmpty();
  }

  @Test
  @DisplayName("bytes that end too soon are refused")
  void malformed() {
    byte[] bytes = message("text", Map.of("k", "v"), new byte[] {1}).toBytes();
    for (int length = 0; length < bytes.length; length++) {
      byte[] part = Arrays.copyOf(bytes, length);
      assertThatThrownBy(() -> LogMessage.of(part)).isInstanceOf(WireException.class);
    }
  }
}
