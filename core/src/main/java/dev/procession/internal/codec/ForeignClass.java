package dev.procession.internal.codec;

import java.io.Serial;

/** A value has an object of a class that its reader would not find by its name. */
final class ForeignClass extends RuntimeException {
  @Serial private static final long serialVersionUID = 1L;

  private final transient Class<?> type;

  ForeignClass(Class<?> type) {
    super(type.getName(), null, /* enableSuppression= */ false, /* writableStackTrace= */ false);
    this.type = type;
  }

  Class<?> type() {
    return type;
  }
}
