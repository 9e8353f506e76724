package dev.procession.cli;

import dev.procession.cli.result.Result;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What a run has come to so far; for one thread. */
final class Tally {
  private final long begun = System.nanoTime();
  private final Map<String, Long> failures = new TreeMap<>();
  private long ok;
  private long failed;
  private long notBegun;
  private long skipped;

  void add(Result result) {
    if (result.isOk()) {
      ok++;
    } else {
      failed++;
      failures.merge(Objects.requireNonNull(result.reason()), 1L, Long::sum);
    }
  }

  void addNotBegun() {
    notBegun++;
  }

  void addSkipped() {
    skipped++;
  }

  long failed() {
    return failed;
  }

  /** {@code 1,234 ok, 3 failed (2 timed_out, 1 exception), took 0:12}. */
  String told() {
    StringBuilder text = new StringBuilder(counted(ok)).append(" ok");
    if (failed > 0) {
      text.append(", ")
          .append(counted(failed))
          .append(" failed")
          .append(
              failures.entrySet().stream()
                  .map(each -> counted(each.getValue()) + " " + each.getKey())
                  .collect(Collectors.joining(", ", " (", ")")));
    }
    if (skipped > 0) {
      text.append(", ").append(counted(skipped)).append(" done before");
    }
    if (notBegun > 0) {
      text.append(", ").append(counted(notBegun)).append(" read but not begun");
    }
    Duration took = Duration.ofNanos(System.nanoTime() - begun);
    double seconds = took.toMillis() / 1e3;
    return text.append(String.format(Locale.ROOT, ", took %.1f s", seconds)).toString();
  }

  private static String counted(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }
}
