package dev.procession.internal.parent;

import dev.procession.CrashReport;
import dev.procession.ExitReason;
import dev.procession.OutputLine;
import dev.procession.internal.wire.LaunchConfig;
import dev.procession.internal.wire.SharedDirectory;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The operating system's side of one worker: its process, its output, and what is left of it when
 * it has ended. Safe for use by several threads.
 */
final class WorkerProcess {
  private static final Logger LOG = LoggerFactory.getLogger(WorkerProcess.class);
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final int TAIL_LINES = 50;
  private static final int MOST_OF_LOG = 64 << 10;
  private static final int TOKEN_BYTES = 8;

  private final PoolServices pool;
  private final int number;
  private final byte[] secret = new byte[LaunchConfig.SECRET_BYTES];
  private final List<Thread> pumps = new ArrayList<>(); // written before the process is published
  private final Deque<String> tail = new ArrayDeque<>(); // guarded by tail
  private volatile @Nullable Process process;
  private volatile @Nullable Path errorFile;
  private volatile boolean killed;
  private volatile boolean startTimedOut;
  private volatile byte @Nullable [] startFailure;

  WorkerProcess(PoolServices pool, int number) {
    this.pool = pool;
    this.number = number;
    RANDOM.nextBytes(secret);
  }

  byte[] secret() {
    return secret.clone();
  }

  /* ---- Start ---- */

  /**
   * Starts the process.
   *
   * @param taskOfCall tells which task a call of this worker was for; null if none is known
   * @throws IOException if it cannot be started
   */
  void start(
      SharedDirectory directory,
      String address,
      String region,
      byte[] initializer,
      LaunchCommand command,
      LongFunction<WorkerSlot.@Nullable TaskLabel> taskOfCall)
      throws IOException {
    PoolConfig config = pool.config();
    byte[] tokenBytes = new byte[TOKEN_BYTES];
    RANDOM.nextBytes(tokenBytes);
    String token = HexFormat.of().formatHex(tokenBytes);
    String prefix = "w" + number;
    LaunchConfig launch =
        new LaunchConfig(
            number,
            config.name(),
            secret,
            address,
            directory.paths(),
            region,
            token,
            config.serializer().getClass().getName(),
            initializer);
    Path launchFile = directory.make(prefix + ".launch", written(launch));
    Path crashLog = directory.first().resolve(prefix + ".hs_err");
    errorFile = crashLog;
    Path arguments =
        directory.make(
            prefix + ".args",
            file -> {
              command.writeArguments(file, crashLog, launchFile);
              return file;
            });
    Process started = launch(config, arguments);
    LOG.debug("[{}] worker {} launched as pid {}", config.name(), number, started.pid());
    pump(started, token, taskOfCall);
    process = started;
    if (killed) {
      kill();
    }
  }

  private static SharedDirectory.FileMaker<Path> written(LaunchConfig launch) {
    return file -> {
      launch.write(file);
      return file;
    };
  }

