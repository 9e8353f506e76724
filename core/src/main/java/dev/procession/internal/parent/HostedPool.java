package dev.procession.internal.parent;

import dev.procession.PoolState;
import dev.procession.internal.codec.CodeLoaders;
import dev.procession.internal.codec.ValueCodec;
import dev.procession.internal.wire.ArrivingFile;
import dev.procession.observe.PoolView;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * A pool on this machine whose tasks come from another process, as bytes: this one reads neither
 * the tasks nor their results and need not have their classes. Safe for use by several threads.
 */
public final class HostedPool {
  private final LocalServices services;
  private final LocalBackend backend;

  /**
   * Makes the pool.
   *
   * @param config its options; what concerns the submitting side is not looked at
   * @param javaVersion feature version of the workers' JVM
   * @param serializer what workers read tasks and write results with
   * @param initializer what each worker does before its first task, encoded; empty for nothing
   * @param code what numbers in the tasks stand for
   * @param member name of the node, for reports
   * @param leaseUntil when its workers have to have ended, a nanoTime, unless {@link #lease} is
   *     called before; they see to it themselves, even if this process is stopped
   * @throws java.io.UncheckedIOException if there is no place for the shared files
   * @throws RejectedExecutionException if the JVM is exiting
   */
  public HostedPool(
      PoolConfig config,
      int javaVersion,
      SerializerName serializer,
      byte[] initializer,
      CodeSource code,
      String member,
      long leaseUntil) {
    ClassLoader loader = HostedPool.class.getClassLoader();
    ResultDecoder none =
        ResultDecoder.of(
            new ValueCodec(config.serializer(), CodeLoaders.of(loader)),
            config.serializer(),
            loader,
            config.resultFilter());
    services = new LocalServices(config, none, serializer, code, member);
    backend = services.backend();
    services.leaseUntil(leaseUntil);
    backend.start(javaVersion, initializer);
  }

  /** What reads nothing: for the terms of tasks that pass through. */
  public ResultDecoder decoder() {
    return services.decoder();
  }

  /** Takes a task. */
  public void submit(RelayedTask task) {
    backend.submit(task);
  }

  /**
   * Cancels a task, if it has not ended; a begun one only if it may be interrupted.
   *
   * @return whether it is cancelled
   */
  public boolean cancel(PendingTask task, boolean mayInterrupt) {
    return backend.cancel(task, mayInterrupt);
  }

  /** The tasks that workers have begun, as far as their results were not read. */
  public List<PendingTask> begun() {
    return backend.scheduler().begun();
  }

  /**
   * Has so many workers run tasks at the most, from now on: idle ones that are too many end at
   * once, others when they have done what they run.
   *
   * @param workers from 0 to those of the configuration
   */
  public void limitWorkers(int workers) {
    backend.scheduler().limitWorkers(workers);
  }

  /** Has the workers live until a later time. */
  public void lease(long nanoTime) {
    services.leaseUntil(nanoTime);
    backend.scheduler().workers().forEach(slot -> slot.lease(nanoTime));
  }

  /** Takes no more tasks, and ends when those it has have ended. */
  public void shutdown() {
    backend.shutdown();
  }

  /** Cancels everything, stops what runs, and kills what does not stop. */
  public void shutdownNow() {
    backend.shutdown();
    var unused = backend.cancelAll(/* keepWork= */ false);
    backend.killAll();
  }

  /** Waits, once it has ended, until its listener has heard of all; false if not in time. */
  public boolean awaitTold(Duration patience) throws InterruptedException {
    CountDownLatch told = new CountDownLatch(1);
    services.events().whenTold(told::countDown);
    return told.await(patience.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Waits for the end; false if it did not come in time. */
  public boolean awaitTermination(long nanos) throws InterruptedException {
    return backend.awaitTermination(nanos);
  }

  /** How far the pool is in its life. */
  public PoolState state() {
    return backend.state();
  }

  /** A shared value of the tasks is on its way: who asks for it waits. */
  public void announceShared(String name) throws IOException {
    backend.shared().announce(name);
  }

  /** It has come. */
  public void arriveShared(String name, ArrivingFile.Writer writer) throws IOException {
    backend.shared().arrive(name, writer);
  }

  /** It will not come. */
  public void failShared(String name, String why) throws IOException {
    backend.shared().fail(name, why);
  }

  /** Workers are to read it before a task asks for it. */
  public void preloadShared(String name, long size) {
    backend.shared().preload(name, size);
  }

  /** It was closed. */
  public void forgetShared(String name) throws IOException {
    backend.shared().forget(name);
  }

  /** What that worker has sent was an attack on who reads it: it is killed. */
  public void condemn(long pid) {
    backend.scheduler().losses().attackedBy(pid);
  }

  /** The pool as it is seen from outside; to be closed. */
  public PoolView view() {
    return backend.view();
  }
}
