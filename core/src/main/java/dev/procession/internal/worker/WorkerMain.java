package dev.procession.internal.worker;

import dev.procession.VoidTask;
import dev.procession.internal.codec.CodeLoaders;
import dev.procession.internal.codec.FailureCodec;
import dev.procession.internal.codec.SharedReference;
import dev.procession.internal.codec.SharedValues;
import dev.procession.internal.os.KernelOomKills;
import dev.procession.internal.wire.ClassAnswer;
import dev.procession.internal.wire.ControlMessages;
import dev.procession.internal.wire.Endpoint;
import dev.procession.internal.wire.LaunchConfig;
import dev.procession.internal.wire.Region;
import dev.procession.internal.wire.RegionLayout;
import dev.procession.internal.wire.SegmentReader;
import dev.procession.internal.wire.SegmentWriter;
import dev.procession.internal.wire.SharedDirectory;
import dev.procession.internal.wire.WireException;
import dev.procession.internal.wire.WorkerExit;
import dev.procession.spi.TaskSerializer;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The {@code main} of a worker process: says hello, warms up, runs the initializer, reports ready,
 * and runs tasks on the main thread until the parent says stop or is gone.
 */
public final class WorkerMain {
  /**
   * System property of a worker from which an archive is made: what an archive has of the sample
   * call would not have to be made any more, and so not be rehearsed.
   */
  public static final String NO_REHEARSAL = "procession.training";

  /** Name of the pool this JVM works for, null in any other JVM. */
  private static volatile @Nullable String poolName;

  private final LaunchConfig config;
  private final SharedDirectory directory;
  private final TaskThread taskThread = new TaskThread(Thread.currentThread());
  private final Thread mainThread = Thread.currentThread();
  private final CpuClock cpuClock = new CpuClock();
  private final TaskOutput[] outputs;
  private volatile @Nullable CallContexts contexts;
  private volatile @Nullable WorkerCodec codec;
  private @Nullable RemoteLoaders remote; // set before the link's thread starts

  private WorkerMain(LaunchConfig config) {
    this.config = config;
    this.directory = SharedDirectory.attach(config.directories());
    this.outputs = TaskOutput.install(config.outputToken());
  }

  /** Name of the pool this JVM is a worker of, or null if it is no worker. */
  public static @Nullable String poolOfThisWorker() {
    return poolName;
  }

  /** Runs the worker; the only argument is the path of the launch file. */
  public static void main(String[] args) {
    try {
      LaunchConfig config = LaunchConfig.take(Path.of(args[0]));
      poolName = config.pool();
      new WorkerMain(config).work();
    } catch (Throwable e) {
      endWith(e);
    }
    System.exit(WorkerExit.RETIRED);
  }

  private static void endWith(Throwable e) {
    try {
      e.printStackTrace();
    } finally {
      Runtime.getRuntime().halt(WorkerExit.of(e));
    }
  }

  /*
   * Half of a start is the loading of what a channel needs. So the link is made on its own thread, while
   * this one maps the region and runs the initializer.
   */
  private void work() throws IOException {
    LinkThread linkThread = new LinkThread();
    remote = config.remoteClasses() ? new RemoteLoaders(linkThread) : null;
    linkThread.start();
    Signals.leaveInterruptsToParent();
    var unused = KernelOomKills.becomeVictim();
    Prepared prepared;
    try {
      prepared = prepare();
    } catch (Throwable e) {
      ParentLink link = linkThread.get();
      link.send(ControlMessages.failed(FailureCodec.encode(e)));
      System.err.flush();
      Runtime.getRuntime().halt(WorkerExit.START_FAILED);
      throw new AssertionError(e);
    }
    ParentLink link = linkThread.get();
    Thread.interrupted(); // what the initializer left behind is not for the first task
    TaskLoop loop = loop(prepared, link);
    link.send(ControlMessages.ready());
    loadCpuClock();
    loop.run();
    WorkerLocals.closeAll();
  }

