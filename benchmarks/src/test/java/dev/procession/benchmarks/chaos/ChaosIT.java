package dev.procession.benchmarks.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** A short chaos run; {@code ./procession chaos --minutes 30} is the long one. */
class ChaosIT {
  @Test
  @EnabledOnOs(OS.LINUX)
  @Timeout(value = 8, unit = TimeUnit.MINUTES) // a hang is found, and told, by the run itself
  void twentySeconds_endWithoutAViolation() throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    int exitCode;
    try (PrintStream out = new PrintStream(bytes, /* autoFlush= */ true, StandardCharsets.UTF_8)) {
      exitCode = Chaos.run(out, "--seconds", "20");
    }
    String told = bytes.toString(StandardCharsets.UTF_8);
    System.out.println(told);
    assertThat(told).contains("tasks submitted");
    assertThat(exitCode).as(told).isZero();
  }

  @Test
  void wrongOption_isTold() throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (PrintStream out = new PrintStream(bytes, /* autoFlush= */ true, StandardCharsets.UTF_8)) {
      assertThat(Chaos.run(out, "--minutes", "none")).isEqualTo(2);
    }
    assertThat(bytes.toString(StandardCharsets.UTF_8)).contains("--minutes needs a number");
  }
}
