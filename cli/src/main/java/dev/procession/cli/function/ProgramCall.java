package dev.procession.cli.function;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.Charset;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Runs a program for an input; its standard output is the result. */
final class ProgramCall {
  private static final Pattern PLACEHOLDER = Pattern.compile("\\{([A-Za-z0-9_. -]*)}");

  /** More output than this is taken for a mistake: it is all held in memory. */
  private static final int MOST_OUTPUT = 64 << 20;

  private static final int LAST_LINES = 10;

  /** A terminal's Ctrl-C reaches every process of its group; a run is to end what it has begun. */
  private static final List<String> WITHOUT_INTERRUPTS =
      List.of("/bin/sh", "-c", "trap '' INT; exec \"$@\"", "sh");

  private ProgramCall() {}

  /**
   * Runs it and waits for its end. The deadline is the task's: a program that overruns it is killed
   * with its worker.
   *
   * @return what it printed, without the last line end
   * @throws ProgramFailedException if its exit code is not 0
   */
  static String run(List<String> words, @Nullable Object plain)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    if (new File(WITHOUT_INTERRUPTS.get(0)).canExecute()) {
      command.addAll(WITHOUT_INTERRUPTS);
    }
    command.addAll(filled(words, plain));
    Process process = new ProcessBuilder(command).start();
    try {
      process.getOutputStream().close();
      LastWords errors = new LastWords(process.getErrorStream());
      errors.start();
      byte[] output = process.getInputStream().readNBytes(MOST_OUTPUT + 1);
      if (output.length > MOST_OUTPUT) {
        throw new ProgramFailedException(
            "it printed more than " + (MOST_OUTPUT >> 20) + " MiB; have it write a file instead");
      }
      int code = process.waitFor();
      errors.join();
      if (code != 0) {
        throw new ProgramFailedException("exit code " + code + errors.told());
      }
      return new String(output, Charset.defaultCharset()).stripTrailing();
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  /** The words with the input in them; at their end if it has no place of its own. */
  static List<String> filled(List<String> words, @Nullable Object plain) {
    List<String> filled = new ArrayList<>();
    boolean placed = plain == null;
    for (String word : words) {
      Matcher found = PLACEHOLDER.matcher(word);
      StringBuilder made = new StringBuilder();
      while (found.find()) {
        String value = value(found.group(1), plain);
        placed |= value != null;
        found.appendReplacement(
            made, Matcher.quoteReplacement(value == null ? found.group() : value));
      }
      filled.add(found.appendTail(made).toString());
    }
    if (!placed) {
      values(plain).forEach(value -> filled.add(String.valueOf(value)));
    }
    return filled;
  }

  private static List<?> values(@Nullable Object plain) {
    return plain instanceof List<?> list
        ? list
        : plain instanceof Map<?, ?> map
            ? new ArrayList<>(map.values())
            : List.of(String.valueOf(plain));
  }

  /** What {@code {name}}, {@code {2}} or {@code {}} stands for; null if for nothing. */
  private static @Nullable String value(String name, @Nullable Object plain) {
    if (plain == null) {
      return null;
    }
    if (name.isEmpty()) {
      return plain instanceof List || plain instanceof Map ? null : String.valueOf(plain);
    }
    if (plain instanceof Map<?, ?> map && map.containsKey(name)) {
      return String.valueOf(map.get(name));
    }
    List<?> values = values(plain);
    if (name.matches("[1-9]\\d{0,3}") && Integer.parseInt(name) <= values.size()) {
      return String.valueOf(values.get(Integer.parseInt(name) - 1));
    }
    return null;
  }

  /** Whether there is such a program; {@code words} begin with its name or path. */
  static boolean isThere(String name) {
    if (name.contains("/") || name.contains(File.separator)) {
      return new File(name).canExecute();
    }
    boolean windows = System.getProperty("os.name", "").toLowerCase(Locale.ROOT).contains("win");
    List<String> ends = windows ? List.of("", ".exe", ".bat", ".cmd", ".com") : List.of("");
    for (String folder : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1)) {
      for (String end : ends) {
        if (new File(folder, name + end).canExecute()) {
          return true;
        }
      }
    }
    return false;
  }

  /** Passes on what a program prints to standard error, and remembers the end of it. */
  private static final class LastWords extends Thread {
    private final InputStream from;
    private final ArrayDeque<String> last = new ArrayDeque<>(); // guarded by itself

    LastWords(InputStream from) {
      super("errors-of-program");
      setDaemon(true);
      this.from = from;
    }

    @Override
    public void run() {
      try (BufferedReader lines =
          new BufferedReader(new InputStreamReader(from, Charset.defaultCharset()))) {
        String line;
        while ((line = lines.readLine()) != null) {
          System.err.println(line);
          synchronized (last) {
            last.add(line);
            if (last.size() > LAST_LINES) {
              last.remove();
            }
          }
        }
      } catch (IOException e) {
        // It was killed.
      }
    }

    String told() {
      synchronized (last) {
        return last.isEmpty() ? "" : ": " + String.join("\n", last);
      }
    }
  }
}
