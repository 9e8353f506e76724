package dev.procession.benchmarks.chaos;

import dev.procession.MapResults;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * One map, and all that the thread that iterates it learned. Written by that thread, read after it
 * has ended.
 */
final class MapEntry implements Iterable<Order> {
  final long id;
  final int size;
  final int retries;
  final @Nullable Duration timeout;
  final boolean ordered;
  private final IntFunction<Order> orders;
  private final Outcome[] outcomes;
  private final List<String> wrongs = new ArrayList<>();
  private int read;
  private int taken;

  /** Whether every outcome was taken; else it was closed before its end, or its pool was. */
  boolean complete;

  MapEntry(
      long id,
      int size,
      int retries,
      @Nullable Duration timeout,
      boolean ordered,
      IntFunction<Order> orders) {
    this.id = id;
    this.size = size;
    this.retries = retries;
    this.timeout = timeout;
    this.ordered = ordered;
    this.orders = orders;
    this.outcomes = new Outcome[size];
  }

  Order order(int element) {
    return orders.apply(element);
  }

  /** The inputs, counted as they are read. */
  @Override
  public Iterator<Order> iterator() {
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return read < size;
      }

      @Override
      public Order next() {
        if (!hasNext()) {
          throw new NoSuchElementException();
        }
        return order(read++);
      }
    };
  }

  /** Takes one outcome of the iteration. */
  Outcome take(MapResults.Outcome<Object> taken) {
    int index = (int) taken.index();
    if (index < 0 || index >= read) {
      wrongs.add("an outcome for index " + taken.index() + ", of which no input was read");
      return new Outcome(Outcome.Kind.WRONG, null, Duration.ZERO, "no such index");
    }
    if (ordered && index != this.taken) {
      wrongs.add("outcome " + this.taken + " is that of index " + index);
    }
    this.taken++;
    Throwable failure = taken.failure();
    Outcome outcome =
        failure != null
            ? Outcome.ofFailure(order(index), failure)
            : Outcome.ofValue(order(index), taken.value());
    if (outcomes[index] != null) {
      wrongs.add("index " + index + " came twice");
    }
    outcomes[index] = outcome;
    return outcome;
  }

  /** Something else that must not be. */
  void wrong(String what) {
    wrongs.add(what);
  }

  List<String> wrongs() {
    return wrongs;
  }

  @Nullable Outcome outcome(int element) {
    return outcomes[element];
  }

  /** Inputs that were read. */
  int read() {
    return read;
  }

  /** Outcomes that were taken. */
  int taken() {
    return taken;
  }

  @Override
  public String toString() {
    return "map "
        + id
        + (ordered ? " ordered" : " unordered")
        + ", read "
        + read
        + " of "
        + size
        + ", taken "
        + taken
        + (complete ? ", complete" : ", not complete")
        + ", retries "
        + retries
        + ", timeout "
        + timeout;
  }
}
