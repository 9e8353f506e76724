package dev.procession;

import dev.procession.internal.os.ByteSize;
import dev.procession.internal.parent.JavaHomes;
import dev.procession.internal.parent.Pool;
import dev.procession.internal.parent.PoolConfig;
import dev.procession.spi.TaskSerializer;
import dev.procession.spi.WorkerLauncher;
import java.io.ObjectInputFilter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Runs tasks in a pool of reusable worker JVM processes on this machine.
 *
 * <p>Workers are started when tasks come, up to {@link Builder#workers}, and reused. What a task
 * does to its process, up to ending it, costs that task and nothing else. Close the pool when it is
 * no longer needed; a pool that is not closed does not keep the JVM alive, and its workers end with
 * it.
 *
 * <pre>{@code
 * try (var pool = ProcessPoolExecutor.create(4)) {
 *   ProcessFuture<Integer> answer = pool.submit(() -> 6 * 7);
 *   System.out.println(answer.result());
 * }
 * }</pre>
 *
 * <p>Every method may be called from any thread. Inside a worker process a pool can be built, by a
 * static initializer for example, but refuses every task.
 */
public final class ProcessPoolExecutor extends AbstractProcessExecutor {
  private static final AtomicInteger UNNAMED = new AtomicInteger();

  private ProcessPoolExecutor(Pool pool) {
    super(pool, TaskOptions.DEFAULT);
  }

  /**
   * A pool of as many workers as there are processors, everything else as the builder's defaults.
   */
  public static ProcessPoolExecutor create() {
    return builder().build();
  }

  /**
   * A pool whose workers are threads of this process, for debuggers and fast tests; see {@link
   * Builder#inProcess}.
   */
  public static ProcessPoolExecutor inProcess() {
    return builder().inProcess(true).build();
  }

  /**
   * A pool of up to that many workers, everything else as the builder's defaults.
   *
   * @throws IllegalArgumentException if {@code workers} is below 1 or above 1024
   */
  public static ProcessPoolExecutor create(int workers) {
    return builder().workers(workers).build();
  }

  /** Starts from the defaults. */
  public static Builder builder() {
    return new Builder();
  }

  @Override
  public String toString() {
    return "ProcessPoolExecutor " + snapshot();
  }

  /**
   * Collects the options of a pool; not for several threads, but reusable.
   *
   * <p>A setter checks its own value, {@link #build} what depends on others; the message names the
   * option, the value and the range.
   */
  public static final class Builder {
    /** More workers than this is taken for a mistake. */
    private static final int MOST_WORKERS = 1024;

    private @Nullable String name;
    private int workers = Runtime.getRuntime().availableProcessors();
    private int minWorkers;
    private int spareWorkers;
    private Duration idleTimeout = Duration.ofSeconds(60);
    private @Nullable String maxHeap;
    private long memoryLimit;
    private long recycleAbove;
    private List<String> jvmArgs = List.of();
    private Path javaHome = Path.of(System.getProperty("java.home"));
    private final Map<String, String> environment = new LinkedHashMap<>();
    private @Nullable Path workingDirectory;
    private @Nullable List<Path> classPath;
    private @Nullable VoidTask initializer;
    private Duration startTimeout = Duration.ofSeconds(60);
    private int maxTasksPerWorker;
    private Duration taskTimeout = Duration.ZERO;
    private Duration killGrace = Duration.ofMillis(100);
    private int maxPending = Integer.MAX_VALUE;
    private long maxPendingBytes = Long.MAX_VALUE;
    private WhenFull whenFull = WhenFull.BLOCK;
    private TaskSerializer serializer = TaskSerializer.fory();
    private boolean remoteClassLoading = true;
    private boolean inProcess;
    private boolean contextPropagation = true;
    private boolean observable = true;
    private @Nullable Level forwardLogs;
    private @Nullable ObjectInputFilter resultFilter;
    private WorkerLauncher launcher = WorkerLauncher.DIRECT;
    private @Nullable Executor callbackExecutor;
    private OutputListener outputListener = OutputListener.PRINT;
    private PoolListener listener = PoolListener.NONE;

    private Builder() {}

    /** Name in messages, threads and output prefixes; not blank. Default: {@code pool-1} and on. */
    public Builder name(String name) {
      this.name = Options.notBlank("name", name);
      return this;
    }

    /** Most workers that run tasks at a time, 1 to 1024. Default: the available processors. */
    public Builder workers(int workers) {
      this.workers = Options.inRange("workers", workers, 1, MOST_WORKERS);
      return this;
    }

    /**
     * Workers that are started by {@code build()} and kept while idle, 0 to {@code workers}.
     * Default: 0.
     */
    public Builder minWorkers(int minWorkers) {
      this.minWorkers = Options.inRange("minWorkers", minWorkers, 0, MOST_WORKERS);
      return this;
    }

    /**
     * Workers kept warm beside those that run tasks, 0 to 1024: one takes the place of a worker
     * that ends, or of one that is wanted, at once. Default: 0.
     */
    public Builder spareWorkers(int spareWorkers) {
      this.spareWorkers = Options.inRange("spareWorkers", spareWorkers, 0, MOST_WORKERS);
      return this;
    }

    /**
     * How long a worker may idle before it is ended, down to {@code minWorkers}; more than zero.
     * Default: 60 seconds.
     */
    public Builder idleTimeout(Duration idleTimeout) {
      this.idleTimeout = Options.positive("idleTimeout", idleTimeout);
      return this;
    }

    /**
     * A worker's {@code -Xmx}: digits and k, m, g or t. Default: so much that all workers fit
     * beside this JVM into the machine or container, and not more than the JVM's own default, a
     * quarter of it.
     */
    public Builder maxHeap(String maxHeap) {
      Options.size("maxHeap", maxHeap);
      this.maxHeap = maxHeap;
      return this;
    }

    /**
     * Most memory a worker may use with all processes its tasks started: resident memory, the heap
     * and everything native included. Digits and k, m, g or t. Whoever exceeds it is killed, and
     * the task it ran fails with {@link WorkerCrashedException} and {@link
     * ExitReason#MEMORY_LIMIT}. It is looked at every 50 milliseconds, so a burst may pass it for
     * that long; where the pool can make a control group of its own the kernel holds it exactly.
     * Linux only. Default: none.
     */
    public Builder memoryLimit(String memoryLimit) {
      this.memoryLimit = Options.size("memoryLimit", memoryLimit);
      return this;
    }

    /**
     * A worker whose resident memory has grown beyond this is replaced: between two tasks, and only
     * once its successor is ready, so that no caller waits for that. Digits and k, m, g or t. Linux
     * only. Default: never.
     */
    public Builder recycleAbove(String recycleAbove) {
      this.recycleAbove = Options.size("recycleAbove", recycleAbove);
      return this;
    }

    /** Further options of a worker's JVM, in place of earlier ones. They win over Procession's. */
    public Builder jvmArgs(String... jvmArgs) {
      for (String argument : jvmArgs) {
        if (!Objects.requireNonNull(argument, "jvmArgs").startsWith("-")) {
          throw new IllegalArgumentException(
              "jvmArgs must each start with '-', was '" + argument + "'");
        }
      }
      this.jvmArgs = List.of(jvmArgs);
      return this;
    }

    /** JDK or JRE that runs the workers, Java 17 or later. Default: the parent's. */
    public Builder javaHome(Path javaHome) {
      this.javaHome = Objects.requireNonNull(javaHome, "javaHome");
      return this;
    }

    /** Sets a variable in the workers' environment, beside those they inherit. */
    public Builder environment(String variable, String value) {
      Options.notBlank("environment variable", variable);
      if (variable.indexOf('=') >= 0) {
        throw new IllegalArgumentException(
            "environment variable must not contain '=', was '" + variable + "'");
      }
      environment.put(variable, Objects.requireNonNull(value, "value"));
      return this;
    }

    /** The workers' working directory, which must exist. Default: the parent's. */
    public Builder workingDirectory(Path workingDirectory) {
      this.workingDirectory = Objects.requireNonNull(workingDirectory, "workingDirectory");
      return this;
    }

    /**
     * The workers' class path in place of the parent's; Procession itself is added. Default: the
     * parent's class path and module path.
     */
    public Builder classPath(List<Path> classPath) {
      this.classPath = List.copyOf(classPath);
      return this;
    }

    /**
     * Runs once in each worker before its first task; must be serialisable. If it throws, the
     * worker is not used, and tasks that wait for it fail with {@link WorkerStartException}.
     */
    public Builder initializer(VoidTask initializer) {
      this.initializer = Objects.requireNonNull(initializer, "initializer");
      return this;
    }

    /**
     * Time a worker has from its launch until it is ready, initializer included; more than zero.
     * Default: 60 seconds.
     */
    public Builder startTimeout(Duration startTimeout) {
      this.startTimeout = Options.positive("startTimeout", startTimeout);
      return this;
    }

    /**
     * After so many tasks, each element of a map counted, a worker is replaced by a fresh one; at
     * least 1. Default: never.
     */
    public Builder maxTasksPerWorker(int maxTasksPerWorker) {
      this.maxTasksPerWorker =
          Options.inRange("maxTasksPerWorker", maxTasksPerWorker, 1, Integer.MAX_VALUE);
      return this;
    }

    /**
     * Time from the moment a worker begins a task after which it is stopped and fails with {@link
     * TaskTimeoutException}; more than zero. {@link TaskOptions} can say otherwise. Default: none.
     */
    public Builder taskTimeout(Duration taskTimeout) {
      this.taskTimeout = Options.positive("taskTimeout", taskTimeout);
      return this;
    }

    /**
     * Time between the interrupt of a task that is to be stopped and the kill of its worker; zero
     * kills at once. Default: 100 milliseconds.
     */
    public Builder killGrace(Duration killGrace) {
      this.killGrace = Options.notNegative("killGrace", killGrace);
      return this;
    }

    /**
     * Most tasks that may wait for a worker; at least 1. What happens to the next is said by {@link
     * #whenFull}. Default: no bound.
     */
    public Builder maxPending(int maxPending) {
      this.maxPending = Options.inRange("maxPending", maxPending, 1, Integer.MAX_VALUE);
      return this;
    }

    /**
     * Most bytes of serialised tasks that the pool may hold, those that run included, until each is
     * done; at least 1. A task larger than this is taken when no other is held. Default: no bound.
     */
    public Builder maxPendingBytes(long maxPendingBytes) {
      if (maxPendingBytes < 1) {
        throw new IllegalArgumentException(
            "maxPendingBytes must be at least 1, was " + maxPendingBytes);
      }
      this.maxPendingBytes = maxPendingBytes;
      return this;
    }

    /**
     * What {@code submit} does when {@code maxPending} or {@code maxPendingBytes} is reached;
     * {@code trySubmit} refuses either way. Default: {@link WhenFull#BLOCK}.
     */
    public Builder whenFull(WhenFull whenFull) {
      this.whenFull = Objects.requireNonNull(whenFull, "whenFull");
      return this;
    }

    /**
     * How tasks and results become bytes; its class must have a public constructor without
     * parameters, for the workers make their own. Default: {@link TaskSerializer#fory}.
     */
    public Builder serializer(TaskSerializer serializer) {
      this.serializer = Objects.requireNonNull(serializer, "serializer");
      return this;
    }

    /**
     * Whether workers get from this process the classes and resources that they do not have
     * themselves; yes by default.
     *
     * <p>Workers have the class path and module path. Code of other class loaders, of a plug-in, a
     * prompt, a script, an executable jar or a web application, they ask for when a task needs it,
     * through the loader that it has here. Each worker keeps the two versions of a class apart that
     * two loaders have; a loader that is collected here is let go of there.
     *
     * <p>Without it a task whose classes are not on the class path of the workers fails with a
     * {@link TaskDeserializationException}.
     */
    public Builder remoteClassLoading(boolean remoteClassLoading) {
      this.remoteClassLoading = remoteClassLoading;
      return this;
    }

    /**
     * Whether the workers are threads of this process instead of processes; no by default. The same
     * tasks, options and futures, the same serialisation of what goes in and comes out, and each
     * task has copies of its own: but a breakpoint in a task stops, and a worker starts at once.
     *
     * <p>What only a process can do is not done: a task that crashes or exits takes this JVM along,
     * one that is stopped but ignores interrupts goes on on its thread, which is given up, and
     * statics are shared. What is said of a worker's JVM or process has no effect: heap, memory
     * limits, Java, class path, environment, directory, launcher, and what tasks print goes where
     * this process prints.
     */
    public Builder inProcess(boolean inProcess) {
      this.inProcess = inProcess;
      return this;
    }

    /**
     * Whether what belongs to the thread that submits goes along with its tasks; yes by default:
     * the MDC of SLF4J, trace and baggage of OpenTelemetry where that is on the class path, and
     * what a {@link dev.procession.spi.ContextCarrier} of your own carries.
     */
    public Builder contextPropagation(boolean contextPropagation) {
      this.contextPropagation = contextPropagation;
      return this;
    }

    /**
     * Whether other processes of the same user can look at the pool, as {@code procession top}
     * does, and stop its tasks and workers. This process can in any case, by {@link
     * ProcessPoolExecutor#view}. Default: true.
     */
    public Builder observable(boolean observable) {
      this.observable = observable;
      return this;
    }

    /**
     * Has what tasks log through SLF4J go to this process's loggers, with level, logger name and
     * MDC, whatever logging library the worker's class path has. By default a worker logs by itself
     * as that library does, to its standard output mostly.
     *
     * <p>Here the level of each logger is asked again, so that the configuration of this process
     * decides. The MDC has two more entries, {@code procession.worker} with the worker's process id
     * and {@code procession.thread}; in place of an exception comes a {@link RemoteTaskException}
     * with its name, text and stack trace. Appenders run on the callback executor. What is logged
     * faster than that takes it is left out beyond 10,000 messages or 16 MiB that wait, and a
     * warning says how many.
     *
     * <p>It needs SLF4J 2.0.9 or later, and tasks that ask SLF4J and not a library behind it by
     * name: what casts a logger factory to that of Logback fails in such a worker.
     *
     * @param level the lowest level that crosses
     * @throws IllegalStateException if SLF4J is older
     */
    public Builder forwardLogs(Level level) {
      try {
        var unused = LoggerFactory.class.getField("PROVIDER_PROPERTY_KEY");
      } catch (NoSuchFieldException e) {
        throw new IllegalStateException(
            "forwardLogs needs SLF4J 2.0.9 or later; the class path has an older slf4j-api", e);
      }
      this.forwardLogs = Objects.requireNonNull(level, "level");
      return this;
    }

    /**
     * Bounds what a result, or an exception, may bring into this process: which classes, how deep,
     * how large arrays, how many bytes. For workers that run code which is not to be trusted; none
     * by default. Classes that are known to be used in attacks are refused in any case.
     *
     * <p>Results cross by JDK serialisation then, whose filter this is, so they must be {@link
     * java.io.Serializable}; arguments cross as ever. An allow-list denies what it does not name:
     *
     * <pre>{@code
     * ObjectInputFilter.Config.createFilter(
     *     "com.acme.report.*;java.base/*;!*;maxdepth=20;maxarray=100000;maxbytes=10000000")
     * }</pre>
     *
     * <p>Of text, numbers, booleans and null it is asked for the bytes only, of a {@code byte[]}
     * for its class and length too.
     *
     * <p>A result that it rejects fails its future with a {@link TaskDeserializationException}; in
     * place of an exception that it rejects comes a {@link RemoteTaskException}. The filter is
     * called by threads that ask for results.
     */
    public Builder resultFilter(ObjectInputFilter resultFilter) {
      this.resultFilter = Objects.requireNonNull(resultFilter, "resultFilter");
      return this;
    }

    /** How a worker's process is started. Default: {@link WorkerLauncher#DIRECT}. */
    public Builder launcher(WorkerLauncher launcher) {
      this.launcher = Objects.requireNonNull(launcher, "launcher");
      return this;
    }

    /**
     * Where callbacks, dependent stages and the listener run. Default: a few daemon threads of the
     * pool's own.
     */
    public Builder callbackExecutor(Executor callbackExecutor) {
      this.callbackExecutor = Objects.requireNonNull(callbackExecutor, "callbackExecutor");
      return this;
    }

    /** Who gets what tasks print. Default: {@link OutputListener#PRINT}. */
    public Builder outputListener(OutputListener outputListener) {
      this.outputListener = Objects.requireNonNull(outputListener, "outputListener");
      return this;
    }

    /** Who hears what happens in the pool. Default: {@link PoolListener#NONE}. */
    public Builder listener(PoolListener listener) {
      this.listener = Objects.requireNonNull(listener, "listener");
      return this;
    }

    /**
     * Makes the pool, and starts {@code minWorkers} and {@code spareWorkers} in the background.
     *
     * @throws IllegalArgumentException if an option does not go with another, or names a JVM or
     *     directory that is not there
     * @throws TaskNotSerializableException if the initializer cannot cross
     * @throws java.io.UncheckedIOException if there is no directory for the shared files
     * @throws java.util.concurrent.RejectedExecutionException if the JVM is exiting
     */
    public ProcessPoolExecutor build() {
      if (minWorkers > workers) {
        throw new IllegalArgumentException(
            "minWorkers must be from 0 to workers (" + workers + "), was " + minWorkers);
      }
      if (recycleAbove > 0 && memoryLimit > 0 && recycleAbove >= memoryLimit) {
        throw new IllegalArgumentException(
            "recycleAbove must be below memoryLimit ("
                + ByteSize.text(memoryLimit)
                + "), was "
                + ByteSize.text(recycleAbove));
      }
      if (workingDirectory != null && !Files.isDirectory(workingDirectory)) {
        throw new IllegalArgumentException(
            "workingDirectory must be a directory, was '" + workingDirectory + "'");
      }
      checkSerializer();
      int javaVersion = JavaHomes.checkedVersion(javaHome);
      return new ProcessPoolExecutor(Pool.local(config(), javaVersion));
    }

    private void checkSerializer() {
      Class<?> type = serializer.getClass();
      if (!hasPublicDefaultConstructor(type)) {
        throw new IllegalArgumentException(
            "serializer must be of a class with a public constructor without parameters, was "
                + type.getName());
      }
    }

    private static boolean hasPublicDefaultConstructor(Class<?> type) {
      return Arrays.stream(type.getConstructors())
          .anyMatch(constructor -> constructor.getParameterCount() == 0);
    }

    PoolConfig config() {
      return new PoolConfig(
          name != null ? name : "pool-" + UNNAMED.incrementAndGet(),
          workers,
          minWorkers,
          spareWorkers,
          idleTimeout,
          maxHeap,
          inProcess ? 0 : memoryLimit,
          inProcess ? 0 : recycleAbove,
          new ArrayList<>(jvmArgs),
          javaHome,
          Collections.unmodifiableMap(environment),
          workingDirectory,
          classPath,
          initializer,
          startTimeout,
          maxTasksPerWorker,
          taskTimeout,
          killGrace,
          maxPending,
          maxPendingBytes,
          whenFull,
          serializer,
          remoteClassLoading,
          inProcess,
          contextPropagation,
          observable,
          forwardLogs,
          resultFilter,
          launcher,
          callbackExecutor,
          outputListener,
          listener);
    }
  }
}
