package dev.procession.cli.function;

import dev.procession.cli.WrongUsageException;
import java.util.ArrayList;
import java.util.List;

/** Cuts a command into words as a POSIX shell does, without running one. */
public final class CommandLine {
  private CommandLine() {}

  /**
   * The program to call for each input.
   *
   * @throws WrongUsageException if a quote is not closed, there is no word, or no such program
   */
  public static Target.Program program(String command) {
    List<String> words = words(command);
    if (words.isEmpty()) {
      throw new WrongUsageException("--exec needs a command");
    }
    String name = words.get(0);
    if (!name.contains("{") && !ProgramCall.isThere(name)) {
      throw new WrongUsageException(
          "no program '" + name + "' that can be run; for what a shell does, write sh -c '...'");
    }
    return new Target.Program(words);
  }

  static List<String> words(String command) {
    List<String> words = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    boolean inWord = false;
    char quote = 0;
    for (int i = 0; i < command.length(); i++) {
      char c = command.charAt(i);
      if (quote == '\'' ? c == '\'' : c == quote && quote != 0) {
        quote = 0;
      } else if (c == '\\' && quote != '\'' && i + 1 < command.length()) {
        word.append(command.charAt(++i));
        inWord = true;
      } else if (quote == 0 && (c == '\'' || c == '"')) {
        quote = c;
        inWord = true;
      } else if (quote == 0 && Character.isWhitespace(c)) {
        if (inWord) {
          words.add(word.toString());
        }
        word.setLength(0);
        inWord = false;
      } else {
        word.append(c);
        inWord = true;
      }
    }
    if (quote != 0) {
      throw new WrongUsageException("the quote " + quote + " in --exec is not closed: " + command);
    }
    if (inWord) {
      words.add(word.toString());
    }
    return List.copyOf(words);
  }
}
