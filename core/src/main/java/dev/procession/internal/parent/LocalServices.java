package dev.procession.internal.parent;

/** What the parts of a pool on this machine share. */
final class LocalServices extends PoolServices {
  private final CodeSource code;
  private final LocalBackend backend;
  private volatile long leaseUntil;

  LocalServices(PoolConfig config, ResultDecoder decoder, CodeSource code) {
    super(config, decoder);
    this.code = code;
    this.backend = new LocalBackend(this);
    decoder.onAttack(worker -> inBackground(() -> scheduler().losses().attackedBy(worker)));
  }

  @Override
  public LocalBackend backend() {
    return backend;
  }

  /** Until when workers may live without a further word, a nanoTime; 0 for ever. */
  long leaseUntil() {
    return leaseUntil;
  }

  /** Workers that are started from now on have that lease. */
  void leaseUntil(long nanoTime) {
    leaseUntil = nanoTime;
  }

  /** What the numbers in the pool's calls stand for. */
  CodeSource code() {
    return code;
  }

  Scheduler scheduler() {
    return backend.scheduler();
  }
}
