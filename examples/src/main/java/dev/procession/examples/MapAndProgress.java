package dev.procession.examples;

import dev.procession.MapOptions;
import dev.procession.MapResults;
import dev.procession.ProcessPoolExecutor;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A function over many inputs: results in order, as they are ready, and failures one by one. */
public class MapAndProgress {
  /** Runs the example. */
  public static void main(String... args) throws Exception {
    try (var pool = ProcessPoolExecutor.create(2)) {
      // @start region=map
      List<Integer> exponents = List.of(2203, 2281, 3217, 4253, 4423, 9689);
      int done = 0;
      try (MapResults<Integer> digits = pool.map(MapAndProgress::digitsOfMersenne, exponents)) {
        for (int count : digits) {
          System.out.println(++done + " of " + exponents.size() + ": " + count + " digits");
        }
      }
      // @end

      // @start region=outcomes
      try (MapResults<Integer> shares = pool.map(x -> 100 / x, List.of(5, 0, 20))) {
        for (MapResults.Outcome<Integer> share : shares.outcomes()) {
          System.out.println(share.isSuccess() ? share.value() : share.failure());
        }
      }
      // @end

      // @start region=endless
      var unordered = MapOptions.builder().ordered(false).chunkSize(100).build();
      Iterable<Integer> numbers = Stream.iterate(1, n -> n + 1)::iterator; // has no end
      List<Integer> some = new ArrayList<>();
      try (MapResults<Integer> squares = pool.map(unordered, n -> n * n, numbers)) {
        squares.stream().limit(1_000).forEach(some::add);
      }
      // @end
      System.out.println("took " + some.size() + " of endlessly many");
    }
  }

  private static int digitsOfMersenne(int exponent) {
    BigInteger mersenne = BigInteger.ONE.shiftLeft(exponent).subtract(BigInteger.ONE);
    return mersenne.toString().length();
  }
}
