package dev.procession.cluster;

import dev.procession.AbstractProcessExecutor;
import dev.procession.OutputListener;
import dev.procession.PoolListener;
import dev.procession.ProcessFuture;
import dev.procession.ProcessPoolExecutor;
import dev.procession.Task;
import dev.procession.TaskOptions;
import dev.procession.VoidTask;
import dev.procession.WhenFull;
import dev.procession.cluster.internal.code.CodePath;
import dev.procession.cluster.internal.code.CodeStore;
import dev.procession.cluster.internal.engine.EngineConfig;
import dev.procession.cluster.internal.gateway.GatewayLink;
import dev.procession.cluster.internal.submitter.ClusterBackend;
import dev.procession.cluster.internal.submitter.ClusterServices;
import dev.procession.cluster.internal.submitter.Detaching;
import dev.procession.internal.parent.Pool;
import dev.procession.internal.parent.PoolConfig;
import dev.procession.spi.TaskSerializer;
import java.io.IOException;
import java.io.ObjectInputFilter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Runs tasks on the nodes of a cluster, as {@link ProcessPoolExecutor} does on this machine.
 *
 * <p>Each node has workers for each pool that it is used by, so that what one user's task does to
 * its process never meets another's. Nodes come and go; what none has begun goes where there is
 * room. A task that had begun on a node that is lost fails with {@link
 * dev.procession.WorkerCrashedException}, unless its {@code retries} allow another attempt.
 *
 * <pre>{@code
 * try (ClusterPool pool = ClusterPool.builder()
 *     .connect("10.0.0.1:47500").security(Path.of("alice.properties")).build()) {
 *   System.out.println(pool.submit(() -> 6 * 7).result());
 * }
 * }</pre>
 *
 * <p>Any thread may call it.
 */
public final class ClusterPool extends AbstractProcessExecutor {
  private final Detaching detaching;

  private ClusterPool(Pool pool, Detaching detaching) {
    super(pool, TaskOptions.DEFAULT);
    this.detaching = detaching;
  }

  /** Starts from the defaults. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * As {@link #detach(Task, TaskOptions)}, without options.
   *
   * @throws dev.procession.TaskNotSerializableException if the task cannot cross
   * @throws java.util.concurrent.RejectedExecutionException if no node takes it, or this pool is
   *     shut down
   */
  public String detach(Task<?> task) {
    return detach(task, TaskOptions.DEFAULT);
  }

  /**
   * Gives a task to a node that runs it whatever becomes of this pool, and returns once that node
   * has it. It runs at most once, in workers with this pool's class path and options that only this
   * pool's detached tasks use. What becomes of it is kept by that node, for as long as it lives and
   * {@code keepResults} says; {@link #fetch} asks for it, from this pool or any other.
   *
   * <p>It has to do with what is on the class path: what is not, and values that are {@code
   * share}d, are there as long as this pool is. Its output is printed here as long as this pool is
   * there, and then by nobody.
   *
   * @param options name, timeout and priority; no retries, since nobody would decide on them
   * @return the task's id, which nobody can guess
   * @throws dev.procession.TaskNotSerializableException if the task cannot cross
   * @throws IllegalArgumentException if there are retries
   * @throws java.util.concurrent.RejectedExecutionException if no node takes it, or this pool is
   *     shut down; and if the node is lost before it has answered, where the message says that the
   *     task may run all the same
   */
  public String detach(Task<?> task, TaskOptions options) {
    return detaching.detach(task, options);
  }

  /**
   * The future of a detached task: it is as if that had been submitted here. To cancel it cancels
   * the task; when this pool ends, the task goes on. It can be fetched again, also when it has
   * ended, until it is {@linkplain #forget forgotten}. Its story says of when it was submitted when
   * it was fetched, and it takes no part in {@code maxPending}.
   *
   * @param id as {@link #detach} returned it
   * @throws java.util.NoSuchElementException if no node has such a task: it never was, was
   *     forgotten, has ended too long ago, or its node is not there, or not at present
   * @throws java.util.concurrent.RejectedExecutionException if this pool is shut down
   * @throws InterruptedException if the thread is interrupted while nodes are asked
   */
  public <T extends @Nullable Object> ProcessFuture<T> fetch(String id)
      throws InterruptedException {
    return detaching.fetch(id);
  }

  /**
   * Has the node not keep what becomes of a detached task, or has become; one that has not ended
   * goes on. No node need have such a task.
   *
   * @throws java.util.concurrent.RejectedExecutionException if this pool is shut down
   */
  public void forget(String id) {
    detaching.forget(id);
  }

  @Override
  public String toString() {
    return "ClusterPool '" + name() + "'"; // a snapshot would have to ask the nodes
  }

  /**
   * Collects the options of a pool; not for several threads. What is not said otherwise is as in
   * {@link dev.procession.ProcessPoolExecutor.Builder}, for the workers that each node has for this
   * pool.
   */
  public static final class Builder {
    private static final AtomicInteger UNNAMED = new AtomicInteger();

    /** Has the options that are the same, and checks them. */
    private final ProcessPoolExecutor.Builder workers = ProcessPoolExecutor.builder();

    private final Reach reach = new Reach();

    private Builder() {
      workers.name("cluster-" + UNNAMED.incrementAndGet());
    }

    /** Adds addresses of nodes, {@code host:port} each; one that answers is enough. */
    public Builder connect(String... addresses) {
      reach.connect(addresses);
      return this;
    }

    /** The address of this machine at which nodes reach it. Default: the loopback address. */
    public Builder bind(String address) {
      reach.bind(address);
      return this;
    }

