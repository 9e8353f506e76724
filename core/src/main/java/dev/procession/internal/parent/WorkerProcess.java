package dev.procession.internal.parent;

import dev.procession.CrashReport;
import dev.procession.ExitReason;
import dev.procession.OutputLine;
import dev.procession.internal.flight.FlightLog;
import dev.procession.internal.os.ByteSize;
import dev.procession.internal.os.KernelOomKills;
import dev.procession.internal.os.MemoryCgroup;
import dev.procession.internal.os.ProcessTree;
import dev.procession.internal.wire.LaunchConfig;
import dev.procession.internal.wire.SharedDirectory;
import dev.procession.internal.wire.WorkerExit;
import dev.procession.internal.wire.WorkerFiles;
import dev.procession.internal.worker.WorkerMain;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;
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

  private final LocalServices pool;
  private final int number;
  private final byte[] secret = new byte[LaunchConfig.SECRET_BYTES];
  private final List<Pump> pumps = new CopyOnWriteArrayList<>();
  private final Deque<String> tail = new ArrayDeque<>(); // guarded by tail
  private volatile @Nullable Process process;
  private final String mark = randomHex();
  private volatile @Nullable Path errorFile;
  private volatile boolean killed;
  private volatile boolean archived;
  private volatile long oomKillsBefore = -1;

  // What is learned of it while it lives, or by its end.
  private volatile @Nullable String threadDump;
  private volatile @Nullable String fatalErrorLog;
  private volatile @Nullable String detail;
  private volatile @Nullable ExitReason found;
  private volatile @Nullable MemoryCgroup cgroup;
  private volatile long peakBytes = -1;
  private volatile boolean startTimedOut;
  private volatile byte @Nullable [] startFailure;

  /** A thread that reads one of its outputs, and the pipe that it reads, where that is known. */
  private record Pump(Thread thread, @Nullable String pipe) {}

  WorkerProcess(LocalServices pool, int number) {
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
   * @param retained bytes of segments for large results that it may keep
   * @param taskOfCall tells which task a call of this worker was for; null if none is known
   * @throws IOException if it cannot be started
   */
  void start(
      SharedDirectory directory,
      String address,
      String region,
      int retained,
      byte[] initializer,
      LaunchCommand command,
      LongFunction<WorkerSlot.@Nullable TaskLabel> taskOfCall)
      throws IOException {
    PoolConfig config = pool.config();
    String token = randomHex();
    WorkerFiles files = new WorkerFiles(number);
    LaunchConfig launch =
        new LaunchConfig(
            number,
            config.name(),
            secret,
            address,
            directory.paths(),
            region,
            token,
            pool.serializer().className(),
            pool.serializer().loader(),
            config.remoteClassLoading(),
            config.resultFilter() != null,
            retained,
            pool.decoder().hasUsedSerializer() || !pool.serializer().isDefault(),
            initializer);
    Path launchFile = directory.make(files.launch(), written(launch));
    if (config.inProcess()) {
      process = WorkerMain.inThisProcess(launchFile, pool.decoder().loader());
      if (killed) {
        kill();
      }
      return;
    }
    Path crashLog = directory.first().resolve(files.crashLog());
    errorFile = crashLog;
    Path arguments =
        directory.make(
            files.arguments(),
            file -> {
              archived = command.writeArguments(file, crashLog, launchFile);
              return file;
            });
    oomKillsBefore = KernelOomKills.count();
    Process started = launch(config, arguments);
    process = started; // from here on it can be killed
    if (config.memoryLimit() > 0) {
      confine(started, config.memoryLimit());
    }
    LOG.debug("[{}] worker {} launched as pid {}", config.name(), number, started.pid());
    pump(started, token, taskOfCall);
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

  /** Has the kernel hold the limit, where this process may make control groups. */
  private void confine(Process started, long limit) {
    MemoryCgroup made = MemoryCgroup.create("procession-" + mark, limit).orElse(null);
    if (made != null && !made.add(started.pid())) {
      made.close();
    } else {
      cgroup = made;
    }
  }

  private static String randomHex() {
    byte[] bytes = new byte[TOKEN_BYTES];
    RANDOM.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  private Process launch(PoolConfig config, Path arguments) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(LaunchCommand.java(config.javaHome()).toString(), "@" + arguments);
    LaunchCommand.leaveOutOptionsOfThisJvm(builder);
    builder.environment().putAll(config.environment());
    builder.environment().put(ProcessTree.PROCESSION_WORKER, mark);
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

  /** Whether it had a class archive, and crashed as a JVM may that is given a damaged one. */
  boolean isKilledByArchive() {
    return archived && !killed && reason() == ExitReason.NATIVE_CRASH;
  }

  /** Whether a signal ended it that neither this pool sent nor its own code caused. */
  boolean isKilledByOthers() {
    return !killed && reason() == ExitReason.KILLED;
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
      pumps.add(new Pump(thread, ProcessTree.outputPipe(started.pid(), error ? 2 : 1)));
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
    Observation observation = pool.observation();
    if (observation != null) {
      observation.output().printed(number, pid, line.taskId(), line.taskName(), error, text);
    }
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
    MemoryCgroup group = cgroup;
    if (group != null) {
      var unused = group.kill();
    }
    if (running == null) {
      return;
    }
    try {
      if (running.isAlive()) {
        FlightLog.kill(pool.name(), number, running.pid());
      }
      ProcessTree.kill(running.toHandle(), mark);
    } catch (UnsupportedOperationException e) { // a process of the launcher's own making
      running.destroyForcibly();
      ProcessTree.killMarked(mark);
    }
  }

  /** The process is gone: kills what it started and left behind. */
  void killLeftovers() {
    if (process != null) {
      ProcessTree.killMarked(mark);
    }
  }

  /* ---- What is learned of it ---- */

  /** It said what its threads do. */
  void threads(String text) {
    threadDump = text;
  }

  /** It was seen to hold so much memory, at most. */
  void seenWith(long bytes) {
    peakBytes = Math.max(peakBytes, bytes);
  }

  /** More of why it will have ended; the first word counts. */
  void detail(String sentence) {
    if (detail == null) {
      detail = sentence;
    }
  }

  /** It was not ready in time. */
  void startTimedOut() {
    startTimedOut = true;
  }

  boolean hasStartTimedOut() {
    return startTimedOut;
  }

  /** Whether there ever was a process. */
  boolean wasLaunched() {
    return process != null;
  }

  /** The process's id, or -1 before there is one. */
  long pid() {
    Process running = process;
    return running == null ? -1 : running.pid();
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
      // Also where the JDK finds no thread to tell it on: that is its failure then.
      var unused = running.onExit().whenComplete((ended, failure) -> action.run());
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

  /** Waits until all output has been passed on; what keeps a pipe open for longer is killed. */
  void awaitOutput(Duration patience) throws InterruptedException {
    long until = System.nanoTime() + patience.toNanos();
    Set<String> heldOpen = new HashSet<>();
    boolean all = true;
    for (Pump pump : pumps) {
      pump.thread.join(Math.max(1, (until - System.nanoTime()) / 1_000_000));
      if (pump.thread.isAlive()) {
        all = false;
        if (pump.pipe != null) {
          heldOpen.add(pump.pipe);
        }
      }
    }
    Process running = process;
    if (running != null && !all) {
      ProcessTree.killWriters(heldOpen); // else its thread would stay in read() as long as they
      try {
        running.getInputStream().close();
        running.getErrorStream().close();
      } catch (IOException e) {
        // Closed is closed.
      }
    }
    // A thread that has ended keeps what it ran, since JDK 19, and that knows the worker's memory;
    // and a report, in an exception that somebody keeps, knows this object.
    pumps.clear();
  }

  /** The process is gone and its files will be: takes what can still be learned. */
  void examine() {
    Path file = errorFile;
    if (file != null && Files.isRegularFile(file)) {
      try (var in = Files.newInputStream(file)) {
        fatalErrorLog = new String(in.readNBytes(MOST_OF_LOG), StandardCharsets.UTF_8);
      } catch (IOException e) {
        LOG.debug("[{}] the fatal-error log of worker {}", pool.name(), number, e);
      }
    }
    MemoryCgroup group = cgroup;
    if (group != null) {
      seenWith(group.peakBytes());
      if (group.oomKills() > 0) {
        found = ExitReason.MEMORY_LIMIT;
        detail(
            "The kernel ended it when it needed more than its memoryLimit of "
                + ByteSize.text(pool.config().memoryLimit())
                + ". Have the task use less at a time, or raise memoryLimit.");
      }
      group.close();
    }
    long oomKills = KernelOomKills.count() - oomKillsBefore;
    if (!killed && oomKillsBefore >= 0 && oomKills > 0 && "SIGKILL".equals(signal(exitCode()))) {
      detail(
          "The kernel's out-of-memory killer was at work meanwhile ("
              + oomKills
              + (oomKills == 1 ? " process" : " processes")
              + "), so it was very likely the killer: lower maxHeap or workers, or give the machine"
              + " or container more memory.");
    }
  }

  /** Whether it ended because it could not start, after it had said on its channel why. */
  boolean hasSaidWhyItCannotStart() {
    return hasExitedWith(WorkerExit.START_FAILED);
  }

  /** Whether it ended of its own accord because something was wrong with it or with its channel. */
  boolean hasEndedBroken() {
    return hasExitedWith(WorkerExit.BROKEN);
  }

  private boolean hasExitedWith(int code) {
    Integer ended = exitCode();
    return ended != null && ended == code;
  }

  private @Nullable Integer exitCode() {
    Process ended = process;
    return ended == null || ended.isAlive() ? null : ended.exitValue();
  }

  private static @Nullable String signal(@Nullable Integer code) {
    return code == null ? null : ExitReports.signalName(code);
  }

  /** What is known of the end, or of the state before it. */
  CrashReport report(@Nullable ExitReason decided, @Nullable String taskName, Duration ranFor) {
    Process ended = process;
    Integer code = exitCode();
    String signal = signal(code);
    List<String> lastLines = tail();
    return new CrashReport(
        pool.name(),
        number,
        ended == null ? -1 : ended.pid(),
        decided != null ? decided : reason(),
        signal == null ? code : null,
        signal,
        taskName,
        ranFor,
        lastLines,
        fatalErrorLog,
        threadDump,
        peakBytes,
        detail,
        pool.member());
  }

  /** Why it ended, as far as its process tells. */
  private ExitReason reason() {
    ExitReason known = found;
    Integer code = exitCode();
    return known != null ? known : ExitReports.reasonOf(code, signal(code), tail(), fatalErrorLog);
  }

  /** Deletes what files of it are left: of its start, its segments, and its fatal-error log. */
  void deleteFiles(SharedDirectory directory) {
    directory.deleteAll(new WorkerFiles(number).all());
  }
}
