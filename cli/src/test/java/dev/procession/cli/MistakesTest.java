package dev.procession.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.cli.sample.Docs;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What the command says of mistakes: what is wrong, and the nearest thing that is not. */
class MistakesTest {
  private static final String DOCS = Docs.class.getName();

  @TempDir Path directory;

  /** What is said; the exit code is that of a wrong command line, and nothing ran. */
  private static String refusal(String... arguments) {
    StringWriter said = new StringWriter();
    CommandLine line = Procession.commandLine();
    line.setErr(new PrintWriter(said, true));
    line.setOut(new PrintWriter(said, true));
    int code = line.execute(arguments);
    assertThat(code).as(said.toString()).isEqualTo(ExitCode.USAGE);
    return said.toString();
  }

  private static String refusalOfCall(String call, String... more) {
    List<String> all =
        new ArrayList<>(List.of("run", "--class-path", CliRun.CLASSES, "--call", call));
    all.addAll(List.of(more));
    return refusal(all.toArray(new String[0]));
  }

  @Test
  void unknownCommandAndOption_nearestIsSuggested() {
    assertThat(refusal("rum")).contains("'rum'").contains("run");
    assertThat(refusal("run", "--time-out", "3s")).contains("'--time-out'").contains("--timeout");
  }

  @Test
  void nothingToCall_saysWhatThereIs() {
    assertThat(refusal("run", "x"))
        .isEqualTo(
            "procession: what is to be called? one of --call, --source and --exec is needed\n");
    assertThat(refusal("run", "--exec", "cat", "--call", "x"))
        .contains("--exec cannot go with --call or --source");
  }

  @Test
  void unknownClass_similarOneIsSuggested() {
    assertThat(refusalOfCall("dev.procession.cli.sample.Docz::twice", "1"))
        .contains("no class 'dev.procession.cli.sample.Docz' on the class path (")
        .contains("; did you mean '" + DOCS + "'?");
    assertThat(refusalOfCall("Docs::twice", "1")).contains("; did you mean '" + DOCS + "'?");
    assertThat(refusal("run", "--call", "x.Y::z", "1"))
        .contains("no class 'x.Y' in the JDK; --class-path or --jar says where yours are");
  }

  @Test
  void unknownMethod_similarOneIsSuggested() {
    assertThat(refusalOfCall(DOCS + "::twise", "1"))
        .isEqualTo("procession: " + DOCS + " has no method 'twise'; did you mean 'twice'?\n");
    assertThat(refusalOfCall(DOCS + "::somethingElse", "1"))
        .contains(
            "its static methods are answer, both, label, mood, title, twice, whole, wordCount");
  }

  @Test
  void overloaded_signaturesAreListed() {
    assertThat(refusalOfCall(DOCS + "::both", "1"))
        .contains("both is overloaded; say which one: ")
        .contains("'" + DOCS + "::both(String)'")
        .contains("'" + DOCS + "::both(int)'");
    assertThat(refusalOfCall(DOCS + "::both(long)", "1"))
        .contains("no static both takes (long); there is ");
  }

  @Test
  void notStatic_saysSo() {
    assertThat(refusalOfCall(DOCS + "::notStatic", "1"))
        .contains("::notStatic(String) is not static; make it static, or");
    assertThat(refusalOfCall(DOCS, "1"))
        .contains("implements none of Function, TaskFunction and Callable; name a static method");
    assertThat(refusalOfCall("a b::c::d", "1")).contains("names no function");
  }

  @Test
  void missingJar_similarFileIsSuggested() throws Exception {
    Files.createFile(directory.resolve("documents.jar"));
    assertThat(refusal("run", "--jar", directory + "/document.jar", "--call", "x.Y::z", "1"))
        .contains("no such file: " + directory + "/document.jar; did you mean 'documents.jar'?");
    assertThat(refusal("run", "--jar", directory + "/documents.jar", "--call", "x.Y::z", "1"))
        .contains("not a jar: " + directory + "/documents.jar");
  }

  @Test
  void inputsThatAreNotThere_areNamed() {
    String none = directory.resolve("none").toString();
    assertThat(refusalOfCall(DOCS + "::twice", "--input", none)).contains("no such file: " + none);
    assertThat(refusalOfCall(DOCS + "::twice", "--csv", directory.toString()))
        .contains("a folder, not a file: " + directory);
    assertThat(refusalOfCall(DOCS + "::twice", "--files", directory + "/*.none"))
        .contains("no file matches '" + directory + "/*.none'; in folders below as well: '**'");
    assertThat(refusalOfCall(DOCS + "::twice", "--files", none + "/*"))
        .contains("no such folder: " + none);
    assertThat(refusalOfCall(DOCS + "::answer", "1")).contains("takes no input");
  }

