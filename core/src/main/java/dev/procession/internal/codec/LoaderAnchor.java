package dev.procession.internal.codec;

import java.util.Map;
import java.util.WeakHashMap;
import java.util.function.Supplier;

/** A class loader of ours: what is known of its classes is kept with it, and goes with it. */
public interface LoaderAnchor {
  /** What is kept with the loader. */
  Attachments attachments();

  /** Values by owner. Any thread may call it. */
  final class Attachments {
    private final Map<Object, Object> values = new WeakHashMap<>(); // guarded by this

    /** The owner's value, made if it has none. */
    @SuppressWarnings("unchecked") // what the same owner has put in
    synchronized <V> V get(Object owner, Supplier<V> maker) {
      return (V) values.computeIfAbsent(owner, absent -> maker.get());
    }
  }
}
