package dev.procession.cluster.internal.link;

import dev.procession.OutputListener;
import dev.procession.PoolListener;
import dev.procession.WhenFull;
import dev.procession.internal.parent.PoolConfig;
import dev.procession.spi.TaskSerializer;
import dev.procession.spi.WorkerLauncher;
import java.io.InvalidObjectException;
import java.io.ObjectInputFilter;
import java.io.ObjectInputFilter.Status;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.event.Level;

/** Those options of a pool that are for its workers, on their way to members. */
public final class PoolOptions {
  private static final String MAX_HEAP = "maxHeap";
  private static final String MEMORY_LIMIT = "memoryLimit";
  private static final String RECYCLE_ABOVE = "recycleAbove";
  private static final String START_TIMEOUT = "startTimeout";
  private static final String KILL_GRACE = "killGrace";
  private static final String MAX_TASKS = "maxTasksPerWorker";
  private static final String IDLE_TIMEOUT = "idleTimeout";
  private static final String FORWARD_LOGS = "forwardLogs";
  private static final String REMOTE_CLASSES = "remoteClassLoading";
  private static final String PLAIN_RESULTS = "plainResults";
  private static final String JVM_ARG = "jvmArg.";
  private static final String ENVIRONMENT = "environment.";

  /** Has workers write what a filter can look at; the submitter has the filter itself. */
  private static final ObjectInputFilter FILTERED_ELSEWHERE = info -> Status.UNDECIDED;

  private PoolOptions() {}

  /** As text. */
  public static Map<String, String> of(PoolConfig config) {
    Map<String, String> options = new LinkedHashMap<>();
    String maxHeap = config.maxHeap();
    if (maxHeap != null) {
      options.put(MAX_HEAP, maxHeap);
    }
    options.put(MEMORY_LIMIT, Long.toString(config.memoryLimit()));
    options.put(RECYCLE_ABOVE, Long.toString(config.recycleAbove()));
    options.put(START_TIMEOUT, config.startTimeout().toString());
    options.put(KILL_GRACE, config.killGrace().toString());
    options.put(MAX_TASKS, Integer.toString(config.maxTasksPerWorker()));
    options.put(IDLE_TIMEOUT, config.idleTimeout().toString());
    Level logs = config.forwardLogs();
    if (logs != null) {
      options.put(FORWARD_LOGS, logs.name());
    }
    options.put(REMOTE_CLASSES, Boolean.toString(config.remoteClassLoading()));
    options.put(PLAIN_RESULTS, Boolean.toString(config.resultFilter() != null));
    List<String> arguments = config.jvmArgs();
    for (int i = 0; i < arguments.size(); i++) {
      options.put(JVM_ARG + i, arguments.get(i));
    }
    config.environment().forEach((name, value) -> options.put(ENVIRONMENT + name, value));
    return options;
  }

  /**
   * A pool of so many workers with these options.
   *
   * @throws InvalidObjectException if one is malformed
   */
  public static PoolConfig read(
      Map<String, String> options,
      String name,
      int workers,
      TaskSerializer serializer,
      Path javaHome,
      List<Path> classPath,
      OutputListener output,
      PoolListener listener)
      throws InvalidObjectException {
    List<String> arguments = new ArrayList<>();
    Map<String, String> environment = new LinkedHashMap<>();
    options.forEach(
        (key, value) -> {
          if (key.startsWith(JVM_ARG)) {
            arguments.add(value);
          } else if (key.startsWith(ENVIRONMENT)) {
            environment.put(key.substring(ENVIRONMENT.length()), value);
          }
        });
    try {
      String logs = options.get(FORWARD_LOGS);
      return new PoolConfig(
          name,
          workers,
          /* minWorkers= */ 0,
          /* spareWorkers= */ 0,
          Duration.parse(required(options, IDLE_TIMEOUT)),
          options.get(MAX_HEAP),
          Long.parseLong(required(options, MEMORY_LIMIT)),
          Long.parseLong(required(options, RECYCLE_ABOVE)),
          arguments,
          javaHome,
          environment,
          /* workingDirectory= */ null,
          classPath,
          /* initializer= */ null,
          Duration.parse(required(options, START_TIMEOUT)),
          Integer.parseInt(required(options, MAX_TASKS)),
          /* taskTimeout= */ Duration.ZERO,
          Duration.parse(required(options, KILL_GRACE)),
          /* maxPending= */ Integer.MAX_VALUE,
          /* maxPendingBytes= */ Long.MAX_VALUE,
          WhenFull.BLOCK,
          serializer,
          Boolean.parseBoolean(options.get(REMOTE_CLASSES)),
          /* inProcess= */ false,
          /* contextPropagation= */ false,
          /* observable= */ true,
          logs == null ? null : Level.valueOf(logs),
          Boolean.parseBoolean(options.get(PLAIN_RESULTS)) ? FILTERED_ELSEWHERE : null,
          WorkerLauncher.DIRECT,
          /* callbackExecutor= */ null,
          output,
          listener);
    } catch (RuntimeException e) {
      InvalidObjectException malformed = new InvalidObjectException("options " + options);
      malformed.initCause(e);
      throw malformed;
    }
  }

  private static String required(Map<String, String> options, String name)
      throws InvalidObjectException {
    String value = options.get(name);
    if (value == null) {
      throw new InvalidObjectException("no " + name + " among the options");
    }
    return value;
  }
}
