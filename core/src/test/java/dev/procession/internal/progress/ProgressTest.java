package dev.procession.internal.progress;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProgressTest {
  private static final long SECOND = 1_000_000_000L;

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);

  private String printed() {
    return bytes.toString(StandardCharsets.UTF_8);
  }

  private static ProgressLine line(long done, long total, double perSecond, int seconds) {
    return new ProgressLine("", done, 0, total, perSecond, Duration.ofSeconds(seconds));
  }

  private static void show(ProgressDisplay display, ProgressLine line, boolean last) {
    display.show(line, List.of(), last);
  }

  @Test
  void withBar_halfWay_showsBarShareCountRateAndTimeLeft() {
    assertThat(line(13_000, 26_000, 4_321.7, 3).withBar())
        .isEqualTo("[============>           ]  50%  13,000/26,000  4,321/s  ETA 0:04");
  }

  @Test
  void withBar_atTheEnds_isEmptyAndFull() {
    assertThat(line(0, 10, 0, 0).withBar())
        .isEqualTo("[>                       ]   0%  0/10  0/s  ETA -:--");
    assertThat(line(10, 10, 5, 62).withBar())
        .isEqualTo("[========================] 100%  10/10  5.0/s  took 1:02");
    assertThat(line(0, 0, 0, 0).percent()).isEqualTo(100);
  }

  @Test
  void withBar_ofTheLargestWork_fitsEightyColumns() {
    assertThat(line(99_999_999, 100_000_000, 0.001, 0).withBar()).hasSizeLessThan(80);
  }

  @Test
  void clock_showsHoursOnlyIfThereAreAny() {
    assertThat(ProgressLine.clock(Duration.ofSeconds(7))).isEqualTo("0:07");
    assertThat(ProgressLine.clock(Duration.ofSeconds(754))).isEqualTo("12:34");
    assertThat(ProgressLine.clock(Duration.ofSeconds(3723))).isEqualTo("1:02:03");
  }

  @Test
  void perSecond_isThatOfTheLastSeconds() {
    Pace pace = new Pace();
    assertThat(pace.perSecond()).isZero();
    pace.add(0, 0);
    pace.add(5 * SECOND, 0); // five seconds of start-up do not count
    pace.add(6 * SECOND, 100);
    assertThat(pace.perSecond()).isEqualTo(100);
    for (int i = 7; i <= 20; i++) {
      pace.add(i * SECOND, 100 + (i - 6) * 1_000);
    }
    assertThat(pace.perSecond()).isEqualTo(1_000);
  }

  @Test
  void withBar_labelAndFailures_makeTheBarShorter() {
    ProgressLine line = new ProgressLine("thumbs", 120, 3, 270, 31.9, Duration.ofSeconds(4));
    assertThat(line.withBar())
        .isEqualTo("thumbs [==========>             ]  44%  120/270  31/s  ETA 0:05  3 failed");
    ProgressLine longest =
        new ProgressLine(
            "a name of more than twenty", 9_999_999, 12_345, 10_000_000, 0.5, Duration.ZERO);
    assertThat(longest.withBar()).startsWith("…of more than twenty ").hasSizeLessThan(100);
  }

  @Test
  void withBar_unknownTotal_hasNeitherShareNorEnd() {
    ProgressLine line =
        new ProgressLine("", 12_345, 0, ProgressLine.UNKNOWN, 4_321, Duration.ofSeconds(3));
    assertThat(line.withBar()).isEqualTo("12,345  4,321/s  0:03");
    assertThat(line.percent()).isZero();
  }

  @Test
  void redrawn_drawsOverItsLinesAndSpeaksAboveThem() {
    ProgressDisplay display = new ProgressDisplay.Redrawn(out);
    ProgressLine half = line(5, 10, 1, 5);
    ProgressLine end = line(10, 10, 1, 10);
    String newLine = System.lineSeparator();
    display.show(half, List.of(half), /* last= */ false);
    display.say("hello");
    display.show(end, List.of(), /* last= */ true);
    String two = half.withBar() + newLine + half.withBar();
    assertThat(printed())
        .isEqualTo(
            "\r\033[J"
                + two
                + "\r\033[1A\033[Jhello"
                + newLine
                + two
                + "\r\033[1A\033[J"
                + end.withBar()
                + newLine);
  }

  @Test
  void plainLines_speakAtEachQuarterAndOnceAtTheEnd() {
    ProgressDisplay display = new ProgressDisplay.PlainLines(out);
    for (int done = 0; done <= 1_000; done++) {
      show(display, line(done, 1_000, 500, 2), /* last= */ false);
    }
    show(display, line(1_000, 1_000, 500, 2), /* last= */ true);
    assertThat(printed().lines())
        .containsExactly(
            "25%  250/1,000  500/s  ETA 0:02",
            "50%  500/1,000  500/s  ETA 0:01",
            "75%  750/1,000  500/s  ETA 0:01",
            "100%  1,000/1,000  500/s  took 0:02");
  }

  @Test
  void plainLines_speakAfterALongSilence() {
    ProgressDisplay display = new ProgressDisplay.PlainLines(out);
    for (int second = 0; second <= 25; second++) {
      show(display, line(1, 100, 0, second), /* last= */ false);
    }
    assertThat(printed().lines()).hasSize(2).containsOnly("1%  1/100  0/s  ETA -:--");
  }
}
