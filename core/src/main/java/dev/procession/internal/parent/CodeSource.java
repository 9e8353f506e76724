package dev.procession.internal.parent;

import dev.procession.internal.codec.LambdaTable;
import org.jspecify.annotations.Nullable;

/**
 * What the numbers in a pool's calls stand for, as far as its workers are not told it by their
 * class path. Any thread may ask.
 */
public interface CodeSource {
  /** The lambdas and loaders of this JVM. */
  CodeSource OWN = LambdaTable::definition;

  /** The definition of a lambda's number; null if its loader is gone. */
  byte @Nullable [] definition(int lambda);
}
