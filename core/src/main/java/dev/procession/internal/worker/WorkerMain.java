package dev.procession.internal.worker;

import dev.procession.internal.codec.CodeLoaders;
import dev.procession.internal.codec.SharedBuffers;
import dev.procession.internal.codec.SharedValues;
import dev.procession.internal.codec.ValueCodec;
import dev.procession.internal.os.KernelOomKills;
import dev.procession.internal.os.ProcessTree;
import dev.procession.internal.wire.ClassAnswer;
import dev.procession.internal.wire.LaunchConfig;
import dev.procession.internal.wire.WorkerExit;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The {@code main} of a worker process. */
public final class WorkerMain {
  /**
   * System property of a worker from which an archive is made: what an archive has of the sample
   * call would not have to be made any more, and so not be rehearsed.
   */
  public static final String NO_REHEARSAL = "procession.training";

  /** {@link ForwardingLoggers}, by name: to load it here would slow all starts. */
  public static final String LOGGERS = "dev.procession.internal.worker.ForwardingLoggers";

  /** System property of such a worker: the lowest level that is sent. */
  public static final String LOG_LEVEL = "procession.log.level";

  /** Name of the pool this JVM works for, null in any other JVM. */
  private static volatile @Nullable String poolName;

  private WorkerMain() {}

  /** Name of the pool that the calling thread is a worker of, or null if it is of none. */
  public static @Nullable String poolOfThisWorker() {
    String ofJvm = poolName;
    return ofJvm != null ? ofJvm : InProcessWorker.poolOfThread();
  }

  /** Runs the worker; the only argument is the path of the launch file. */
  public static void main(String[] args) {
    try {
      LaunchConfig config = LaunchConfig.take(Path.of(args[0]));
      poolName = config.pool();
      new OfProcess(config).work();
    } catch (Throwable e) {
      endWith(e);
    }
    System.exit(WorkerExit.RETIRED);
  }

  /**
   * Starts a worker on a thread of this process.
   *
   * @param loader finds the classes of the class path
   * @return what stands for its process
   */
  public static Process inThisProcess(Path launchFile, ClassLoader loader) throws IOException {
    return new InProcessWorker(LaunchConfig.take(launchFile), loader).begin();
  }

  private static void endWith(Throwable e) {
    try {
      e.printStackTrace();
    } finally {
      Runtime.getRuntime().halt(WorkerExit.of(e));
    }
  }

  private static final class OfProcess extends WorkerLife {
    /** Of a parent that dies the system closes one descriptor after another. */
    private static final Duration PARENT_DIES_IN = Duration.ofMillis(500);

    private final TaskOutput[] outputs;
    private volatile @Nullable RemoteLoaders remote;

    OfProcess(LaunchConfig config) {
      super(config);
      this.outputs = TaskOutput.install(config.outputToken());
    }

    @Override
    void settle() {
      Signals.leaveInterruptsToParent();
      var unused = KernelOomKills.becomeVictim();
    }

    @Override
    TaskOutput[] outputs() {
      return outputs;
    }

    @Override
    CodeLoaders loaders(ParentLink link) {
      if (!config().remoteClasses()) {
        return CodeLoaders.of(ClassLoader.getSystemClassLoader());
      }
      RemoteLoaders made = new RemoteLoaders(link);
      remote = made;
      return made;
    }

    @Override
    void decodesWith(ValueCodec codec) {
      SharedValues.use(codec, directory());
    }

    @Override
    void holds(SharedBuffers.Holder buffers) {
      SharedBuffers.use(buffers);
    }

    @Override
    void linked(ParentLink link) {
      if (System.getProperty(LOG_LEVEL) != null) {
        ForwardingLoggers.sendBy(link);
      }
      try {
        Runtime.getRuntime().addShutdownHook(new Thread(link::rest, "procession-exit"));
      } catch (IllegalStateException e) {
        link.rest(); // a task has called exit already
      }
    }

    @Override
    void released(int loader) {
      RemoteLoaders made = remote;
      if (made != null) {
        made.release(loader);
      }
    }

    @Override
    void answered(ClassAnswer answer) {
      Objects.requireNonNull(remote).answered(answer);
    }

    @Override
    void fail(Throwable failure) {
      if (failure instanceof StartFailed) {
        System.err.flush();
        Runtime.getRuntime().halt(WorkerExit.START_FAILED);
      }
      endWith(failure);
    }

    @Override
    void notConnected(IOException why) {
      why.printStackTrace();
      parentLost();
    }

    /**
     * The tasks' own processes go with the worker, and the files that nobody will delete any more:
     * if the parent is gone indeed, for the channel also ends when a task closes its descriptor.
     * One thread does it; more than one may find it out.
     */
    @Override
    synchronized void parentLost() {
      try {
        String mark = System.getenv().getOrDefault(ProcessTree.PROCESSION_WORKER, "");
        ProcessTree.kill(ProcessHandle.current(), mark); // spares this process
      } catch (RuntimeException | Error e) {
        // Listing processes can fail when the system is short of memory; ending must not.
      }
      if (!directory().deleteIfAbandoned(PARENT_DIES_IN)) {
        System.err.println("the channel to the parent was closed, though not by the parent");
        Runtime.getRuntime().halt(WorkerExit.BROKEN);
      }
      Signals.killSelf();
    }
  }
}
