package dev.procession.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonObject;
import dev.procession.cli.sample.Docs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code procession run}, as the executable jar does it. */
class RunIT {
  private static final String DOCS = Docs.class.getName();

  @TempDir Path directory;

  /** Runs a method of {@link Docs}. */
  private CliRun.Ended call(String method, String... arguments) throws Exception {
    return CliRun.run(directory, with(method, arguments));
  }

  private static String[] with(String method, String... arguments) {
    List<String> all =
        new ArrayList<>(
            List.of("run", "--class-path", CliRun.CLASSES, "--call", DOCS + "::" + method));
    all.addAll(List.of(arguments));
    return all.toArray(new String[0]);
  }

  private Path file(String name, String content) throws Exception {
    return Files.writeString(directory.resolve(name), content);
  }

  private static List<String> values(List<JsonObject> results) {
    return results.stream().map(result -> result.get("value").getAsString()).toList();
  }

  private static JsonObject of(List<JsonObject> results, String input) {
    return results.stream()
        .filter(result -> result.get("input").getAsString().equals(input))
        .findFirst()
        .orElseThrow();
  }

  /* ---- What shows it ---- */

  @Test
  @DisplayName(
      "a page while it runs, a report and a trace at its end; a failure to write costs nothing")
  void watched_pageReportTrace() throws Exception {
    CliRun.Ended ended =
        call("twice", "--dashboard", "--report", "run.html", "--trace", "run.json", "-i", "in.txt");
    assertThat(ended.exitCode()).as(ended.err()).isEqualTo(2); // there is no in.txt
    file("in.txt", "1\n2\n3\n");
    ended =
        call("twice", "--dashboard", "--report", "run.html", "--trace", "run.json", "-i", "in.txt");
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    assertThat(ended.err())
        .containsPattern("procession: dashboard at http://127\\.0\\.0\\.1:\\d+/[0-9a-f]{32}/");
    assertThat(Files.readString(directory.resolve("run.html")))
        .contains("Task stream", "Docs::twice");
    assertThat(Files.readString(directory.resolve("run.json")))
        .contains("\"traceEvents\"", "Docs::twice");

    CliRun.Ended nowhere = call("twice", "--report", "no/where.html", "1");
    assertThat(nowhere.exitCode()).isEqualTo(2);
    assertThat(nowhere.err()).contains("cannot write no/where.html: there is no folder ");
    assertThat(nowhere.out()).isEmpty();
    CliRun.Ended port = call("twice", "--dashboard", "--port", "70000", "1");
    assertThat(port.exitCode()).isEqualTo(2);
    assertThat(port.err()).contains("--dashboard: port must be 0 to 65535, was 70000");
  }

  /* ---- What is called ---- */

  @Test
  @DisplayName("a static method, for each input of the command line, in order")
  void call_arguments_valuesInOrder() throws Exception {
    CliRun.Ended ended = call("twice", "1", "2", "3");
    assertThat(ended.exitCode()).isZero();
    assertThat(values(ended.results())).containsExactly("2", "4", "6");
    JsonObject first = ended.results().get(0);
    assertThat(first.get("input").getAsString()).isEqualTo("1");
    assertThat(first.get("outcome").getAsString()).isEqualTo("ok");
    assertThat(first.get("millis").getAsDouble()).isNotNegative();
    assertThat(first.get("worker").getAsLong()).isPositive();
    assertThat(first.get("started").getAsString()).startsWith("20");
    assertThat(ended.err()).contains("3 ok, took ");
  }

