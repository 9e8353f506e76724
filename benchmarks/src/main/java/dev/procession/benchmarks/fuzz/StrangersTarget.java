package dev.procession.benchmarks.fuzz;

import com.sun.management.ThreadMXBean;
import dev.procession.PoolState;
import dev.procession.ProcessPoolExecutor;
import dev.procession.internal.view.ViewProtocol;
import dev.procession.internal.wire.ControlMessages;
import dev.procession.internal.wire.LaunchConfig;
import dev.procession.internal.wire.RegionLayout;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;

/** A pool's supervisor listens to somebody who is not the worker it says it is. */
final class StrangersTarget implements Target {
  private static final String POOL = "fuzzed-by-strangers";
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private final ProcessPoolExecutor pool = ProcessPoolExecutor.builder().name(POOL).build();
  private final Path socket;
  private final long supervisor;

  StrangersTarget() throws IOException {
    socket = socket();
    supervisor =
        Thread.getAllStackTraces().keySet().stream()
            .filter(thread -> thread.getName().contains(POOL + "-supervisor"))
            .findFirst()
            .orElseThrow()
            .getId();
  }

  private static Path socket() throws IOException {
    Path base = Files.isDirectory(Path.of("/dev/shm")) ? Path.of("/dev/shm") : tmp();
    String made = "procession-" + ProcessHandle.current().pid() + "-*";
    try (DirectoryStream<Path> directories = Files.newDirectoryStream(base, made)) {
      for (Path directory : directories) {
        if (Files.exists(directory.resolve("s"))) {
          return directory.resolve("s");
        }
      }
    }
    throw new IOException("the pool listens nowhere in " + base);
  }

  private static Path tmp() {
    return Path.of(System.getProperty("java.io.tmpdir"));
  }

  @Override
  public String name() {
    return "strangers";
  }

  @Override
  public long allocationLimit() {
    return 256 << 10;
  }

  @Override
  public void feed(SplittableRandom random, Tally tally) throws IOException {
    byte[] bytes = Mutator.mutate(introduction(random), random);
    boolean waits = isTurnedAwayAtOnce(bytes);
    long before = THREADS.getThreadAllocatedBytes(supervisor);
    tally.reading();
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      ByteBuffer out = ByteBuffer.wrap(bytes);
      while (out.hasRemaining()) {
        channel.write(out);
      }
      if (waits && channel.read(ByteBuffer.allocate(1)) > 0) {
        throw new AssertionError("a stranger was answered");
      }
      tally.accepted();
    } catch (IOException e) {
      tally.rejected(); // closed while it still wrote
    }
    long allocated = THREADS.getThreadAllocatedBytes(supervisor) - before;
    if (allocated > allocationLimit()) { // or the JVM counted a buffer twice that was just full
      allocated = THREADS.getThreadAllocatedBytes(supervisor) - before;
    }
    if (allocated > allocationLimit()) {
      throw new AssertionError("the supervisor allocated " + allocated + " bytes");
    }
    if (pool.snapshot().state() != PoolState.RUNNING) {
      throw new AssertionError("the pool is " + pool.snapshot());
    }
  }

  private static byte[] introduction(SplittableRandom random) {
    return switch (random.nextInt(4)) {
      case 0 -> new byte[random.nextInt(5_000)];
      case 1 -> ControlMessages.observe(new byte[ViewProtocol.SECRET_BYTES]).array();
      default ->
          ControlMessages.hello(
                  new ControlMessages.Hello(
                      RegionLayout.VERSION,
                      random.nextInt(3),
                      random.nextInt(),
                      new byte[LaunchConfig.SECRET_BYTES]))
              .array();
    };
  }

  /** Whether it is wrong already; of what is not, the supervisor waits for the rest. */
  private static boolean isTurnedAwayAtOnce(byte[] bytes) {
    if (bytes.length == 0 || bytes[0] == ControlMessages.HELLO) {
      return false;
    }
    return bytes[0] != ControlMessages.OBSERVE || bytes.length > ViewProtocol.SECRET_BYTES;
  }

  @Override
  public void close() {
    pool.close();
  }
}
