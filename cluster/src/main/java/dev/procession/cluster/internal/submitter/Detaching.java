package dev.procession.cluster.internal.submitter;

import dev.procession.ProcessFuture;
import dev.procession.Task;
import dev.procession.TaskOptions;
import dev.procession.internal.codec.CallKind;
import dev.procession.internal.parent.Pool;
import java.time.Duration;
import java.util.NoSuchElementException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Detaches a pool's tasks and fetches them, as the public methods do. */
public final class Detaching {
  private final Pool pool;
  private final ClusterBackend backend;
  private final Duration patience;

  /**
   * Of that pool.
   *
   * @param patience how long is waited for nodes that do not answer
   */
  public Detaching(Pool pool, ClusterBackend backend, Duration patience) {
    this.pool = pool;
    this.backend = backend;
    this.patience = patience;
  }

  /** Gives a task to a node; its id. */
  public String detach(Task<?> task, TaskOptions options) {
    Objects.requireNonNull(task, "task");
    if (options.retries() > 0) {
      throw new IllegalArgumentException(
          "a detached task runs at most once: retries must be 0, was " + options.retries());
    }
    return backend.entrust(pool.prepare(CallKind.CALLABLE, task, task, options));
  }

  /** The future of one. */
  public <T extends @Nullable Object> ProcessFuture<T> fetch(String id)
      throws InterruptedException {
    Objects.requireNonNull(id, "id");
    return pool.adopt(
        "detached " + id,
        task -> {
          if (!backend.claim(task, id, patience)) {
            throw new NoSuchElementException(
                "no node has a detached task '"
                    + id
                    + "': it never was, was forgotten, has ended too long ago (keepResults), or its"
                    + " node is not there");
          }
        });
  }

  /** Has it not be kept. */
  public void forget(String id) {
    backend.forget(Objects.requireNonNull(id, "id"));
  }
}
