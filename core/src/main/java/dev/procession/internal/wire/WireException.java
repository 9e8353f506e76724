package dev.procession.internal.wire;

import java.io.IOException;

/** The other side wrote something that is not the protocol. */
public final class WireException extends IOException {
  private static final long serialVersionUID = 1L;

  /** Creates one that says what was wrong. */
  public WireException(String message) {
    super(message);
  }
}
