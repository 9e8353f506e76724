package dev.procession.examples;

/**
 * A function for the command line: {@code ./procession run --source …/Square.java 3 x 100000}
 * compiles it and calls it for each input.
 */
public final class Square {
  private Square() {}

  // @start region=square
  public static long of(int number) {
    return (long) number * number;
  }
  // @end
}