  @Test
  @DisplayName("a class that implements Function, from a jar")
  void call_functionOfJar_applied() throws Exception {
    Path jar = directory.resolve("user.jar");
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
      for (String name : List.of("Docs", "Docs$Upper")) {
        String path = "dev/procession/cli/sample/" + name + ".class";
        out.putNextEntry(new JarEntry(path));
        out.write(Files.readAllBytes(Path.of(CliRun.CLASSES, path)));
      }
    }
    CliRun.Ended ended =
        CliRun.run(directory, "run", "--jar", "user.jar", "--call", DOCS + "$Upper", "a", "b");
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    assertThat(values(ended.results())).containsExactly("A!", "B!");
  }

  @Test
  @DisplayName("a class that implements Callable, made of each row of a table")
  void call_callable_madeOfEachRow() throws Exception {
    file("areas.csv", "height,width\n2,3\n\"4\",5\n");
    CliRun.Ended ended =
        CliRun.run(
            directory,
            "run",
            "--class-path",
            CliRun.CLASSES,
            "--call",
            DOCS + "$Area",
            "--csv",
            "areas.csv");
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    assertThat(values(ended.results())).containsExactly("6.0", "20.0");
    assertThat(ended.results().get(0).get("input").toString())
        .isEqualTo("{\"height\":\"2\",\"width\":\"3\"}");
  }

  @Test
  @DisplayName("a source that is compiled on the fly")
  void source_oneMethod_called() throws Exception {
    file(
        "Square.java",
        """
        public class Square {
          public static long of(int number) {
            return (long) number * number;
          }

          static int notMe(int number) {
            return 0;
          }
        }
        """);
    CliRun.Ended ended = CliRun.run(directory, "run", "--source", "Square.java", "3", "100000");
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    assertThat(values(ended.results())).containsExactly("9", "10000000000");
  }

  @Test
  @DisplayName("a program: the input in its place, its failure with its exit code and last words")
  void exec_program_outputIsTheValue() throws Exception {
    CliRun.Ended ended =
        CliRun.run(
            directory,
            "run",
            "--exec",
            "sh -c 'echo got $1; test $1 != bad || { echo why >&2; exit 3; }' sh {}",
            "good",
            "bad");
    assertThat(ended.exitCode()).isEqualTo(1);
    assertThat(of(ended.results(), "good").get("value").getAsString()).isEqualTo("got good");
    JsonObject bad = of(ended.results(), "bad");
    assertThat(bad.get("reason").getAsString()).isEqualTo("exception");
    assertThat(bad.get("error").getAsString()).isEqualTo("exit code 3: why");
    assertThat(ended.err()).contains("why");
  }

  @Test
  @DisplayName("a method that takes nothing is called once")
  void call_noParameters_once() throws Exception {
    CliRun.Ended ended = call("answer");
    assertThat(values(ended.results())).containsExactly("42");
    assertThat(ended.results().get(0).get("input").isJsonNull()).isTrue();
  }

  /* ---- Inputs ---- */

  @Test
  @DisplayName("files by a pattern, and a record as the value")
  void files_glob_recordAsObject() throws Exception {
    Files.createDirectories(directory.resolve("docs/deep"));
    file("docs/a.txt", "one two three");
    file("docs/deep/b.txt", "one");
    file("docs/c.md", "not this one");
    CliRun.Ended ended = call("wordCount", "--files", "docs/**.txt");
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    assertThat(ended.results())
        .extracting(result -> result.get("value").toString())
        .containsExactly("{\"file\":\"a.txt\",\"words\":3}", "{\"file\":\"b.txt\",\"words\":1}");
  }

  @Test
  @DisplayName("lines of a file, zero-ended inputs, rows by position, objects and arrays of JSON")
  void inputs_ofEveryKind_mapped() throws Exception {
    file("lines", "7\n\n8\r\n");
    assertThat(values(call("twice", "--input", "lines").results())).containsExactly("14", "16");
    file("zeros", "a\nb\0c");
    assertThat(values(call("mood", "-0", "-i", "zeros").results()))
        .containsExactly("a\nb done", "c done");
    file("rows.json", "{\"pages\":3,\"title\":\"x\"}\n[\"y\", 4]\n");
    assertThat(values(call("label", "--json", "rows.json").results()))
        .containsExactly("x:3", "y:4");
    CliRun.Ended whole = call("whole", "--json", "rows.json");
    assertThat(whole.results().get(0).get("value").toString())
        .isEqualTo("{\"keys\":[\"pages\",\"title\"]}");
    assertThat(whole.results().get(1).get("reason").getAsString()).isEqualTo("bad_input");
  }

  @Test
  @DisplayName("results are written while standard input has nothing more to give yet")
  void standardInput_slow_resultsMeanwhile() throws Exception {
    CliRun run = CliRun.start(directory, ProcessBuilder.Redirect.PIPE, with("twice"));
    try (var in = run.process().outputWriter()) {
      in.write("21\n");
      in.flush();
      await()
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(() -> assertThat(run.out()).contains("\"value\":42"));
      in.write("4\n");
    }
    assertThat(values(run.awaitEnd().results())).containsExactly("42", "8");
  }

  @Test
  @DisplayName(
      "a line that is not JSON, a row too short, a number that is none: failures of their own")
  void inputs_bad_costOnlyThemselves() throws Exception {
    file("rows.json", "[\"a\",1]\n[\"b\",\n[\"c\",2]\n[\"d\",\"x\"]\n");
    CliRun.Ended ended = call("label", "--json", "rows.json");
    assertThat(ended.exitCode()).isEqualTo(1);
    assertThat(ended.results()).hasSize(4);
    JsonObject broken = ended.results().get(1);
    assertThat(broken.get("reason").getAsString()).isEqualTo("bad_input");
    assertThat(broken.get("error").getAsString()).startsWith("line 2 of rows.json: not JSON: ");
    assertThat(broken.get("input").getAsString()).isEqualTo("[\"b\",");
    assertThat(ended.results().get(3).get("error").getAsString())
        .isEqualTo("'pages': 'x' is no Integer");
    file("rows.csv", "title,pages\na,1\nb\n");
    CliRun.Ended csv = call("label", "--csv", "rows.csv");
    assertThat(values(List.of(csv.results().get(0)))).containsExactly("a:1");
    assertThat(csv.results().get(1).get("error").getAsString())
        .isEqualTo("line 3 of rows.csv: it has 1 columns, the first line 2");
  }

  @Test
  @DisplayName("a table with a quote in the wrong place fails from there on, and says where")
  void csv_broken_failsFromThere() throws Exception {
    file("rows.csv", "page_title,pageCount\na,1\n\"b\nb\",2\n\"c\"x,3\nd,4\n");
    CliRun.Ended ended = call("title", "--csv", "rows.csv");
    assertThat(ended.exitCode()).isEqualTo(1);
    assertThat(values(ended.results().subList(0, 2))).containsExactly("a/1", "b\nb/2");
    assertThat(ended.results()).hasSize(3);
    assertThat(ended.results().get(2).get("error").getAsString())
        .startsWith("line 5 of rows.csv: no row of a table, nor anything after it: ");
    file("open.csv", "page_title,pageCount\n\"a,1\n");
    assertThat(call("title", "--csv", "open.csv").results().get(0).get("reason").getAsString())
        .isEqualTo("bad_input");
  }

  @Test
  @DisplayName("words may begin with @; numbers may be too large; a line of null is no input")
  void inputs_odd_takenAsTheyAre() throws Exception {
    file("at", "--workers 0");
    CliRun.Ended at = call("mood", "@at");
    assertThat(values(at.results())).containsExactly("@at done");
    file("odd.json", "1e99999999999\nnull\n7\n");
    CliRun.Ended odd = call("twice", "--json", "odd.json");
    assertThat(odd.results()).hasSize(3);
    assertThat(odd.results().get(2).get("value").getAsInt()).isEqualTo(14);
  }

  /* ---- What goes wrong while it runs ---- */

  @Test
  @DisplayName("a crash, a hang, an exception and a full heap cost one input each")
  void call_everythingGoesWrong_othersGoOn() throws Exception {
    CliRun.Ended ended =
        call(
            "mood",
            "--timeout",
            "5s",
            "--max-heap",
            "64m",
            "crash",
            "hang",
            "throw",
            "fill",
            "well");
    assertThat(ended.exitCode()).isEqualTo(1);
    assertThat(of(ended.results(), "crash").get("reason").getAsString()).isEqualTo("exit_called");
    assertThat(of(ended.results(), "hang").get("reason").getAsString()).isEqualTo("timed_out");
    assertThat(of(ended.results(), "fill").get("reason").getAsString()).isEqualTo("out_of_memory");
    assertThat(of(ended.results(), "well").get("value").getAsString()).isEqualTo("well done");
    JsonObject thrown = of(ended.results(), "throw");
    assertThat(thrown.get("reason").getAsString()).isEqualTo("exception");
    assertThat(thrown.get("error").getAsString())
        .isEqualTo(
            "java.lang.IllegalStateException: as asked; caused by java.io.IOException: deeper");
    assertThat(thrown.get("stack").getAsJsonArray().get(0).getAsString()).contains("Docs.mood");
    assertThat(ended.err())
        .contains("1 ok, 4 failed (1 exception, 1 exit_called, 1 out_of_memory, 1 timed_out)");
  }

  @Test
  @DisplayName("without workers the run ends with exit code 4 and says why")
  void workers_cannotStart_saysWhy() throws Exception {
    CliRun.Ended ended = call("mood", "--jvm-arg=-XX:NoSuchFlag", "a", "b");
    assertThat(ended.exitCode()).as(ended.err()).isEqualTo(4);
    assertThat(ended.err()).contains("NoSuchFlag").doesNotContain("\tat ");
  }

  @Test
  @DisplayName("a reader that goes away ends the run")
  void standardOutput_closed_ends() throws Exception {
    file("lines", "1\n".repeat(200_000));
    String command =
        String.join(" ", CliRun.command(directory, with("twice", "-i", "lines"))) + " | head -n 1";
    Process shell =
        new ProcessBuilder("bash", "-c", "set -o pipefail; " + command)
            .directory(directory.toFile())
            .redirectError(directory.resolve("err").toFile())
            .start();
    assertThat(
            new String(
                shell.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8))
        .contains("\"value\":2");
    assertThat(shell.waitFor()).isEqualTo(4);
    assertThat(directory.resolve("err")).content().contains("standard output is closed");
  }

  @Test
  @DisplayName("what a task prints goes to standard error, with its worker")
  void call_prints_toStandardError() throws Exception {
    CliRun.Ended ended = call("mood", "print");
    assertThat(ended.results()).hasSize(1);
    assertThat(ended.err()).containsPattern("\\[worker \\d+] a line of the task's");
    assertThat(call("mood", "-q", "print").err().strip())
        .matches("\\[worker \\d+] a line of the task's");
  }

  @Test
  @DisplayName("--max-failures stops the run")
  void maxFailures_reached_stops() throws Exception {
    file("lines", "throw\n".repeat(5_000));
    CliRun.Ended ended = call("mood", "-i", "lines", "--max-failures", "3", "--chunk", "1");
    assertThat(ended.exitCode()).isEqualTo(3);
    assertThat(ended.results()).hasSizeBetween(3, 100);
    assertThat(ended.err()).contains("3 failed, which is as many as may; stopping");
  }

  /* ---- Results ---- */

  @Test
  @DisplayName(
      "--resume does only what is not done, --retry-failed what failed as well; a torn line is cut")
  void resume_someDone_restDone() throws Exception {
    CliRun.Ended first = call("mood", "-o", "results.jsonl", "a", "throw", "a");
    assertThat(first.exitCode()).isEqualTo(1);
    assertThat(first.out()).isEmpty();
    assertThat(first.err()).contains("; results in results.jsonl");
    Path results = directory.resolve("results.jsonl");
    Files.writeString(results, Files.readString(results) + "{\"input\":\"torn");

    CliRun.Ended second =
        call("mood", "-o", "results.jsonl", "--resume", "a", "throw", "a", "a", "b");
    assertThat(second.exitCode()).as(second.err()).isZero();
    assertThat(second.err()).contains("2 ok, 3 done before");
    List<JsonObject> all = CliRun.resultsOf(Files.readString(results));
    assertThat(all).hasSize(5);

    CliRun.Ended third =
        call(
            "mood",
            "-o",
            "results.jsonl",
            "--resume",
            "--retry-failed",
            "a",
            "throw",
            "a",
            "a",
            "b");
    assertThat(third.exitCode()).isEqualTo(1);
    assertThat(third.err()).contains("0 ok, 1 failed (1 exception), 4 done before");

    CliRun.Ended fourth = call("mood", "-o", "results.jsonl", "a");
    assertThat(fourth.exitCode()).isEqualTo(2);
    assertThat(fourth.err())
        .contains("results.jsonl exists; --resume goes on with it, --overwrite replaces it");
    assertThat(Files.readString(results).lines()).hasSize(6);
  }

  @Test
  @DisplayName(
      "progress goes to standard error in lines where that is no terminal; --quiet says nothing")
  void progress_log_lines() throws Exception {
    file("lines", String.join("\n", IntStream.range(0, 400).mapToObj(String::valueOf).toList()));
    CliRun.Ended ended = call("twice", "-i", "lines", "-o", "out.jsonl");
    assertThat(ended.err()).contains("100%  400/400  ").doesNotContain("\r");
    CliRun.Ended quiet = call("twice", "-i", "lines", "-q");
    assertThat(quiet.err()).isEmpty();
    assertThat(quiet.results()).hasSize(400);
  }

  @Test
  @DisplayName("--unordered gives all results, in any order")
  void unordered_all_given() throws Exception {
    CliRun.Ended ended = call("mood", "--unordered", "-w", "2", "slow", "x", "y");
    assertThat(values(ended.results())).containsExactlyInAnyOrder("slow done", "x done", "y done");
    assertThat(ended.results().get(2).get("input").getAsString()).isEqualTo("slow");
  }

  /* ---- Ctrl-C ---- */

  @Test
  @DisplayName("Ctrl-C once: what has begun is finished and written, nothing more begins")
  void interrupt_once_finishesWhatRuns() throws Exception {
    file("lines", "slow\n" + "well\n".repeat(3) + "slow\n".repeat(100));
    CliRun run =
        CliRun.start(
            directory, with("mood", "-w", "1", "--chunk", "1", "-i", "lines", "-o", "results"));
    Path results = directory.resolve("results");
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> Files.exists(results) && Files.readString(results).contains("well"));
    run.interrupt();
    CliRun.Ended ended = run.awaitEnd();
    assertThat(ended.exitCode()).isEqualTo(130);
    assertThat(ended.err()).contains("finishing what has begun; Ctrl-C again kills it");
    List<JsonObject> all = CliRun.resultsOf(Files.readString(results));
    assertThat(all).hasSizeBetween(4, 6);
    assertThat(all).allMatch(result -> result.get("outcome").getAsString().equals("ok"));
  }

  @Test
  @DisplayName("Ctrl-C lets a program that runs finish")
  void interrupt_onceOverProgram_finishes() throws Exception {
    CliRun run =
        CliRun.start(
            directory,
            "run",
            "--exec",
            "sh -c 'touch begun; sleep 2; echo whole'",
            "-o",
            "results",
            "x");
    await().atMost(Duration.ofSeconds(30)).until(() -> Files.exists(directory.resolve("begun")));
    run.interrupt();
    CliRun.Ended ended = run.awaitEnd();
    assertThat(ended.exitCode()).isEqualTo(130);
    assertThat(values(CliRun.resultsOf(Files.readString(directory.resolve("results")))))
        .containsExactly("whole");
  }

  @Test
  @DisplayName("Ctrl-C twice kills what runs, and what was written stays")
  void interrupt_twice_kills() throws Exception {
    CliRun run =
        CliRun.start(
            directory,
            with("mood", "-w", "1", "--chunk", "1", "-o", "results", "well", "hang", "x"));
    Path results = directory.resolve("results");
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> Files.exists(results) && Files.readString(results).contains("well"));
    run.interrupt();
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(run.err()).contains("Ctrl-C again"));
    run.interrupt();
    CliRun.Ended ended = run.awaitEnd();
    assertThat(ended.exitCode()).isEqualTo(130);
    assertThat(Files.readString(results)).contains("well done");
  }
}
