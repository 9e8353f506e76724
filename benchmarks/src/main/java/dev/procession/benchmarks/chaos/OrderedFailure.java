package dev.procession.benchmarks.chaos;

/** What a task throws that was told to throw; the message is its token. */
final class OrderedFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  OrderedFailure(long token) {
    super(Long.toString(token));
  }
}
