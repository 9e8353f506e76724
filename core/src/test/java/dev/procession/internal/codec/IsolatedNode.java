package dev.procession.internal.codec;

import java.io.Serializable;

/** A class that a test defines a second time, in a loader of its own. */
public final class IsolatedNode implements Serializable {
  private static final long serialVersionUID = 1L;

  int id = 5;
}
