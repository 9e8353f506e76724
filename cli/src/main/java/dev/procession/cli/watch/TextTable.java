package dev.procession.cli.watch;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Rows of text below each other; numbers to the right. */
final class TextTable {
  private final List<List<String>> rows = new ArrayList<>();

  TextTable(String... heads) {
    rows.add(List.of(heads));
  }

  void add(String... cells) {
    rows.add(Stream.of(cells).map(Figures::printable).toList());
  }

  /** The lines, the heads first; each as long as it needs to be, but cut there. */
  List<String> lines(int columns) {
    int count = rows.get(0).size();
    int[] widths = new int[count];
    boolean[] right = new boolean[count];
    for (int i = 0; i < count; i++) {
      int column = i;
      widths[i] = rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0);
      right[i] =
          rows.size() > 1 && rows.stream().skip(1).allMatch(row -> isNumber(row.get(column)));
    }
    List<String> lines = new ArrayList<>();
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < count; i++) {
        String cell = row.get(i);
        String pad = " ".repeat(widths[i] - cell.length());
        line.append(i == 0 ? "" : "  ").append(right[i] ? pad + cell : cell + pad);
      }
      String text = line.toString().stripTrailing();
      lines.add(
          text.length() <= columns ? text : text.substring(0, Math.max(0, columns - 1)) + "…");
    }
    return lines;
  }

  private static boolean isNumber(String cell) {
    return cell.isEmpty() || Character.isDigit(cell.charAt(0)) || cell.equals("-");
  }
}
