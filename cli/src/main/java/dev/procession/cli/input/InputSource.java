package dev.procession.cli.input;

import java.io.Closeable;
import java.io.IOException;
import java.util.Iterator;

/** A place that inputs come from. */
public interface InputSource {
  /** A number of inputs that cannot be told beforehand. */
  long UNKNOWN = -1;

  /** How many there are, or {@link #UNKNOWN}. */
  long count() throws IOException;

  /**
   * Begins to read; whatever cannot be read is an input that says so.
   *
   * @throws IOException if nothing can be read
   */
  Reading open() throws IOException;

  /** Inputs, one after another. */
  interface Reading extends Iterator<Input>, Closeable {}
}
