package dev.procession.cli.input;

import com.google.gson.JsonParseException;
import dev.procession.cli.result.Json;

/** A value of JSON in each line. */
public final class JsonLines extends Lines {

  /**
   * Of that file.
   *
   * @param file its path, or {@code -} for standard input
   * @throws dev.procession.cli.WrongUsageException if there is no such file or it cannot be read
   */
  public JsonLines(String file) {
    super(file, /* zeros= */ false);
  }

  @Override
  Input input(String line, String where) {
    try {
      Object plain = Json.plain(Json.parse(line));
      return plain == null
          ? Input.unreadable(where, line, "null is no input")
          : new Input(where, plain);
    } catch (JsonParseException e) {
      return Input.unreadable(where, line, "not JSON: " + Json.message(e));
    } catch (NumberFormatException e) {
      return Input.unreadable(where, line, "a number that is too large");
    }
  }
}
