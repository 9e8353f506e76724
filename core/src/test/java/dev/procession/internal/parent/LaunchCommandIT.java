package dev.procession.internal.parent;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.Charset;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is written into an argument file comes out of a real launcher unchanged. */
class LaunchCommandIT {
  private static final List<String> NASTY =
      List.of(
          "plain",
          "",
          " ",
          "with space",
          " both ends ",
          "tab\there",
          "new\nline",
          "carriage\rreturn",
          "both\r\n",
          "\f",
          "\"",
          "\"\"",
          "'",
          "it's",
          "\\",
          "\\\\",
          "ends with \\",
          "C:\\Program Files\\new\\table\\r\\f",
          "\\n",
          "\\\"",
          "#not a comment",
          "# not either",
          "@file",
          "@@file",
          "$HOME `id` %PATH% ; & | > < ! ~ * ?",
          "-Dx=y",
          "--module-path",
          "grüße",
          "⛵𝄞",
          "x".repeat(200_000));

  @TempDir private Path folder;

  /** Prints its arguments as hexadecimal UTF-8. */
  public static final class Printer {
    public static void main(String[] args) {
      for (String arg : args) {
        System.out.println(
            "[" + HexFormat.of().formatHex(arg.getBytes(StandardCharsets.UTF_8)) + "]");
      }
    }
  }

  /** A line end closed the quotes: one argument came out as two. */
  @Test
  void write_ofNastyArguments_theyComeOutOfTheLauncherUnchanged() throws Exception {
    Path classes =
        Path.of(Printer.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    CharsetEncoder encoder = Charset.forName(System.getProperty("sun.jnu.encoding")).newEncoder();
    List<String> nasty = NASTY.stream().filter(encoder::canEncode).toList();
    List<String> arguments = new ArrayList<>(List.of("-cp", classes.toString()));
    arguments.add(Printer.class.getName());
    arguments.addAll(nasty);
    Path file = folder.resolve("w 1.args");
    LaunchCommand.write(file, arguments);
    Path out = folder.resolve("out");
    Path java = LaunchCommand.java(Path.of(System.getProperty("java.home")));
    ProcessBuilder builder =
        new ProcessBuilder(java.toString(), "@" + file).redirectErrorStream(true);
    builder.environment().remove("JDK_JAVA_OPTIONS");
    Process process = builder.redirectOutput(out.toFile()).start();
    try {
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    List<String> printed;
    try (Stream<String> lines = Files.lines(out)) {
      printed = lines.map(LaunchCommandIT::read).toList();
    }
    assertThat(printed).hasSameSizeAs(nasty);
    for (int i = 0; i < nasty.size(); i++) {
      assertThat(printed.get(i).equals(nasty.get(i)))
          .as("'%.50s' came as '%.50s'", nasty.get(i), printed.get(i))
          .isTrue();
    }
    assertThat(process.exitValue()).isZero();
  }

  private static String read(String line) {
    return line.startsWith("[")
        ? new String(HexFormat.of().parseHex(line, 1, line.length() - 1), StandardCharsets.UTF_8)
        : "not an argument: " + line;
  }
}
