package dev.procession.cli;

import dev.procession.cli.doctor.Checkup;
import dev.procession.cli.doctor.Finding;
import java.io.PrintWriter;
import java.util.Iterator;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code procession doctor}: whether pools can work here, and how well. */
@Command(
    name = "doctor",
    description = {
      "Looks at what a pool needs of this machine, its system and its Java, and explains what it finds."
          + " The last check starts a pool.",
      ""
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:pools work here", "1:they do not, or not reliably"})
final class DoctorCommand implements Callable<Integer> {
  private static final int COLUMNS = 100;
  private static final String INDENT = " ".repeat(26);

  @Spec
  @SuppressWarnings("NullAway.Init") // by picocli
  private CommandSpec spec;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    boolean bad = false;
    Iterator<Finding> findings = Checkup.findings().iterator();
    while (findings.hasNext()) {
      Finding finding = findings.next();
      bad |= finding.verdict() == Finding.Verdict.BAD;
      out.printf("%-5s %-19s ", finding.verdict().word(), finding.what());
      wrap(out, finding.seen(), /* first= */ true);
      if (finding.meaning() != null) {
        wrap(out, finding.meaning(), /* first= */ false);
      }
      out.flush();
    }
    return bad ? ExitCode.SOME_FAILED : ExitCode.OK;
  }

  /** Prints a text in lines that begin below each other. */
  private static void wrap(PrintWriter out, String text, boolean first) {
    StringBuilder line = new StringBuilder(first ? "" : INDENT);
    int start = first ? 0 : INDENT.length();
    int room = COLUMNS - (first ? INDENT.length() : 0);
    for (String word : text.split(" ", -1)) {
      if (line.length() > start && line.length() + 1 + word.length() > room) {
        out.println(line);
        line = new StringBuilder(INDENT);
        start = INDENT.length();
        room = COLUMNS;
      }
      line.append(line.length() > start ? " " : "").append(word);
    }
    out.println(line);
  }
}
