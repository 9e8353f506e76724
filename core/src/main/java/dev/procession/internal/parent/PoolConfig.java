package dev.procession.internal.parent;

import dev.procession.OutputListener;
import dev.procession.PoolListener;
import dev.procession.VoidTask;
import dev.procession.WhenFull;
import dev.procession.spi.TaskSerializer;
import dev.procession.spi.WorkerLauncher;
import java.io.ObjectInputFilter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/**
 * What a pool was built with: validated once, then immutable. The builder documents each.
 *
 * @param maxTasksPerWorker 0 for no limit
 * @param taskTimeout zero for none
 * @param maxPending {@code Integer.MAX_VALUE} for no bound
 * @param maxPendingBytes {@code Long.MAX_VALUE} for no bound
 * @param memoryLimit bytes, 0 for none
 * @param recycleAbove bytes, 0 for never
 * @param maxHeap value of {@code -Xmx}, null for the JVM's own default
 * @param forwardLogs the lowest level, null for none
 * @param resultFilter null for none
 * @param classPath null for the parent's
 * @param callbackExecutor null for the pool's own
 */
public record PoolConfig(
    String name,
    int workers,
    int minWorkers,
    int spareWorkers,
    Duration idleTimeout,
    @Nullable String maxHeap,
    long memoryLimit,
    long recycleAbove,
    List<String> jvmArgs,
    Path javaHome,
    Map<String, String> environment,
    @Nullable Path workingDirectory,
    @Nullable List<Path> classPath,
    @Nullable VoidTask initializer,
    Duration startTimeout,
    int maxTasksPerWorker,
    Duration taskTimeout,
    Duration killGrace,
    int maxPending,
    long maxPendingBytes,
    WhenFull whenFull,
    TaskSerializer serializer,
    boolean remoteClassLoading,
    boolean inProcess,
    boolean contextPropagation,
    boolean observable,
    @Nullable Level forwardLogs,
    @Nullable ObjectInputFilter resultFilter,
    WorkerLauncher launcher,
    @Nullable Executor callbackExecutor,
    OutputListener outputListener,
    PoolListener listener) {

  /** Copies the collections. */
  public PoolConfig {
    jvmArgs = List.copyOf(jvmArgs);
    environment = Map.copyOf(environment);
    classPath = classPath == null ? null : List.copyOf(classPath);
  }

  /** Whether {@code submit} may have to wait for room. */
  boolean isBounded() {
    return maxPending != Integer.MAX_VALUE || maxPendingBytes != Long.MAX_VALUE;
  }
}
