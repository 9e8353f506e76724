package dev.procession.internal.worker;

import dev.procession.TaskFunction;
import dev.procession.benchmarks.fuzz.Mutator;
import dev.procession.benchmarks.fuzz.Tally;
import dev.procession.benchmarks.fuzz.Target;
import dev.procession.internal.codec.CallCodec;
import dev.procession.internal.codec.CallKind;
import dev.procession.internal.codec.CodeLoaders;
import dev.procession.internal.codec.LambdaTable;
import dev.procession.internal.codec.PiecesWriter;
import dev.procession.internal.wire.ClassAnswer;
import dev.procession.internal.wire.ControlMessages;
import dev.procession.internal.wire.Frames;
import dev.procession.internal.wire.HostileRegion;
import dev.procession.internal.wire.Region;
import dev.procession.internal.wire.SegmentReader;
import dev.procession.internal.wire.SegmentRef;
import dev.procession.internal.wire.SegmentWriter;
import dev.procession.internal.wire.SharedDirectory;
import dev.procession.internal.wire.WireException;
import dev.procession.spi.TaskSerializer;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;

/**
 * A worker's task loop reads calls of a parent that writes what it likes: it ends with an
 * exception, upon which the worker's {@code main} ends the process, or goes on until it is told to
 * stop.
 */
public final class WorkerCallsTarget implements Target {
  private static final int MOST_FRAMES = 4;
  private static final int MOST_ELEMENTS = 8;
  private static final long PATIENCE_NANOS = 3_000_000;

  private final Path folder = Files.createTempDirectory("fuzz-calls-");
  private final HostileRegion hostile = new HostileRegion();
  private final SharedDirectory directory = SharedDirectory.attach(List.of(folder));
  private final WorkerCodec codec =
      new WorkerCodec(
          TaskSerializer.fory(), CodeLoaders.of(WorkerCallsTarget.class.getClassLoader()), false);
  private final ParentLink link;
  private final TaskOutput[] outputs;
  private final byte[] function;
  private final byte[] callable;
  private final Thread reader = Thread.currentThread();
  private final Thread waker = new Thread(this::wake, "fuzz-waker");
  private volatile long begunAt;
  private volatile boolean closed;

  /** Makes what a worker has, in this process. */
  public WorkerCallsTarget() throws Exception {
    TaskFunction<Integer, Integer> increment = x -> x + 1;
    function = codec.calls().encode(increment);
    callable = codec.calls().encode(new Object[] {increment, 5});
    codec.warmUp();
    try (ServerSocketChannel server = ServerSocketChannel.open()) {
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      SocketChannel channel = SocketChannel.open(server.getLocalAddress());
      link = new ParentLink(new Deaf());
      link.connect(channel, ByteBuffer.allocate(0));
    }
    PrintStream out = System.out;
    PrintStream err = System.err;
    outputs = TaskOutput.install("fuzz");
    System.setOut(out);
    System.setErr(err);
    waker.setDaemon(true);
    waker.start();
  }

  /** The parent has nothing to say here but what is in the ring. */
  private static final class Deaf implements ParentLink.Orders {
    @Override
    public long lease() {
      return 0;
    }

    @Override
    public void parentLost() {}

    @Override
    public void failed(Throwable failure) {}

    @Override
    public void bell() {}

    @Override
    public void interrupt(long sequence) {}

    @Override
    public String threads() {
      return "";
    }

    @Override
    public void vitals() {}

    @Override
    public void profile(int seconds) {}

    @Override
    public void told(ControlMessages.Told told) {}

    @Override
    public void preload(ControlMessages.Preload value) {}

    @Override
    public void forget(String file) {}

    @Override
    public void loaded(ClassAnswer answer) {}

    @Override
    public void release(int loader) {}
  }

  @Override
  public String name() {
    return "call frames";
  }

  /** Each call's payload and the description of its failure. */
  @Override
  public long allocationLimit() {
    return 16 << 20;
  }

  /** A tail that was moved back, or a count without measure, would keep the loop for ever. */
  private void wake() {
    while (!closed) {
      LockSupport.parkNanos(1_000_000);
      long since = begunAt;
      if (since != 0 && System.nanoTime() - since > PATIENCE_NANOS) {
        hostile.breakBothRings();
        LockSupport.unpark(reader);
      }
    }
  }

