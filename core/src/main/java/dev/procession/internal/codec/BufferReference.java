package dev.procession.internal.codec;

import java.io.InvalidObjectException;
import java.io.Serial;
import java.io.Serializable;

/**
 * What crosses of a {@link dev.procession.SharedBuffer}: where to find it. It becomes a buffer
 * again as it is read.
 *
 * @param file path of the file that holds it
 * @param size of the file in bytes
 * @param pool name of the pool that it was made in
 */
public record BufferReference(String file, long size, String pool) implements Serializable {

  @Serial
  private Object readResolve() throws InvalidObjectException {
    return SharedBuffers.resolve(this);
  }

  @Override
  public String toString() {
    return "shared buffer of pool '" + pool + "' (" + size + " bytes)";
  }
}
