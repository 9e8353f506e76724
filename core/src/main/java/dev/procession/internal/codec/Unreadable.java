package dev.procession.internal.codec;

import dev.procession.TaskDeserializationException;

/** Explains why bytes that another JVM wrote could not be read in this one. */
public final class Unreadable {
  private Unreadable() {}

  /**
   * Explains why a value could not be read; never throws.
   *
   * @param what what it was, to begin a sentence with: "task 17 (thumbs)"
   */
  public static TaskDeserializationException explainUnreadable(
      String what, Throwable cause, ClassLoader loader) {
    return new TaskDeserializationException(
        what + " could not be read: " + Descriptions.describe(cause), cause);
  }
}
