package dev.procession.internal.worker;

import dev.procession.VoidTask;
import dev.procession.internal.codec.CodeLoaders;
import dev.procession.internal.codec.FailureCodec;
import dev.procession.internal.codec.SharedBuffers;
import dev.procession.internal.codec.SharedReference;
import dev.procession.internal.codec.SharedValues;
import dev.procession.internal.codec.ValueCodec;
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
import dev.procession.internal.wire.WorkerFiles;
import dev.procession.spi.TaskSerializer;
import java.io.File;
import java.io.IOException;
import java.io.Serial;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * What a worker does from its first word to its last: says hello, runs the initializer, reports
 * ready, and runs tasks on its main thread until the parent says stop or is gone. What differs
 * where it is no process of its own is for subclasses.
 */
abstract class WorkerLife {
  private static final String NO_PROCESS =
      "it is a thread of this process: record that with the JDK's own tools";
  private static final String NO_THREAD = "the worker's process can have no further thread";

  private final LaunchConfig config;
  private final SharedDirectory directory;
  private final TaskThread taskThread = new TaskThread(Thread.currentThread());
  private final Thread mainThread = Thread.currentThread();
  private final CpuClock cpuClock = new CpuClock();
  private final ParentLink link = new ParentLink(new Obedience());
  private final AtomicBoolean examining = new AtomicBoolean();
  private volatile @Nullable CallContexts contexts;
  private volatile @Nullable WorkerCodec codec;
  private volatile @Nullable WorkerBuffers buffers;
  private volatile @Nullable TaskLoop loop;
  private volatile @Nullable Region shared; // once it is mapped

  /** For the calling thread, which is to be the main thread. */
  WorkerLife(LaunchConfig config) {
    this.config = config;
    this.directory = SharedDirectory.attach(config.directories());
  }

  /** Whether it has a JVM to itself. */
  boolean isProcess() {
    return true;
  }

  LaunchConfig config() {
    return config;
  }

  SharedDirectory directory() {
    return directory;
  }

  /** Has the loop end once the task that runs, if any, has. */
  void stop() {
    TaskLoop running = loop;
    if (running != null) {
      running.stop();
    }
    LockSupport.unpark(mainThread);
  }

  /** Ends its threads but for the main thread, where the process goes on without it. */
  void close() {
    CallContexts made = contexts;
    if (made != null) {
      made.sender().end();
    }
    WorkerBuffers held = buffers;
    if (held != null) {
      held.close();
    }
  }

  /* ---- Where it lives ---- */

  /** Prepares its surroundings; beside the making of the link. */
  abstract void settle();

  /** Where what tasks print goes, if it is marked. */
  abstract TaskOutput[] outputs();

  /** Through which loaders it finds classes. */
  abstract CodeLoaders loaders(ParentLink link);

  /** The link is connected. */
  abstract void linked(ParentLink link);

  /** The parent has let go of that loader. */
  abstract void released(int loader);

  /** It reads shared values by that. */
  abstract void decodesWith(ValueCodec codec);

  /** Its tasks' buffers are held by that. */
  abstract void holds(SharedBuffers.Holder buffers);

  /** The parent has answered a question for a class. */
  abstract void answered(ClassAnswer answer);

  /** It cannot go on; does not return. */
  abstract void fail(Throwable failure);

  /** There can be no channel to the parent. */
  abstract void notConnected(IOException why);

  /** The channel to the parent has ended; does not return to what the worker did before. */
  abstract void parentLost();

  /* ---- Its life ---- */

  /*
   * Half of a start is the loading of what a channel needs. So the link is made on its own thread, while
   * this one maps the region, runs the initializer, announces itself in the region, and begins to work:
   * what it has to say by the channel waits until there is one.
   */
  void work() throws IOException {
    new LinkThread().start();
    settle();
    Prepared prepared;
    try {
      prepared = prepare();
    } catch (Throwable e) {
      link.send(ControlMessages.failed(FailureCodec.encode(e)));
      if (link.awaitConnection()) {
        fail(new StartFailed(e));
      }
      fail(e); // the parent was not told
      throw new AssertionError(e);
    }
    Thread.interrupted(); // what the initializer left behind is not for the first task
    TaskLoop made = loop(prepared);
    loop = made;
    link.send(ControlMessages.ready());
    prepared.region().announce(ownPid());
    loadCpuClock();
    made.run();
    WorkerLocals.closeAll();
  }

  /** The parent knows already why. */
  static final class StartFailed extends RuntimeException {
    @Serial private static final long serialVersionUID = 1L;

    StartFailed(Throwable cause) {
      super(cause);
    }
  }

