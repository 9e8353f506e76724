package dev.procession.internal.parent;

import org.jspecify.annotations.Nullable;

/**
 * On what terms a task is run; see {@code TaskOptions}.
 *
 * @param name its name in messages
 * @param timeoutNanos how long it, or each of its elements, may run; 0 for ever
 * @param priority higher goes first
 * @param retries how often it may be begun anew after a crash
 * @param context what goes along with it, if anything
 * @param decoder reads its results; keeps the loader of its code
 */
public record TaskTerms(
    String name,
    long timeoutNanos,
    int priority,
    int retries,
    byte @Nullable [] context,
    ResultDecoder decoder) {

  /** The same, and never begun anew. */
  TaskTerms once() {
    return new TaskTerms(name, timeoutNanos, priority, /* retries= */ 0, context, decoder);
  }
}
