package dev.procession.benchmarks.chaos;

/** What a task does. */
enum Deed {
  /** Returns at once. */
  NOTHING(2_000, true),
  /** Sleeps for a while. */
  SLEEP(300, true),
  /** Computes for a while. */
  SPIN(150, true),
  /** Returns the payload it was sent, up to some megabytes. */
  ECHO(60, true),
  /** Returns a payload of some megabytes of its own making. */
  PRODUCE(40, true),
  /** Prints thousands of lines. */
  FLOOD(8, true),
  /** Starts a process that outlives it. */
  FORK(8, true),
  /** Throws. */
  THROW(200, false),
  /** Calls {@code System.exit}. */
  EXIT(3, false),
  /** Calls {@code Runtime.halt}. */
  HALT(3, false),
  /** Reads from address 8. */
  SEGFAULT(1, false),
  /** Computes for ever; has a deadline. */
  LOOP(3, false),
  /** Swallows interrupts and whatever else comes, for ever; has a deadline. */
  STUBBORN(3, false);

  /** How often it is chosen, relative to the others. */
  final int weight;

  /** Whether a value can be its outcome. */
  final boolean returns;

  Deed(int weight, boolean returns) {
    this.weight = weight;
    this.returns = returns;
  }

  /** Whether it ends the process it runs in. */
  boolean endsItsWorker() {
    return this == EXIT || this == HALT || this == SEGFAULT;
  }

  /** Whether it never ends of its own will. */
  boolean isEndless() {
    return this == LOOP || this == STUBBORN;
  }
}
