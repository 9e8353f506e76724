package dev.procession.cli.input;

import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/** A reading that has the next input read when it is asked whether there is one. */
abstract class OneByOne implements InputSource.Reading {
  private @Nullable Input next;
  private boolean ended;

  /** The next input, or null at the end; not called again after that. */
  abstract @Nullable Input read();

  @Override
  public final boolean hasNext() {
    if (next == null && !ended) {
      next = read();
      ended = next == null;
    }
    return next != null;
  }

  @Override
  public final Input next() {
    Input given = hasNext() ? next : null;
    if (given == null) {
      throw new NoSuchElementException();
    }
    next = null;
    return given;
  }
}
