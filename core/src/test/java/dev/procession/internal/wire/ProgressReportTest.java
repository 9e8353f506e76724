package dev.procession.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProgressReportTest {
  @Test
  void theLongestMessage_ofTheWidestCharacters_crosses() throws WireException {
    String message = "\uFFFD".repeat(ProgressReport.MAX_MESSAGE);
    ProgressReport report = new ProgressReport(1, 1, 0, 0, message);
    assertThat(report.toBytes()).hasSize(ProgressReport.LONGEST);
    assertThat(ProgressReport.of(report.toBytes())).isEqualTo(report);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 27})
  void tooFewBytes_areRefused(int length) {
    byte[] bytes = Arrays.copyOf(new ProgressReport(1, 1, 0, 0, "x").toBytes(), length);
    assertThatThrownBy(() -> ProgressReport.of(bytes)).isInstanceOf(WireException.class);
  }

  @Test
  void tooManyBytes_areRefused() {
    byte[] bytes = new byte[ProgressReport.LONGEST + 1];
    assertThatThrownBy(() -> ProgressReport.of(bytes)).isInstanceOf(WireException.class);
  }

  @Test
  void aMessageOfTooManyCharacters_isRefused() {
    byte[] bytes = new byte[ProgressReport.LONGEST];
    Arrays.fill(bytes, 28, bytes.length, (byte) 'x');
    assertThatThrownBy(() -> ProgressReport.of(bytes))
        .isInstanceOf(WireException.class)
        .hasMessageContaining("3000 characters");
  }

  @ParameterizedTest
  @CsvSource({"-1, 5, done", "0, -2, total"})
  void forgedNumbers_areRefused(long done, long total, String named) {
    byte[] bytes = new ProgressReport(1, 1, 0, 0, "").toBytes();
    ByteBuffer.wrap(bytes).putLong(8, done).putLong(16, total);
    assertThatThrownBy(() -> ProgressReport.of(bytes))
        .isInstanceOf(WireException.class)
        .hasMessageContaining(named);
  }
}
