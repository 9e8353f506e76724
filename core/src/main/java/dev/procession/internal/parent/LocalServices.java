package dev.procession.internal.parent;

/** What the parts of a pool on this machine share. */
final class LocalServices extends PoolServices {
  private final CodeSource code;
  private final LocalBackend backend;

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

  /** What the numbers in the pool's calls stand for. */
  CodeSource code() {
    return code;
  }

  Scheduler scheduler() {
    return backend.scheduler();
  }
}
