package dev.procession.cli.input;

import dev.procession.cli.Reason;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/** The inputs of several sources, one source after another; for one thread. */
public final class Inputs implements Iterator<Input>, Closeable {
  private final Iterator<InputSource> sources;
  private InputSource.@Nullable Reading current;

  /** Opens each when the one before is at its end. */
  public Inputs(List<InputSource> sources) {
    this.sources = sources.iterator();
  }

  /** How many there are in all, or {@link InputSource#UNKNOWN}. */
  public static long count(List<InputSource> sources) throws IOException {
    long sum = 0;
    for (InputSource source : sources) {
      long count = source.count();
      if (count == InputSource.UNKNOWN) {
        return InputSource.UNKNOWN;
      }
      sum += count;
    }
    return sum;
  }

  @Override
  public boolean hasNext() {
    try {
      while (current == null || !current.hasNext()) {
        close();
        if (!sources.hasNext()) {
          return false;
        }
        current = sources.next().open();
      }
      return true;
    } catch (IOException e) {
      throw new UncheckedIOException(Reason.of(e), e);
    }
  }

  @Override
  public Input next() {
    if (!hasNext() || current == null) {
      throw new NoSuchElementException();
    }
    return current.next();
  }

  @Override
  public void close() throws IOException {
    if (current != null) {
      current.close();
      current = null;
    }
  }
}
