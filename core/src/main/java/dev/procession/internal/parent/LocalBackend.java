package dev.procession.internal.parent;

import dev.procession.PoolSnapshot;
import dev.procession.PoolState;
import dev.procession.Shared;
import dev.procession.SharedBuffer;
import dev.procession.internal.codec.BufferHandle;
import dev.procession.internal.codec.OutOfBand;
import dev.procession.internal.wire.SharedDirectory;
import dev.procession.observe.PoolView;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Runs tasks in worker processes on this machine. In a worker process it is never started: a pool
 * can be built there, but not used.
 */
final class LocalBackend implements Backend {
  private final LocalServices services;
  private final Scheduler scheduler;
  private @Nullable Supervisor supervisor; // set before anybody else sees this

  LocalBackend(LocalServices services) {
    this.services = services;
    this.scheduler = new Scheduler(services);
  }

  /**
   * Starts the workers that are wanted before the first task.
   *
   * @param javaVersion feature version of the workers' JVM
   * @param initializer what each does before its first task, encoded
   * @throws UncheckedIOException if there is no place for the shared files
   * @throws RejectedExecutionException if the JVM is exiting
   */
  void start(int javaVersion, byte[] initializer) {
    Supervisor started = startSupervisor(javaVersion, initializer);
    supervisor = started;
    scheduler.start(started);
  }

  private Supervisor startSupervisor(int javaVersion, byte[] initializer) {
    PoolConfig config = services.config();
    SharedDirectory directory = null;
    try {
      directory = SharedDirectory.create(SharedDirectory.defaultBases());
      Supervisor made =
          new Supervisor(services, directory, new LaunchCommand(config, javaVersion), initializer);
      if (!LivePools.add(made)) {
        directory.close();
        throw new RejectedExecutionException(
            "pool '" + config.name() + "' cannot be built while the JVM is exiting");
      }
      made.start();
      return made;
    } catch (IOException e) {
      if (directory != null) {
        directory.close();
      }
      throw new UncheckedIOException("pool '" + config.name() + "': " + e.getMessage(), e);
    }
  }

  Scheduler scheduler() {
    return scheduler;
  }

  private Supervisor supervisor() {
    return Objects.requireNonNull(supervisor, "inside a worker");
  }

  /* ---- Tasks ---- */

  @Override
  public long nextId() {
    return scheduler.nextId();
  }

  @Override
  public void anticipate() {
    scheduler.anticipate();
  }

  @Override
  public void checkOpen() {
    scheduler.checkOpen();
  }

  @Override
  public boolean isFull() {
    return scheduler.isFull();
  }

  @Override
  public void submit(PendingTask task) {
    scheduler.submit(task);
  }

  @Override
  public boolean submitBy(PendingTask task, long deadline) {
    return scheduler.submitBy(task, deadline);
  }

  @Override
  public int width() {
    return services.config().workers();
  }

  @Override
  public MapPace mapPace() {
    // Next to a millisecond the way to a worker is short.
    return new MapPace(1_000_000, 3, width());
  }

  @Override
  public boolean offer(PendingTask task) {
    return scheduler.offer(task);
  }

  @Override
  public void drop(PendingTask task) {
    scheduler.drop(task);
  }

  @Override
  public boolean cancel(PendingTask task, boolean mayInterrupt) {
    return scheduler.stopper().cancel(task, mayInterrupt);
  }

  /* ---- Data beside the tasks ---- */

  @Override
  public boolean takesParts() {
    // In a pool without processes a task that was stopped may go on reading them.
    return !services.config().inProcess();
  }

  @Override
  public PartStore.@Nullable Stored store(byte[] payload, OutOfBand beside) {
    return supervisor().parts().store(payload, beside);
  }

  @Override
  public <T extends @Nullable Object> Shared<T> share(T value, byte[] encoded) {
    return shared().share(value, encoded);
  }

  SharedStore shared() {
    return supervisor().shared();
  }

  @Override
  public SharedBuffer allocate(long size) {
    return supervisor().buffers().allocate(size);
  }

  @Override
  public List<BufferHandle> kept(List<BufferHandle> crossed) {
    return supervisor().buffers().kept(crossed);
  }

  /* ---- Life ---- */

  @Override
  public void shutdown() {
    if (supervisor != null) {
      scheduler.shutdown();
    }
  }

  @Override
  public void cancelPending() {
    if (supervisor != null) {
      scheduler.stopper().cancelPending();
    }
  }

  @Override
  public CutOff cancelAll(boolean keepWork) {
    return supervisor == null
        ? new CutOff(List.of(), List.of())
        : scheduler.stopper().cancelAll(keepWork);
  }

  @Override
  public void killAll() {
    scheduler.killAll();
  }

  @Override
  public boolean awaitTermination(long nanos) throws InterruptedException {
    return supervisor == null || supervisor.awaitTermination(nanos);
  }

  @Override
  public PoolState state() {
    return scheduler.state();
  }

  /* ---- Looking ---- */

  @Override
  public PoolSnapshot snapshot() {
    return scheduler.snapshot();
  }

  @Override
  public PoolView view() {
    if (supervisor == null) {
      throw new IllegalStateException("there is nothing to see of a pool inside a worker");
    }
    return supervisor.view();
  }

  @Override
  public void wakeBy(long nanoTime) {
    scheduler.wakeBy(nanoTime);
  }
}