    /** The file with this user's certificate and password; {@link ClusterSecurity} says more. */
    public Builder security(Path file) {
      reach.security(ClusterSecurity.of(file));
      return this;
    }

    /** Without certificates and users; {@link ClusterSecurity#none} says what that means. */
    public Builder insecure() {
      reach.security(ClusterSecurity.none());
      return this;
    }

    /** How long {@link #build} waits for the first node. Default: 30 seconds. */
    public Builder connectTimeout(Duration timeout) {
      reach.timeout(timeout);
      return this;
    }

    /** The pool's name, for people. Default: one with a number. */
    public Builder name(String name) {
      workers.name(name);
      return this;
    }

    /** Heap of each worker. */
    public Builder maxHeap(String maxHeap) {
      workers.maxHeap(maxHeap);
      return this;
    }

    /** Memory of each worker and what it starts. */
    public Builder memoryLimit(String memoryLimit) {
      workers.memoryLimit(memoryLimit);
      return this;
    }

    /** Further options of the workers' JVMs. */
    public Builder jvmArgs(String... jvmArgs) {
      workers.jvmArgs(jvmArgs);
      return this;
    }

    /** Adds an environment variable of the workers. */
    public Builder environment(String name, String value) {
      workers.environment(name, value);
      return this;
    }

    /**
     * What the workers' class path has beside Procession itself: jars and directories of this
     * machine, which each node is sent unless it has them. Default: this JVM's class path.
     */
    public Builder classPath(List<Path> classPath) {
      workers.classPath(classPath);
      return this;
    }

    /** What each worker runs before its first task. */
    public Builder initializer(VoidTask initializer) {
      workers.initializer(initializer);
      return this;
    }

    /** How long a worker may take to be ready. */
    public Builder startTimeout(Duration startTimeout) {
      workers.startTimeout(startTimeout);
      return this;
    }

    /** After so many tasks a worker is replaced. */
    public Builder maxTasksPerWorker(int tasks) {
      workers.maxTasksPerWorker(tasks);
      return this;
    }

    /** How long a worker without tasks stays. */
    public Builder idleTimeout(Duration idleTimeout) {
      workers.idleTimeout(idleTimeout);
      return this;
    }

    /** How long a task may run, unless it says so itself. */
    public Builder taskTimeout(Duration taskTimeout) {
      workers.taskTimeout(taskTimeout);
      return this;
    }

    /** What a stopped task has between its interrupt and its worker's end. */
    public Builder killGrace(Duration killGrace) {
      workers.killGrace(killGrace);
      return this;
    }

    /** How many tasks may wait. */
    public Builder maxPending(int maxPending) {
      workers.maxPending(maxPending);
      return this;
    }

    /** How many bytes of tasks without an outcome are held. */
    public Builder maxPendingBytes(long maxPendingBytes) {
      workers.maxPendingBytes(maxPendingBytes);
      return this;
    }

    /** What {@code submit} does when that is reached. */
    public Builder whenFull(WhenFull whenFull) {
      workers.whenFull(whenFull);
      return this;
    }

    /** What writes tasks and results. */
    public Builder serializer(TaskSerializer serializer) {
      workers.serializer(serializer);
      return this;
    }

    /** Whether nodes are sent classes that are on no class path, as they are asked for. */
    public Builder remoteClassLoading(boolean remoteClassLoading) {
      workers.remoteClassLoading(remoteClassLoading);
      return this;
    }

    /** Bounds what a result may bring into this process. */
    public Builder resultFilter(ObjectInputFilter filter) {
      workers.resultFilter(filter);
      return this;
    }

    /** Whether MDC and trace context go along with tasks. */
    public Builder contextPropagation(boolean propagate) {
      workers.contextPropagation(propagate);
      return this;
    }

    /** Where callbacks, dependent stages and listeners run. */
    public Builder callbackExecutor(Executor executor) {
      workers.callbackExecutor(executor);
      return this;
    }

    /** Who gets what tasks print. */
    public Builder outputListener(OutputListener listener) {
      workers.outputListener(listener);
      return this;
    }

    /** Who hears what happens in the pool. */
    public Builder listener(PoolListener listener) {
      workers.listener(listener);
      return this;
    }

    /**
     * Connects to the cluster, and waits until a node takes tasks of this pool.
     *
     * @throws IllegalArgumentException if no address was given, or neither a file of certificates
     *     nor {@link #insecure}, or an option does not go with another
     * @throws dev.procession.TaskNotSerializableException if the initializer cannot cross
     * @throws UncheckedIOException if the cluster cannot be reached, or no node takes the pool
     */
    public ClusterPool build() {
      reach.check();
      PoolConfig config = configOf(workers);
      CodePath code = code(config);
      EngineConfig engine = reach.engine(config.name());
      AtomicReference<ClusterBackend> backend = new AtomicReference<>();
      Pool pool =
          Pool.over(
              config,
              (decoder, initializer) -> {
                GatewayLink link = new GatewayLink(engine);
                ClusterServices services =
                    new ClusterServices(config, decoder, initializer, code, link)
                        .started(reach.timeout());
                backend.set(services.backend());
                return services;
              });
      return new ClusterPool(
          pool, new Detaching(pool, Objects.requireNonNull(backend.get()), reach.timeout()));
    }

    private static CodePath code(PoolConfig config) {
      try {
        return CodePath.of(config.classPath(), CodeStore.open());
      } catch (IOException e) {
        throw new UncheckedIOException(
            "pool '" + config.name() + "': its class path cannot be read: " + e.getMessage(), e);
      }
    }
  }
}
