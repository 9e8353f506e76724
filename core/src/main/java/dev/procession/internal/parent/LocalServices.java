package dev.procession.internal.parent;

import org.jspecify.annotations.Nullable;

/** What the parts of a pool on this machine share. */
final class LocalServices extends PoolServices {
  private final SerializerName serializer;
  private final CodeSource code;
  private final @Nullable String member;
  private final LocalBackend backend;
  private volatile long leaseUntil;

  /** Of a pool whose tasks are made of the code of this JVM. */
  LocalServices(PoolConfig config, ResultDecoder decoder) {
    this(
        config,
        decoder,
        SerializerName.of(config.serializer(), config.remoteClassLoading()),
        /* code= */ null,
        /* member= */ null);
  }

  /**
   * Of a pool.
   *
   * @param serializer what its workers read and write with
   * @param code what its tasks are made of; null for the code of this JVM
   * @param member name of the cluster's node of which it is, null for none
   */
  LocalServices(
      PoolConfig config,
      ResultDecoder decoder,
      SerializerName serializer,
      @Nullable CodeSource code,
      @Nullable String member) {
    super(config, decoder);
    this.member = member;
    this.serializer = serializer;
    this.code = code == null ? CodeSource.ofThisJvm(decoder.loader(), this::inBackground) : code;
    this.backend = new LocalBackend(this);
    decoder.onAttack(worker -> inBackground(() -> scheduler().losses().attackedBy(worker)));
  }

  @Override
  public LocalBackend backend() {
    return backend;
  }

  /** The cluster's node of which its workers are; null for none. */
  @Nullable String member() {
    return member;
  }

  /** Until when workers may live without a further word, a nanoTime; 0 for ever. */
  long leaseUntil() {
    return leaseUntil;
  }

  /** Workers that are started from now on have that lease. */
  void leaseUntil(long nanoTime) {
    leaseUntil = nanoTime;
  }

  /** What workers read and write with. */
  SerializerName serializer() {
    return serializer;
  }

  /** What the numbers in the pool's calls stand for. */
  CodeSource code() {
    return code;
  }

  Scheduler scheduler() {
    return backend.scheduler();
  }
}