  /** The id of this process, or 0 if it takes the loading of many classes to know it. */
  private static long ownPid() throws IOException {
    try {
      return Long.parseLong(new File("/proc/self").getCanonicalFile().getName());
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  private void connect() throws IOException {
    SocketChannel channel = null;
    while (channel == null) {
      try {
        channel = Endpoint.connect(config.address());
      } catch (ClosedByInterruptException e) {
        Thread.interrupted(); // a task that interrupts every thread there is does not mean this one
      }
    }
    link.connect(
        channel,
        ControlMessages.hello(
            new ControlMessages.Hello(
                RegionLayout.VERSION,
                config.worker(),
                ProcessHandle.current().pid(),
                config.secret())));
    linked(link);
  }

  /**
   * Connects, and then listens to the parent. Where that fails the process has nobody to live for.
   */
  private final class LinkThread extends Thread {
    LinkThread() {
      super("procession-parent-link");
      setDaemon(true);
    }

    @Override
    public void run() {
      try {
        connect();
      } catch (IOException e) { // here: the main thread may be in an initializer that hangs
        link.close();
        notConnected(e);
        return;
      } catch (Throwable e) {
        link.close();
        fail(e);
        return;
      }
      link.watch();
    }
  }

  private final class Obedience implements ParentLink.Orders {
    @Override
    public void parentLost() {
      WorkerLife.this.parentLost();
    }

    @Override
    public long lease() {
      Region mapped = shared;
      return mapped == null ? Long.MAX_VALUE : mapped.lease(); // it is not known yet
    }

    @Override
    public void failed(Throwable failure) {
      fail(failure);
    }

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
    public void vitals() {
      if (examining.compareAndSet(false, true)) { // else the answer to that is the answer to this
        boolean begun =
            aside(
                "vitals",
                () -> {
                  try {
                    link.send(ControlMessages.vitals(SelfExamination.vitals()));
                  } finally {
                    examining.set(false);
                  }
                });
        if (!begun) {
          examining.set(false);
        }
      }
    }

    @Override
    public void profile(int seconds) {
      if (!isProcess()) {
        link.send(ControlMessages.profile(new ControlMessages.Profile(false, NO_PROCESS)));
        return;
      }
      List<Path> places = directory.paths();
      Path place =
          places
              .get(places.size() - 1) // on disk, if there is one
              .resolve(new WorkerFiles(config.worker()).flightRecorder());
      boolean begun =
          aside(
              "profile",
              () -> link.send(ControlMessages.profile(SelfExamination.profile(seconds, place))));
      if (!begun) {
        link.send(ControlMessages.profile(new ControlMessages.Profile(false, NO_THREAD)));
      }
    }

    /** What takes longer than who listens to the parent has; false if no thread is to be had. */
    private static boolean aside(String name, Runnable step) {
      Thread thread = new Thread(null, step, "procession-" + name, 0, false);
      thread.setDaemon(true);
      try {
        thread.start();
        return true;
      } catch (OutOfMemoryError e) {
        return false;
      }
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
      WorkerBuffers held = buffers;
      if (held != null) {
        held.forget(file);
      }
    }

    @Override
    public void loaded(ClassAnswer answer) {
      WorkerLife.this.answered(answer);
    }

    @Override
    public void release(int loader) {
      released(loader);
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
    shared = region;
    var unused = file.toFile().delete();
    CodeLoaders loaders = loaders(link);
    WorkerBuffers buffers =
        new WorkerBuffers(directory, new WorkerFiles(config.worker()).buffers(), config.pool());
    this.buffers = buffers;
    holds(buffers);
    WorkerCodec codec =
        new WorkerCodec(
            serializer(loaders.loader(config.serializerLoader())), loaders, config.plainResults());
    this.codec = codec;
    decodesWith(codec.values());
    if (config.warmUp()) {
      codec.warmUp();
    }
    if (config.initializer().length > 0) {
      byte[] bytes = config.initializer();
      ((VoidTask) Objects.requireNonNull(codec.calls().decode(bytes, 0, bytes.length))).run();
    }
    return new Prepared(region, codec, buffers);
  }

  private record Prepared(Region region, WorkerCodec codec, WorkerBuffers buffers) {}

  private TaskLoop loop(Prepared prepared) {
    Region region = prepared.region();
    CallContexts calls = new CallContexts(link, taskThread);
    contexts = calls;
    WorkerFiles files = new WorkerFiles(config.worker());
    return new TaskLoop(
        region,
        new SegmentReader(directory, files.callSegments()),
        SegmentReader.ofMany(directory, WorkerFiles.PARTS),
        prepared.codec(),
        new ResultPublisher(
            region, new SegmentWriter(directory, files.resultSegments(), config.retained()), link),
        taskThread,
        calls,
        prepared.buffers(),
        outputs(),
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
