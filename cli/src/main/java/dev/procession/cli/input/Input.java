package dev.procession.cli.input;

import dev.procession.cli.function.Unreadable;
import org.jspecify.annotations.Nullable;

/**
 * One input.
 *
 * @param where the place it was read from, as messages say it
 * @param plain a text, a number, a truth value, a list or a map; null if the function takes
 *     nothing; an {@link Unreadable} if there is something there that cannot be read
 */
public record Input(String where, @Nullable Object plain) {

  /** Something that cannot be read. */
  static Input unreadable(String where, String text, String why) {
    return new Input(where, new Unreadable(text, where + ": " + why));
  }
}
