package dev.procession;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.testing.ChildJvm;
import dev.procession.testing.NoLeaks;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tasks that are entered at the prompt of the JDK's shell. */
@NoLeaks
class JShellIT {
  private static final String ENTERED =
      """
      import dev.procession.*;
      int twice(int x) { return 2 * x; }
      record Point(int x, String name) {}
      var pool = ProcessPoolExecutor.create(1);
      int captured = 20
      System.out.println("method " + pool.submit(() -> twice(21)).result());
      System.out.println("record " + pool.submit(() -> new Point(twice(3), "hi")).result());
      int twice(int x) { return 20 * x; }
      System.out.println("entered again " + pool.submit(() -> twice(21)).result());
      System.out.println("and in a function " + pool.submit((Integer x) -> twice(x), 2).result());
      System.out.println("variable " + pool.submit((Point p) -> p.x() + captured, new Point(4, "x")).result());
      class Job implements Task<String> { public String call() { return "job " + twice(1); } }
      System.out.println("class " + pool.submit(new Job()).result());
      System.out.println("failure " + pool.submit(() -> 1 / 0).exception().get().getMessage());
      pool.close();
      System.out.println("closed");
      /exit
      """;

  @TempDir Path tmp;

  @Test
  @DisplayName("what is defined at the prompt runs in workers, and the newest version of it")
  void prompt() throws Exception {
    Path script = Files.writeString(tmp.resolve("entered.jsh"), ENTERED);
    String jshell = Path.of(System.getProperty("java.home"), "bin", "jshell").toString();
    List<String> command =
        List.of(
            jshell,
            "-s",
            "-R-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
            "-J-Djava.util.prefs.userRoot=" + tmp,
            "--class-path",
            System.getProperty("java.class.path"),
            script.toString());
    try (var shell = ChildJvm.start(command)) {
      assertThat(shell.awaitExit()).isZero();
      assertThat(shell.lines())
          .contains(
              "method 42",
              "record Point[x=6, name=hi]",
              "entered again 420",
              "and in a function 40",
              // A variable of the shell is a static field, which a worker has as it was declared.
              "variable 4",
              "class job 20",
              "failure / by zero",
              "closed");
    }
  }
}
