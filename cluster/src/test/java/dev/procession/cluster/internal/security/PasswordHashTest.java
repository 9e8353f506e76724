package dev.procession.cluster.internal.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PasswordHashTest {
  @Test
  @DisplayName("a hash is its password's only, also after it was text; two of one password differ")
  void matches_onlyItsOwn() {
    PasswordHash hash = PasswordHash.of("secret");
    assertThat(hash.matches("secret")).isTrue();
    assertThat(hash.matches("Secret")).isFalse();
    assertThat(hash.matches("")).isFalse();
    assertThat(PasswordHash.parse(hash.toString()).matches("secret")).isTrue();
    assertThat(PasswordHash.of("secret").toString()).isNotEqualTo(hash.toString());
  }

  @Test
  @DisplayName("known answer: RFC 7914, section 11")
  void knownAnswer() {
    // P="passwd", S="salt", c=1, dkLen=64: the first half of the answer.
    PasswordHash known =
        new PasswordHash(
            1,
            "salt".getBytes(StandardCharsets.US_ASCII),
            HexFormat.of()
                .parseHex("55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"));
    assertThat(known.matches("passwd")).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "pbkdf2",
        "pbkdf2:1:AAAA",
        "scrypt:1:AAAA:AAAA",
        "pbkdf2:0:AAAA:AAAA",
        "pbkdf2:x:AAAA:AAAA",
        "pbkdf2:1::AAAA",
        "pbkdf2:1:AAAA:",
        "pbkdf2:1:A!:AAAA",
        "pbkdf2:99999999:AAAA:AAAA"
      })
  @DisplayName("text that is no hash is refused")
  void parse_refusesNonsense(String text) {
    assertThatThrownBy(() -> PasswordHash.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }
}
