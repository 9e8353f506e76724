package dev.procession.examples.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.procession.examples.ChildJvm;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class DemoIT {
  @TempDir Path directory;

  @Test
  @DisplayName("The demo reads every file it was given and tells of the three failures")
  void readsFilesAndSurvivesSabotage() throws Exception {
    ChildJvm.Ended demo = ChildJvm.run(directory, Demo.class, "--limit", "700", "--workers", "2");

    assertThat(demo.exitCode()).as("out:%n%s%nerr:%n%s", demo.out(), demo.err()).isZero();
    assertThat(demo.out())
        .containsPattern("(?m)^java\\.base +[0-9]+ +[0-9,]+ +[0-9,]+$")
        .containsPattern("(?m)^total +700 +[0-9,]+ +[0-9,]+$")
        .containsPattern("(?m)^SHA-256  [0-9a-f]{64} ")
        .containsPattern("(?m)^Time     [0-9.]+ s, [0-9,]+ files/s, [0-9.]+ MiB/s$")
        .contains("'halts its JVM' failed with", "| these are my last words")
        .contains("'loops for ever' failed with", "overran its deadline of 1 s")
        .contains("'throws' failed with", "java.lang.IllegalStateException: sabotage")
        .containsPattern("ended with\\s+exit\\s+code\\s+3:")
        .containsPattern("(?m)^Workers: 2 at a time, [34] started, 2 replaced; ended: ")
        .contains("1 exit called", "1 timed out");
    assertThat(demo.err())
        .doesNotContain("\r", "\033")
        .contains("task 'halts its JVM', prints: these are my last words")
        .containsPattern("(?m)^100%  700/700  [0-9,]+/s  took 0:[0-9]{2}$");
  }

  @Test
  @DisplayName("The demo's sums do not depend on the number of workers")
  void sameSumsWithOneWorker() throws Exception {
    ChildJvm.Ended one =
        ChildJvm.run(directory.resolve("1"), Demo.class, "--limit=60", "--workers=1");
    ChildJvm.Ended three =
        ChildJvm.run(directory.resolve("3"), Demo.class, "--limit=60", "--workers=3");
    assertThat(one.exitCode()).isZero();
    assertThat(three.exitCode()).isZero();
    assertThat(sums(one)).isEqualTo(sums(three)).hasSizeGreaterThan(500);
  }

  private static String sums(ChildJvm.Ended demo) {
    return demo.out().substring(0, demo.out().indexOf("Time  "));
  }

  @Test
  @DisplayName("Ctrl-C ends the demo and its workers at once")
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "there is no kill -INT")
  void endsAtOnceOnInterrupt() throws Exception {
    ChildJvm demo = ChildJvm.start(directory, Demo.class);
    await().atMost(Duration.ofSeconds(60)).until(() -> demo.workers().size() >= 2);
    long before = System.nanoTime();
    demo.interrupt();
    assertThat(demo.awaitEnd().exitCode()).isEqualTo(128 + 2);
    assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(10));
  }

  @Test
  @DisplayName("A wrong command line is refused with one line that names it")
  void refusesWrongUsage() throws Exception {
    ChildJvm.Ended demo = ChildJvm.run(directory, Demo.class, "--workers", "none");
    assertThat(demo.exitCode()).isEqualTo(2);
    assertThat(demo.out()).isEmpty();
    assertThat(demo.err().lines())
        .containsExactly(
            "demo: --workers needs a number from 1 to 1024, was 'none'",
            "Try './procession demo --help'.");
  }

  @Test
  @DisplayName("--help prints the usage and does nothing else")
  void printsUsage() throws Exception {
    ChildJvm.Ended demo = ChildJvm.run(directory, Demo.class, "--help");
    assertThat(demo.exitCode()).isZero();
    assertThat(demo.out()).isEqualTo(DemoOptions.USAGE);
    assertThat(demo.err()).isEmpty();
  }
}
