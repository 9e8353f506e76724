package dev.procession;

import org.jspecify.annotations.Nullable;

/**
 * The failure of a task that could not be read in the worker, or whose result could not be read
 * back; typically a class is missing there. The message names the class and the remedy.
 */
public class TaskDeserializationException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public TaskDeserializationException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
