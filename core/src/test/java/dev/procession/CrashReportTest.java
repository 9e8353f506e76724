package dev.procession;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class CrashReportTest {
  @Test
  void toString_longTexts_oneLine() {
    var report =
        new CrashReport(
            "p",
            3,
            4711,
            ExitReason.NATIVE_CRASH,
            null,
            "SIGSEGV",
            "page 7",
            Duration.ofMillis(20),
            List.of("one", "two"),
            "# A fatal\n# error\n",
            null,
            1024,
            null,
            "n");
    assertThat(report)
        .hasToString(
            "CrashReport[pool=p, worker=3, member=n, pid=4711, reason=NATIVE_CRASH, signal=SIGSEGV, task=page 7,"
                + " ranFor=PT0.02S, peakMemory=1024, outputTail=2 lines, fatalErrorLog=18 characters]");
  }

  @Test
  void toString_littleKnown_noMoreSaid() {
    var report =
        new CrashReport(
            "p",
            1,
            -1,
            ExitReason.START_FAILED,
            null,
            null,
            null,
            Duration.ZERO,
            List.of(),
            null,
            null,
            -1,
            null,
            null);
    assertThat(report)
        .hasToString("CrashReport[pool=p, worker=1, reason=START_FAILED, ranFor=PT0S]");
  }
}
