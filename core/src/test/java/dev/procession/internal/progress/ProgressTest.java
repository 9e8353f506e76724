package dev.procession.examples.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ProgressTest {
  private static final long SECOND = 1_000_000_000L;

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);

  private String printed() {
    return bytes.toString(StandardCharsets.UTF_8);
  }

  private static ProgressLine line(long done, long total, double perSecond, int seconds) {
    return new ProgressLine(done, total, perSecond, Duration.ofSeconds(seconds));
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
        .isEqualTo("[========================] 100%  10/10  5/s  took 1:02");
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
  void redrawn_drawsOverItsLineAndSpeaksAboveIt() {
    ProgressDisplay display = new ProgressDisplay.Redrawn(out);
    ProgressLine half = line(5, 10, 1, 5);
    display.show(half, /* last= */ false);
    display.say("hello");
    display.show(line(10, 10, 1, 10), /* last= */ true);
    String end = System.lineSeparator();
    assertThat(printed())
        .isEqualTo(
            "\r\033[K"
                + half.withBar()
                + "\r\033[Khello"
                + end
                + half.withBar()
                + "\r\033[K"
                + line(10, 10, 1, 10).withBar()
                + end);
  }

  @Test
  void plainLines_speakAtEachQuarterAndOnceAtTheEnd() {
    ProgressDisplay display = new ProgressDisplay.PlainLines(out);
    for (int done = 0; done <= 1_000; done++) {
      display.show(line(done, 1_000, 500, 2), /* last= */ false);
    }
    display.show(line(1_000, 1_000, 500, 2), /* last= */ true);
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
      display.show(line(1, 100, 0, second), /* last= */ false);
    }
    assertThat(printed().lines()).hasSize(2).containsOnly("1%  1/100  0/s  ETA -:--");
  }
}