  @Test
  void columnsThatDoNotFit_areNamed() throws Exception {
    Path rows = Files.writeString(directory.resolve("rows.csv"), "name,size,more\n");
    assertThat(refusalOfCall(DOCS + "::label", "--csv", rows.toString()))
        .contains(
            "::label(String, int) cannot be called: the columns are name, size, more, but 2 are: ")
        .contains("String title, int pages wanted");
  }

  @Test
  void source_compilerErrorsAreTold() throws Exception {
    Path broken =
        Files.writeString(directory.resolve("Broken.java"), "class Broken {\n  int x = y;\n}\n");
    assertThat(refusal("run", "--source", broken.toString(), "1"))
        .contains("Broken.java does not compile:\n  line 2: ")
        .contains("cannot find symbol");
    Path two =
        Files.writeString(
            directory.resolve("Two.java"),
            "public class Two { public static int a(int x) { return x; } public static int b(int x) { return x; } }");
    assertThat(refusal("run", "--source", two.toString(), "1"))
        .contains(
            "several functions could be called; choose one by --call: Two::a(int), Two::b(int)");
    assertThat(refusal("run", "--source", directory + "/None.java", "1"))
        .contains("cannot read the source");
  }

  @Test
  void exec_unknownProgramAndOpenQuote_areTold() {
    assertThat(refusal("run", "--exec", "no-such-program {}", "1"))
        .contains("no program 'no-such-program' that can be run");
    assertThat(refusal("run", "--exec", "echo 'x", "1"))
        .contains("the quote ' in --exec is not closed");
    assertThat(refusal("run", "--exec", " ", "1")).contains("--exec needs a command");
  }

  @Test
  void optionsOutOfRange_areNamed() {
    assertThat(refusalOfCall(DOCS + "::twice", "--workers", "0", "1")).contains("workers must be");
    assertThat(refusalOfCall(DOCS + "::twice", "--max-heap", "lots", "1")).contains("maxHeap");
    assertThat(refusalOfCall(DOCS + "::twice", "--timeout", "soon", "1"))
        .contains("'soon' is no duration; write 500ms, 30s, 2m or 1h");
    assertThat(refusalOfCall(DOCS + "::twice", "--retries", "-1", "1")).contains("retries must be");
    assertThat(refusalOfCall(DOCS + "::twice", "--max-failures", "0", "1"))
        .contains("--max-failures must be at least 1, was 0");
    assertThat(refusalOfCall(DOCS + "::twice", "--chunk", "-5", "1")).contains("chunkSize must be");
    assertThat(refusalOfCall(DOCS + "::twice", "--resume", "1"))
        .contains("--resume needs --output");
  }

  @Test
  void resume_ofAnotherFile_isRefusedAndLeftAlone() throws Exception {
    Path other = Files.writeString(directory.resolve("other"), "not a result\n");
    assertThat(refusalOfCall(DOCS + "::twice", "--resume", "-o", other.toString(), "1"))
        .contains("line 1 of " + other + " is no result of this command");
    assertThat(Files.readString(other)).isEqualTo("not a result\n");
    Files.writeString(other, "not a result either, and without an end");
    assertThat(refusalOfCall(DOCS + "::twice", "--resume", "-o", other.toString(), "1"))
        .contains("line 1 of " + other + " is no result of this command");
    assertThat(other).hasContent("not a result either, and without an end");
    Files.write(other, new byte[] {(byte) 0xC3, '\n'});
    assertThat(refusalOfCall(DOCS + "::twice", "--resume", "-o", other.toString(), "1"))
        .contains("is no result of this command");
  }

  @Test
  void optionGivenTwice_isNamed() {
    assertThat(refusalOfCall(DOCS + "::twice", "-w", "1", "--timeout", "3s", "-w=2", "1"))
        .contains("--workers was given 2 times");
  }

  @Test
  void recordWithoutItsColumn_isNamed() throws Exception {
    Path rows = Files.writeString(directory.resolve("rows.csv"), "page_title,size\n");
    assertThat(refusalOfCall(DOCS + "::title", "--csv", rows.toString()))
        .contains("'pageCount' of Page is missing among the columns page_title, size");
  }
}
