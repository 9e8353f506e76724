package dev.procession.internal.codec;

import dev.procession.Shared;
import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * What crosses of a {@link Shared}: where to find it.
 *
 * @param file path of the file that holds the value; or, if it comes from another machine, its name
 *     in the directory that a worker shares with whoever has started it
 * @param size of the file in bytes
 * @param pool name of the pool that it was shared in
 */
public record SharedReference<T extends @Nullable Object>(String file, long size, String pool)
    implements Shared<T>, Serializable {

  @Override
  @SuppressWarnings({"unchecked", "NullAway"}) // what was shared had that type
  public T get() {
    return (T) SharedValues.get(this);
  }

  @Override
  public Shared<T> preload() {
    throw elsewhere("preloaded");
  }

  @Override
  public void close() {
    throw elsewhere("closed");
  }

  private IllegalStateException elsewhere(String what) {
    return new IllegalStateException(
        this + " can only be " + what + " through the object that share() returned, in the parent");
  }

  @Override
  public String toString() {
    return "shared value of pool '" + pool + "' (" + size + " bytes)";
  }
}
