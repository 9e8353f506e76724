package dev.procession;

/**
 * Receives what tasks print, line by line.
 *
 * <p>Called on the pool's output threads, one thread for each stream of each worker: calls for one
 * stream come in order, calls for different streams may come at the same time. A listener that
 * blocks makes the printing task wait once the pipe is full.
 */
@FunctionalInterface
public interface OutputListener {
  /** Prints to the parent's own {@code System.out} and {@code System.err} with a short prefix. */
  OutputListener PRINT = new PrintingOutputListener();

  /** Drops everything. */
  OutputListener DISCARD = line -> {};

  /** Takes one line. */
  void line(OutputLine line);
}