  private ParentLink connect() throws IOException {
    SocketChannel channel = Endpoint.connect(config.address());
    ParentLink link = new ParentLink(channel, directory, new Obedience());
    link.send(
        ControlMessages.hello(
            new ControlMessages.Hello(
                RegionLayout.VERSION,
                config.worker(),
                ProcessHandle.current().pid(),
                config.secret())));
    Runtime.getRuntime().addShutdownHook(new Thread(link::rest, "procession-exit"));
    return link;
  }

  /**
   * Connects, and then listens to the parent. Where that fails the process has nobody to live for.
   */
  private final class LinkThread extends Thread implements Supplier<ParentLink> {
    private final CompletableFuture<ParentLink> made = new CompletableFuture<>();

    LinkThread() {
      super("procession-parent-link");
      setDaemon(true);
    }

    @Override
    public void run() {
      ParentLink link;
      try {
        link = connect();
      } catch (Throwable e) {
        endWith(e); // here, because the main thread may be in an initializer that hangs
        return;
      }
      made.complete(link);
      link.watch();
    }

    /** The link; waits until it is connected. */
    @Override
    public ParentLink get() {
      return made.join();
    }
  }

  private final class Obedience implements ParentLink.Orders {
    @Override
    public void bell() {
      LockSupport.unpark(mainThread);
    }

    @Override
    public void interrupt(long sequence) {
      taskThread.interrupt(sequence);
    }

    @Override
    public String threads() {
      return ThreadDump.take(mainThread);
    }

    @Override
    public void told(ControlMessages.Told told) {
      Objects.requireNonNull(contexts).told(told);
    }

    @Override
    public void preload(ControlMessages.Preload value) {
      SharedValues.preload(
          new SharedReference<@Nullable Object>(value.file(), value.size(), config.pool()));
    }

    @Override
    public void forget(String file) {
      SharedValues.forget(file);
    }

    @Override
    public void loaded(ClassAnswer answer) {
      Objects.requireNonNull(remote).answered(answer);
    }

    @Override
    public void release(int loader) {
      Objects.requireNonNull(remote).release(loader);
      WorkerCodec made = codec;
      if (made != null) {
        made.calls().release(loader);
      }
    }
  }

  private Prepared prepare() throws Exception {
    Path file = directory.find(config.region());
    if (file == null) {
      throw new WireException("no region " + config.region() + " in " + config.directories());
    }
    Region region = Region.open(file);
    var unused = file.toFile().delete();
    CodeLoaders loaders =
        remote == null ? CodeLoaders.of(ClassLoader.getSystemClassLoader()) : remote;
    WorkerCodec codec =
        new WorkerCodec(
            serializer(loaders.loader(config.serializerLoader())), loaders, config.plainResults());
    this.codec = codec;
    SharedValues.use(codec.values());
    if (config.warmUp()) {
      codec.warmUp();
    }
    if (config.initializer().length > 0) {
      byte[] bytes = config.initializer();
      ((VoidTask) Objects.requireNonNull(codec.calls().decode(bytes, 0, bytes.length))).run();
    }
    return new Prepared(region, codec);
  }

  private record Prepared(Region region, WorkerCodec codec) {}

  private TaskLoop loop(Prepared prepared, ParentLink link) {
    Region region = prepared.region();
    CallContexts calls = new CallContexts(link, taskThread);
    contexts = calls;
    String prefix = "w" + config.worker();
    return new TaskLoop(
        region,
        new SegmentReader(directory, prefix + "c"),
        prepared.codec(),
        new ResultPublisher(
            region, new SegmentWriter(directory, prefix + "r", config.retained()), link),
        taskThread,
        calls,
        outputs,
        cpuClock);
  }

  private TaskSerializer serializer(ClassLoader loader) throws ReflectiveOperationException {
    return Class.forName(config.serializer(), true, loader)
        .asSubclass(TaskSerializer.class)
        .getDeclaredConstructor()
        .newInstance();
  }

  private void loadCpuClock() {
    Thread thread = new Thread(cpuClock::load, "procession-cpu-clock");
    thread.setDaemon(true);
    thread.start();
  }
}
