package dev.procession.internal.parent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class OutputPumpTest {
  private static final String TOKEN = "0123456789abcdef";
  private static final String RS = "\u001e";
  private static final int LONGEST = 64 << 10;

  private static String mark(long sequence) {
    return RS + TOKEN + sequence + RS;
  }

  /** What the sink is told of a stream, as "sequence:text". */
  private static List<String> lines(String stream) {
    byte[] bytes = stream.getBytes(StandardCharsets.UTF_8);
    List<String> whole = lines(new ByteArrayInputStream(bytes));
    assertThat(lines(new OneByOne(bytes))).as("a byte at a time").isEqualTo(whole);
    return whole;
  }

  private static List<String> lines(InputStream in) {
    List<String> lines = new ArrayList<>();
    new OutputPump(in, TOKEN, (sequence, text) -> lines.add(sequence + ":" + text)).run();
    return lines;
  }

  /** A pipe that gives one byte at each read. */
  private static final class OneByOne extends ByteArrayInputStream {
    OneByOne(byte[] bytes) {
      super(bytes);
    }

    @Override
    public synchronized int read(byte[] bytes, int offset, int length) {
      return super.read(bytes, offset, Math.min(length, 1));
    }
  }

  /* ---- Lines ---- */

  @Test
  void unmarkedLines_areTold() {
    assertThat(lines("one\ntwo\n")).containsExactly("-1:one", "-1:two");
  }

  @Test
  void lastLineWithoutAnEnd_isTold() {
    assertThat(lines("one\ntwo")).containsExactly("-1:one", "-1:two");
  }

  @Test
  void emptyLines_areKept() {
    assertThat(lines("\n\na\n\n")).containsExactly("-1:", "-1:", "-1:a", "-1:");
  }

  @Test
  void noOutput_tellsNothing() {
    assertThat(lines("")).isEmpty();
  }

  @Test
  void carriageReturn_isCutOffAtTheEndOfALineOnly() {
    assertThat(lines("a\r\nb\rc\r\n\r\nd\r")).containsExactly("-1:a", "-1:b\rc", "-1:", "-1:d");
  }

  @Test
  void utf8_isRead() {
    assertThat(lines("grüße ⛵ 𝄞\n")).containsExactly("-1:grüße ⛵ 𝄞");
  }

  @Test
  void longLine_isToldInPieces() {
    String text = "x".repeat(2 * LONGEST + 5);
    assertThat(lines(text + "\nnext\n"))
        .containsExactly(
            "-1:" + "x".repeat(LONGEST), "-1:" + "x".repeat(LONGEST), "-1:xxxxx", "-1:next");
  }

  @Test
  void lineOfExactlyTheLongest_isOneLine() {
    String text = "x".repeat(LONGEST);
    assertThat(lines(text + "\n" + text + "\r\n" + text))
        .containsExactly("-1:" + text, "-1:" + text, "-1:" /* the CR did not fit */, "-1:" + text);
  }

  @Test
  void longLine_isNotCutInsideACharacter() {
    for (int shift = 0; shift < 4; shift++) {
      String text = "x".repeat(shift) + "𝄞".repeat(LONGEST / 2);
      StringBuilder back = new StringBuilder();
      for (String line : lines(text + "\n")) {
        back.append(line.substring("-1:".length()));
      }
      assertThat(back.toString().equals(text)).as("shift %d", shift).isTrue();
    }
  }

  @Test
  void binaryOutput_isCutAllTheSame() {
    byte[] bytes = new byte[5 * LONGEST];
    Arrays.fill(bytes, (byte) 0x80);
    List<String> lines = lines(new ByteArrayInputStream(bytes));
    assertThat(lines).hasSizeBetween(4, 5);
  }

  @Test
  void streamThatBreaks_tellsWhatCame() {
    InputStream breaking =
        new InputStream() {
          private int count;

          @Override
          public int read() throws IOException {
            if (count == 3) {
              throw new IOException("Stream closed");
            }
            return "abc".charAt(count++);
          }
        };
    assertThat(lines(breaking)).containsExactly("-1:abc");
  }

  /* ---- Marks ---- */

  @Test
  void marks_sayWhoPrinted() {
    assertThat(lines(mark(5) + "a\nb\n" + mark(0) + "native\n" + mark(6) + "c\n" + mark(0)))
        .containsExactly("5:a", "5:b", "-1:native", "6:c");
  }

  @Test
  void mark_endsAnUnfinishedLine() {
    assertThat(lines(mark(5) + "no end" + mark(6) + "other\n"))
        .containsExactly("5:no end", "6:other");
  }

  @Test
  void marks_ofTheLargestAndManySequences_areRead() {
    long large = 999_999_999_999_999_999L;
    assertThat(lines(mark(large) + "a\n" + mark(1) + mark(2) + mark(3) + "b\n"))
        .containsExactly(large + ":a", "3:b");
  }

  @Test
  void partOfAMark_isText() {
    String whole = mark(42);
    for (int cut = 1; cut < whole.length(); cut++) {
      String part = whole.substring(0, cut);
      assertThat(lines(part)).as("at the end").containsExactly("-1:" + part);
      assertThat(lines(part + "\nnext\n")).containsExactly("-1:" + part, "-1:next");
      assertThat(lines(part + " and\n")).containsExactly("-1:" + part + " and");
    }
  }

  /** The separator that broke the first was taken for text, and the true mark with it. */
  @Test
  void trueMark_rightBehindAPartOfOne_isRead() {
    String whole = mark(42);
    for (int cut = 1; cut < whole.length(); cut++) {
      if (cut > RS.length() + TOKEN.length()) {
        continue; // a digit and a separator make a whole mark
      }
      String part = whole.substring(0, cut);
      assertThat(lines(part + mark(7) + "text\n")).containsExactly("-1:" + part, "7:text");
    }
    assertThat(lines(RS + RS + RS + mark(7) + "text\n"))
        .containsExactly("-1:" + RS + RS + RS, "7:text");
  }

  @Test
  void fakeMarks_withoutTheToken_areText() {
    for (String fake :
        List.of(
            RS + "5" + RS,
            RS + "0123456789abcdeF5" + RS,
            RS + TOKEN + RS,
            RS + TOKEN + "-5" + RS,
            RS + TOKEN + "5x" + RS,
            RS + TOKEN + "+5" + RS,
            TOKEN + "5" + RS)) {
      assertThat(lines(mark(3) + fake + "text\n")).containsExactly("3:" + fake + "text");
    }
  }

  /** More digits than a long has ended the pump's thread, and with it all output. */
  @Test
  void marks_withMoreDigitsThanASequenceHas_areText() {
    for (int digits = 19; digits < 40; digits++) {
      String fake = RS + TOKEN + "9".repeat(digits) + RS;
      assertThatCode(() -> lines(fake)).doesNotThrowAnyException();
      assertThat(lines(fake + "text\n")).containsExactly("-1:" + fake + "text");
    }
  }

  /** Nothing is lost but the marks, whatever is printed and wherever reads are cut. */
  @Property(tries = 300)
  void anyText_comesThroughWithTheRightMarks(@ForAll long seed) {
    Random random = new Random(seed);
    StringBuilder stream = new StringBuilder();
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      long sequence = 1 + random.nextInt(1000);
      stream.append(mark(sequence));
      for (int j = random.nextInt(4); j > 0; j--) {
        StringBuilder text = new StringBuilder();
        for (int k = random.nextInt(12); k > 0; k--) {
          text.append(random.nextInt(3) == 0 ? RS + "01" : "ab\t");
        }
        expected.add(sequence + ":" + text);
        stream.append(text).append('\n');
      }
    }
    assertThat(lines(stream.toString())).isEqualTo(expected);
  }
}
