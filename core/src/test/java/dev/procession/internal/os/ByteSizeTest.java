package dev.procession.internal.os;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ByteSizeTest {
  @ParameterizedTest
  @CsvSource({
    "1, 1",
    "1048576, 1048576",
    "64k, 65536",
    "64K, 65536",
    "512m, 536870912",
    "512M, 536870912",
    "2g, 2147483648",
    "2G, 2147483648",
    "1t, 1099511627776",
    "3T, 3298534883328",
    "9223372036854775807, 9223372036854775807",
    "8388607t, 9223370937343148032"
  })
  void parse_sizes_bytes(String text, long bytes) {
    assertThat(ByteSize.parse("maxHeap", text)).isEqualTo(bytes);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", " ", "m", "12q", "12mb", "1.5g", "-1", "+1", "0x10", " 1m", "1m ", "1 m", "010m",
        "\u0661m", "1m\n"
      })
  void parse_notASize_saysWhatIsOne(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ByteSize.parse("maxHeap", text))
        .withMessage("maxHeap must be digits with k, m, g or t, such as 512m, was '" + text + "'");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "00", "0m", "0T"})
  void parse_zero_refused(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ByteSize.parse("memoryLimit", text))
        .withMessage("memoryLimit must be more than zero, was '" + text + "'");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "9223372036854775808",
        "8388608t",
        "9007199254740992k",
        "99999999999999999999999999999999g"
      })
  void parse_moreThanALongHolds_saysSo(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ByteSize.parse("maxHeap", text))
        .withMessage(
            "maxHeap must be less than 8388608t, the most there can be, was '" + text + "'");
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0 bytes",
    "1, 1 byte",
    "12, 12 bytes",
    "1023, 1023 bytes",
    "1024, 1 KiB",
    "65536, 64 KiB",
    "1048575, 1 MiB",
    "1048576, 1 MiB",
    "536870912, 512 MiB",
    "1610612736, 1.5 GiB",
    "1073741823, 1 GiB",
    "1099511627776, 1 TiB",
    "9223372036854775807, 8 EiB",
    "-1, unknown"
  })
  void text_bytes_toATenth(long bytes, String text) {
    assertThat(ByteSize.text(bytes)).isEqualTo(text);
  }

  @Test
  void text_justBelowAUnit_roundsIntoTheNext() {
    assertThat(ByteSize.text((1L << 30) - (40 << 10))).isEqualTo("1 GiB");
    assertThat(ByteSize.text((1L << 30) - (60 << 10))).isEqualTo("1023.9 MiB");
  }
}
