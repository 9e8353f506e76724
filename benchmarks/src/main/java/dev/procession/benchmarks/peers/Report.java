package dev.procession.benchmarks.peers;

import dev.procession.benchmarks.peers.Results.Figure;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/** The results as a page of Markdown: what was to be reached, and every figure. */
final class Report {
  private final Results results;
  private final List<String> missing;
  private final List<String> failures;

  Report(Results results, List<String> missing, List<String> failures) {
    this.results = results;
    this.missing = missing;
    this.failures = failures;
  }

  String markdown() {
    StringBuilder text = new StringBuilder();
    text.append("# Measured side by side\n\n")
        .append("Made by `./procession bench")
        .append(results.isOnCluster() ? " --cluster" : "")
        .append(results.quick() ? " --quick" : "")
        .append("` on ")
        .append(results.date())
        .append(", ")
        .append(results.machine())
        .append(".\nEvery figure is the median of its rounds; ± is how far the rounds lie apart. ")
        .append("How it is measured and what was tried: [notes.md](")
        .append(results.quick() || results.isOnCluster() ? "../" : "")
        .append("notes.md).\n\n## Targets\n\n")
        .append(targets())
        .append("\n## Figures\n");
    for (Work work : Work.values()) {
      List<Figure> figures = results.of(work);
      if (!figures.isEmpty()) {
        section(text, work, figures);
      }
    }
    text.append("\n## Versions\n\n");
    results
        .peers()
        .values()
        .forEach(
            peer ->
                text.append("- ")
                    .append(peer.title())
                    .append(": ")
                    .append(peer.version())
                    .append('\n'));
    missing.forEach(sentence -> text.append("- ").append(sentence).append('\n'));
    if (!failures.isEmpty()) {
      text.append("\n## Failed\n\n");
      failures.forEach(
          failure -> text.append("- ").append(failure.lines().findFirst().orElse("")).append('\n'));
    }
    return text.toString();
  }

  /** What was to be reached, for each JDK, and what was. */
  String targets() {
    List<String> javas = results.javas();
    StringBuilder text = new StringBuilder("| work | target (moonshot) |");
    javas.forEach(java -> text.append(" JDK ").append(java).append(" |"));
    text.append("\n|---|---|").append("---|".repeat(javas.size())).append('\n');
    for (Target target : Target.ALL) {
      List<String> cells = new ArrayList<>();
      boolean any = false;
      for (String java : javas) {
        OptionalDouble measured =
            target.holdsFor(java) ? target.measured(results, java) : OptionalDouble.empty();
        any |= measured.isPresent();
        cells.add(measured.isPresent() ? cell(target, measured.getAsDouble()) : "");
      }
      if (any) {
        text.append("| ").append(target.work().title(results.quick()));
        text.append(" | ").append(target.text()).append(" |");
        cells.forEach(cell -> text.append(' ').append(cell).append(" |"));
        text.append('\n');
      }
    }
    return text.toString();
  }

  private static String cell(Target target, double measured) {
    String mark =
        target.isMoonshot(measured)
            ? " ★"
            : target.bound() == 0 ? "" : target.isMet(measured) ? " ✓" : " ✗";
    return target.text(measured) + mark;
  }

  private void section(StringBuilder text, Work work, List<Figure> figures) {
    text.append("\n### ").append(work.title(results.quick())).append("\n\n");
    if (Chart.isOf(results, work)) {
      text.append("![").append(work.id).append("](").append(work.id).append(".svg)\n\n");
    }
    text.append("| | ").append(work.unit).append(" | ± | more |\n|---|---:|---:|---|\n");
    for (Figure figure : figures) {
      text.append("| ")
          .append(results.peers().get(figure.peer()).title())
          .append(" | ")
          .append(Numbers.text(figure.median()))
          .append(" | ")
          .append(figure.rounds().size() > 1 ? Math.round(50 * figure.spread()) + " %" : "")
          .append(" | ")
          .append(others(figure.others()))
          .append(" |\n");
    }
  }

  private static String others(Map<String, Double> others) {
    List<String> texts = new ArrayList<>();
    others.forEach((name, value) -> texts.add(name + " " + Numbers.text(value)));
    return String.join(", ", texts);
  }
}
