package dev.procession.internal.parent;

/** Through which class loader the parent reads what workers send. */
final class Loaders {
  private Loaders() {}

  /** The context loader of the calling thread, or the application's if it has none. */
  static ClassLoader ofUser() {
    ClassLoader context = Thread.currentThread().getContextClassLoader();
    return context != null ? context : ClassLoader.getSystemClassLoader();
  }
}