  @Override
  public void feed(SplittableRandom random, Tally tally) throws IOException {
    hostile.reset();
    Region parent = hostile.side();
    int frames = 1 + random.nextInt(MOST_FRAMES);
    try {
      define(parent, random);
      for (int i = 1; i <= frames; i++) {
        write(parent, i, random);
      }
      parent.calls().claim(0);
      parent.calls().publish(Frames.STOP);
    } catch (WireException e) {
      throw new AssertionError("nothing was damaged yet", e);
    }
    for (int i = random.nextInt(3); i > 0; i--) {
      hostile.damageAsParent(random);
    }
    Region region;
    try {
      region = hostile.side();
    } catch (WireException e) {
      tally.rejected();
      return;
    }
    TaskThread taskThread = new TaskThread(reader);
    TaskLoop loop =
        new TaskLoop(
            region,
            new SegmentReader(directory, "c"),
            SegmentReader.ofMany(directory, "c"),
            codec,
            new ResultPublisher(region, new SegmentWriter(directory, "r", 1 << 20), link),
            taskThread,
            new CallContexts(link, taskThread),
            new WorkerBuffers(directory, "b", "fuzzed"),
            outputs,
            new CpuClock());
    tally.reading();
    begunAt = System.nanoTime();
    try {
      loop.run();
      begunAt = 0;
      tally.accepted();
    } catch (IOException | RuntimeException e) {
      begunAt = 0;
      tally.rejected();
    } finally {
      begunAt = 0;
      Thread.interrupted();
    }
  }

  private void define(Region parent, SplittableRandom random) throws WireException {
    int number = CallCodec.lambdaIn(function);
    byte[] definition = Objects.requireNonNull(LambdaTable.definition(number));
    if (random.nextInt(8) == 0) {
      definition = Mutator.mutate(definition, random);
      number = random.nextInt(3) == 0 ? Mutator.someInt(random) : number;
    }
    int at = parent.calls().claim(Frames.DEFINITION + definition.length);
    parent.buffer().putInt(at, number);
    put(parent, at + Frames.DEFINITION, definition, definition.length);
    parent.calls().publish(random.nextBoolean() ? Frames.DEFINE : Frames.PREPARE);
  }

  private void write(Region parent, long number, SplittableRandom random) throws WireException {
    CallKind kind = CallKind.values()[random.nextInt(CallKind.values().length)];
    int count = 1;
    byte[] payload = callable;
    if (kind == CallKind.CHUNK) {
      count = 1 + random.nextInt(MOST_ELEMENTS);
      PiecesWriter chunk = new PiecesWriter(100);
      chunk.add(function);
      for (int i = 0; i < count; i++) {
        chunk.add(argument(i));
      }
      payload = chunk.toBytes();
    }
    if (random.nextInt(3) == 0) {
      payload = Mutator.mutate(payload, random);
    }
    boolean wrong = random.nextInt(3) == 0;
    int length = Frames.CALL_PAYLOAD + payload.length;
    if (wrong && random.nextInt(4) == 0) {
      length = random.nextInt(40);
    }
    int at = parent.calls().claim(length);
    long sequence = wrong && random.nextInt(4) == 0 ? Mutator.someLong(random) : number;
    int flags = wrong && random.nextInt(3) == 0 ? Mutator.someInt(random) : 0;
    if (wrong && random.nextInt(3) == 0) {
      count = random.nextInt(MOST_ELEMENTS + 3) - 1;
    }
    ByteBuffer header = ByteBuffer.allocate(Frames.CALL_PAYLOAD).order(parent.buffer().order());
    header.putLong(sequence).putInt(flags).putInt(count);
    put(parent, at, header.array(), Math.min(length, Frames.CALL_PAYLOAD));
    int body = Math.min(length - Frames.CALL_PAYLOAD, payload.length);
    if (body > 0) {
      put(parent, at + Frames.CALL_PAYLOAD, payload, body);
    }
    if ((flags & Frames.IN_SEGMENT) != 0 && body >= Frames.REF) {
      Frames.putRef(
          parent.buffer(),
          at + Frames.CALL_PAYLOAD,
          new SegmentRef(random.nextInt(3), Mutator.someInt(random), Mutator.someInt(random)));
    }
    parent.queued(sequence);
    int type = kind.recordType();
    parent.calls().publish(wrong && random.nextInt(8) == 0 ? Mutator.someInt(random) : type);
  }

  private byte[] argument(int i) {
    try {
      return codec.values().encode(i);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static void put(Region parent, int at, byte[] bytes, int length) {
    parent.buffer().put(at, bytes, 0, length);
  }

  @Override
  public void close() throws IOException, InterruptedException {
    closed = true;
    waker.join();
    Files.delete(folder);
  }
}
