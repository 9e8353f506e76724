package dev.procession.benchmarks.peers;

import dev.procession.benchmarks.peers.Results.Figure;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * One work's figures as horizontal bars on a logarithmic scale, best first.
 *
 * <p>Written by hand: the libraries that draw charts as SVG have licences that ask for more than
 * this one does.
 */
final class Chart {
  private static final int WIDTH = 760;
  private static final int LABELS = 190;
  private static final int VALUES = 130;
  private static final int ROW = 24;
  private static final int BAR = 16;
  private static final int TOP = 40;
  private static final double LEAST_PART = 0.02;

  private final Results results;
  private final Work work;
  private final List<Figure> figures;

  Chart(Results results, Work work) {
    this.results = results;
    this.work = work;
    List<Figure> sorted = new ArrayList<>(results.of(work));
    Comparator<Figure> byMedian = Comparator.comparingDouble(Figure::median);
    sorted.sort(work.rate ? byMedian.reversed() : byMedian);
    this.figures = sorted;
  }

  /** Whether there is something to compare. */
  static boolean isOf(Results results, Work work) {
    List<Figure> figures = results.of(work);
    return figures.stream().map(Figure::peer).anyMatch(peer -> !Results.isOurs(peer))
        && figures.stream().allMatch(figure -> figure.median() > 0);
  }

  String svg() {
    int height = TOP + ROW * figures.size() + 8;
    StringBuilder svg = new StringBuilder();
    svg.append(
        String.format(
            Locale.ROOT,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\""
                + " font-family=\"system-ui, sans-serif\" font-size=\"13\">%n",
            WIDTH,
            height));
    svg.append("<style>text{fill:#1f2328}.v{fill:#59636e}.o{fill:#0a7d4b}.p{fill:#9aa4af}")
        .append("@media(prefers-color-scheme:dark){text{fill:#e6edf3}.v{fill:#9198a1}")
        .append(".o{fill:#2fbf7f}.p{fill:#656d76}}</style>\n");
    svg.append(
        String.format(
            "<title>%s</title>%n<text x=\"0\" y=\"18\" font-weight=\"600\">%s</text>%n",
            plain(work.title(results.quick())),
            plain(
                work.title(results.quick())
                    + ", "
                    + work.unit
                    + (work.rate ? " (more is better)" : " (less is better)")
                    + ", logarithmic")));
    double least = figures.stream().mapToDouble(Figure::median).min().orElse(1);
    double most = figures.stream().mapToDouble(Figure::median).max().orElse(1);
    for (int i = 0; i < figures.size(); i++) {
      row(svg, figures.get(i), TOP + ROW * i, least, most);
    }
    return svg.append("</svg>\n").toString();
  }

  private void row(StringBuilder svg, Figure figure, int y, double least, double most) {
    boolean ours = Results.isOurs(figure.peer());
    double room = WIDTH - LABELS - VALUES;
    double span = Math.log(most / least);
    double part =
        span == 0 ? 1 : LEAST_PART + (1 - LEAST_PART) * Math.log(figure.median() / least) / span;
    double length = room * part;
    svg.append(
        String.format(
            Locale.ROOT,
            "<text x=\"%d\" y=\"%d\" text-anchor=\"end\"%s>%s</text>"
                + "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" rx=\"2\"/>"
                + "<text class=\"v\" x=\"%.1f\" y=\"%d\">%s %s</text>%n",
            LABELS - 8,
            y + BAR - 3,
            ours ? " font-weight=\"600\"" : "",
            plain(results.peers().get(figure.peer()).title()),
            ours ? "o" : "p",
            LABELS,
            y,
            length,
            BAR,
            LABELS + length + 6,
            y + BAR - 3,
            Numbers.text(figure.median()),
            plain(work.unit)));
  }

  private static String plain(String text) {
    return text.replace("`", "").replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