  private static Process launch(PoolConfig config, Path arguments) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(LaunchCommand.java(config.javaHome()).toString(), "@" + arguments);
    // Meant for this JVM: a debugger's port for example. The JVM would also report them on stderr.
    builder.environment().remove("JDK_JAVA_OPTIONS");
    builder.environment().remove("JAVA_TOOL_OPTIONS");
    builder.environment().putAll(config.environment());
    Path workingDirectory = config.workingDirectory();
    if (workingDirectory != null) {
      builder.directory(workingDirectory.toFile());
    }
    builder.redirectInput(ProcessBuilder.Redirect.from(nullFile()));
    return Objects.requireNonNull(
        config.launcher().launch(builder), "the launcher returned no process");
  }

  private static File nullFile() {
    return new File(File.separatorChar == '\\' ? "NUL" : "/dev/null");
  }

  /* ---- Output ---- */

  private void pump(
      Process started, String token, LongFunction<WorkerSlot.@Nullable TaskLabel> taskOfCall) {
    PoolThreads threads = new PoolThreads(pool.name(), "output-of-" + number);
    for (boolean error : new boolean[] {false, true}) {
      OutputPump pump =
          new OutputPump(
              error ? started.getErrorStream() : started.getInputStream(),
              token,
              (sequence, text) -> line(started.pid(), error, taskOfCall.apply(sequence), text));
      Thread thread = threads.newSmallThread(pump);
      pumps.add(thread);
      thread.start();
    }
  }

  private void line(long pid, boolean error, WorkerSlot.@Nullable TaskLabel task, String text) {
    synchronized (tail) {
      if (tail.size() == TAIL_LINES) {
        tail.removeFirst();
      }
      tail.addLast(text);
    }
    OutputLine line =
        new OutputLine(
            pool.name(),
            pid,
            task == null ? -1 : task.id(),
            task == null ? "" : task.name(),
            error,
            text);
    pool.callbacks()
        .guarded("the output listener", () -> pool.config().outputListener().line(line));
  }

  private List<String> tail() {
    synchronized (tail) {
      return List.copyOf(tail);
    }
  }

  /* ---- End ---- */

  /** Kills the process with everything it started; again and at any time. */
  void kill() {
    killed = true;
    Process running = process;
    if (running == null) {
      return;
    }
    List<ProcessHandle> descendants = List.of();
    try {
      descendants = running.descendants().toList();
    } catch (RuntimeException e) {
      // Listing processes can fail when the system is short of memory; killing must not.
    }
    running.destroyForcibly();
    descendants.forEach(ProcessHandle::destroyForcibly);
  }

  /** It was not ready in time. */
  void startTimedOut() {
    startTimedOut = true;
  }

  boolean hasStartTimedOut() {
    return startTimedOut;
  }

  /** The worker said why it cannot start. */
  void startFailed(byte[] encodedFailure) {
    startFailure = encodedFailure;
  }

  byte @Nullable [] startFailure() {
    return startFailure;
  }

  /** Has {@code action} run when the process has ended. */
  void onExit(Runnable action) {
    Process running = process;
    if (running != null) {
      var unused = running.onExit().thenRun(action);
    }
  }

  /** Waits until the process is gone, and helps it after a while; returns whether it had to. */
  boolean awaitExit(Duration patience) throws InterruptedException {
    Process running = process;
    if (running == null || running.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
      return false;
    }
    kill();
    running.waitFor();
    return true;
  }

  /** Waits until all output has been passed on, or a process it started holds the pipe open. */
  void awaitOutput(Duration patience) throws InterruptedException {
    long until = System.nanoTime() + patience.toNanos();
    for (Thread pump : pumps) {
      pump.join(Math.max(1, (until - System.nanoTime()) / 1_000_000));
    }
    Process running = process;
    if (running != null && pumps.stream().anyMatch(Thread::isAlive)) {
      try {
        running.getInputStream().close();
        running.getErrorStream().close();
      } catch (IOException e) {
        // Closed is closed.
      }
    }
  }

  /** What is known of the end, or of the state before it. */
  CrashReport report(@Nullable ExitReason decided, @Nullable String taskName, Duration ranFor) {
    Process ended = process;
    Integer code = ended == null || ended.isAlive() ? null : ended.exitValue();
    String signal = code == null ? null : ExitReports.signalName(code);
    String fatalErrorLog = fatalErrorLog();
    return new CrashReport(
        pool.name(),
        number,
        ended == null ? -1 : ended.pid(),
        decided != null ? decided : ExitReports.reasonOf(code, signal, fatalErrorLog),
        signal == null ? code : null,
        signal,
        taskName,
        ranFor,
        tail(),
        fatalErrorLog,
        null);
  }

  private @Nullable String fatalErrorLog() {
    Path file = errorFile;
    if (file == null || !Files.isRegularFile(file)) {
      return null;
    }
    try (var in = Files.newInputStream(file)) {
      return new String(in.readNBytes(MOST_OF_LOG), StandardCharsets.UTF_8);
    } catch (IOException e) {
      return null;
    }
  }

  /** Deletes what files of it are left: of its start, its segments, and its fatal-error log. */
  void deleteFiles(SharedDirectory directory) {
    directory.deleteAll(Pattern.compile("w" + number + "(\\..*|[cr][0-9]+)"));
  }
}
