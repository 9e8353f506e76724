package dev.procession.benchmarks.fuzz;

import java.util.SplittableRandom;

/** A reader of untrusted bytes, and what it may do with them; for one thread. */
public interface Target extends AutoCloseable {

  /** Its name in the table. */
  String name();

  /** Bytes that the reading thread may allocate for one input. */
  long allocationLimit();

  /**
   * Makes one input, or a few that belong together, from the random numbers alone, and has it read.
   *
   * @throws Exception of a kind that the reader does not promise, or {@link AssertionError} if it
   *     did something else that it must not: a violation
   */
  void feed(SplittableRandom random, Tally tally) throws Exception;

  @Override
  default void close() throws Exception {}
}
