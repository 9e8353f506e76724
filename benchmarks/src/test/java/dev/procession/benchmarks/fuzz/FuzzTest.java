package dev.procession.benchmarks.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A few seconds of the fuzzer; {@code ./procession fuzz} is the long one. */
class FuzzTest {
  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES) // a hang is found, and told, by the fuzzer itself
  void eachTarget_takesMalformedInputWithoutAViolation() throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    int exitCode;
    try (PrintStream out = new PrintStream(bytes, /* autoFlush= */ true, StandardCharsets.UTF_8)) {
      exitCode = Fuzz.run(out, "--seconds", "6");
    }
    String told = bytes.toString(StandardCharsets.UTF_8);
    System.out.println(told);
    assertThat(told).contains("result frames");
    assertThat(exitCode).as(told).isZero();
  }
}
