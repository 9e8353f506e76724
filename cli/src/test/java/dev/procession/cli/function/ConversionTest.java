package dev.procession.cli.function;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ConversionTest {
  record Point(int x, Optional<Double> y) {}

  record Page(String title, List<Point> points, int[] sizes) {}

  @SuppressWarnings("unused")
  static void generic(List<Integer> numbers, Map<String, Long> byName, Set<TimeUnit> units) {}

  private static Type parameter(int index) throws Exception {
    return ConversionTest.class.getDeclaredMethod("generic", List.class, Map.class, Set.class)
        .getGenericParameterTypes()[index];
  }

  @Test
  void convert_texts_asTheParameterWants() {
    assertThat(Conversion.convert("7", int.class)).isEqualTo(7);
    assertThat(Conversion.convert(" 7 ", Long.class)).isEqualTo(7L);
    assertThat(Conversion.convert("7.5", double.class)).isEqualTo(7.5);
    assertThat(Conversion.convert("-3", byte.class)).isEqualTo((byte) -3);
    assertThat(Conversion.convert("x", char.class)).isEqualTo('x');
    assertThat(Conversion.convert("TRUE", boolean.class)).isEqualTo(true);
    assertThat(Conversion.convert("1e3", BigInteger.class)).isEqualTo(BigInteger.valueOf(1000));
    assertThat(Conversion.convert("1.10", BigDecimal.class)).isEqualTo(new BigDecimal("1.10"));
    assertThat(Conversion.convert("a/b", Path.class)).isEqualTo(Path.of("a/b"));
    assertThat(Conversion.convert("2026-11-29", LocalDate.class))
        .isEqualTo(LocalDate.of(2026, 11, 29));
    assertThat(Conversion.convert("seconds", TimeUnit.class)).isEqualTo(TimeUnit.SECONDS);
    UUID uuid = UUID.randomUUID();
    assertThat(Conversion.convert(uuid.toString(), UUID.class)).isEqualTo(uuid);
    assertThat(Conversion.convert("x", StringBuilder.class)).hasToString("x");
    assertThat(Conversion.convert(7L, String.class)).isEqualTo("7");
    assertThat(Conversion.convert(7L, Object.class)).isEqualTo(7L);
  }

  @Test
  void convert_listsMapsAndRecords_deep() throws Exception {
    assertThat(Conversion.convert(List.of(1L, "2"), parameter(0))).isEqualTo(List.of(1, 2));
    assertThat(Conversion.convert(Map.of("a", 1L), parameter(1))).isEqualTo(Map.of("a", 1L));
    assertThat(Conversion.convert(List.of("days"), parameter(2))).isEqualTo(Set.of(TimeUnit.DAYS));
    Map<String, Object> page = new LinkedHashMap<>();
    page.put("title", "t");
    page.put("points", List.of(Map.of("x", 1L), Map.of("x", 2L, "y", 0.5)));
    page.put("sizes", List.of(3L, 4L));
    Page made = (Page) Conversion.convert(page, Page.class);
    assertThat(made.points())
        .containsExactly(new Point(1, Optional.empty()), new Point(2, Optional.of(0.5)));
    assertThat(made.sizes()).containsExactly(3, 4);
  }

  @Test
  void convert_impossible_saysWhatAndWhy() {
    assertThatThrownBy(() -> Conversion.convert("x", int.class)).hasMessage("'x' is no Integer");
    assertThatThrownBy(() -> Conversion.convert("1.5", int.class))
        .hasMessageStartingWith("'1.5' is no Integer");
    assertThatThrownBy(() -> Conversion.convert(3_000_000_000L, int.class))
        .hasMessageStartingWith("'3000000000' is no Integer");
    assertThatThrownBy(() -> Conversion.convert("maybe", boolean.class))
        .hasMessage("'maybe' is no Boolean");
    assertThatThrownBy(() -> Conversion.convert("year", TimeUnit.class))
        .hasMessageStartingWith("'year' is none of NANOSECONDS, ");
    assertThatThrownBy(() -> Conversion.convert("today", LocalDate.class))
        .hasMessageStartingWith("'today' is no LocalDate: ");
    assertThatThrownBy(() -> Conversion.convert(null, int.class)).hasMessage("null is no int");
    assertThatThrownBy(() -> Conversion.convert("x", Thread.State[].class))
        .isInstanceOf(BadInputException.class);
    assertThatThrownBy(() -> Conversion.convert(Map.of("y", 1L), Point.class))
        .hasMessage("'x' of Point is missing among [y]");
    assertThatThrownBy(() -> Conversion.convert(Map.of("x", "?"), Point.class))
        .hasMessage("'x': '?' is no Integer");
    assertThatThrownBy(() -> Conversion.convert(List.of(), String.class))
        .isInstanceOf(BadInputException.class);
  }

  @Test
  void plainValue_everything_isWhatJsonKnows() {
    assertThat(PlainValue.of(new Page("t", List.of(new Point(1, Optional.of(2.5))), new int[] {3})))
        .hasToString("{title=t, points=[{x=1, y=2.5}], sizes=[3]}");
    assertThat(PlainValue.of(Arrays.asList(null, TimeUnit.DAYS, Path.of("a/b"), 'c', Double.NaN)))
        .isEqualTo(Arrays.asList(null, "DAYS", "a/b", "c", "NaN"));
    assertThat(PlainValue.of(Optional.empty())).isNull();
    assertThat(PlainValue.of(new AtomicLong(3))).isEqualTo("3");
    assertThat(PlainValue.of(Map.of(1, true))).isEqualTo(Map.of("1", true));
    Object[] itself = new Object[1];
    itself[0] = itself;
    assertThatThrownBy(() -> PlainValue.of(itself)).hasMessageContaining("does it contain itself?");
  }

  @Test
  void words_asAShellCutsThem() {
    assertThat(CommandLine.words("a 'b c' \"d e\" f\\ g '' \"h\"i"))
        .containsExactly("a", "b c", "d e", "f g", "", "hi");
    assertThat(CommandLine.words("  ")).isEmpty();
  }

  @Test
  void filled_placeholders_orAtTheEnd() {
    assertThat(ProgramCall.filled(List.of("x", "a{}b"), "1")).containsExactly("x", "a1b");
    assertThat(ProgramCall.filled(List.of("x"), "1")).containsExactly("x", "1");
    assertThat(
            ProgramCall.filled(
                List.of("x", "{name}", "{2}"), new LinkedHashMap<>(Map.of("name", "n"))))
        .containsExactly("x", "n", "{2}");
    assertThat(ProgramCall.filled(List.of("x", "{2}{1}"), List.of("a", "b")))
        .containsExactly("x", "ba");
    assertThat(ProgramCall.filled(List.of("x", "{}"), List.of("a", "b")))
        .containsExactly("x", "{}", "a", "b");
    assertThat(ProgramCall.filled(List.of("awk", "{print}"), "f"))
        .containsExactly("awk", "{print}", "f");
  }
}
