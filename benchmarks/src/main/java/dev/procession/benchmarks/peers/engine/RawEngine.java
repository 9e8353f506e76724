package dev.procession.benchmarks.peers.engine;

import dev.procession.benchmarks.peers.runner.Figures;
import dev.procession.internal.wire.SharedDirectory;
import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.function.LongSupplier;
import org.apache.ignite.Ignite;
import org.apache.ignite.IgniteCompute;
import org.apache.ignite.Ignition;
import org.apache.ignite.configuration.IgniteConfiguration;
import org.apache.ignite.lang.IgniteClosure;
import org.apache.ignite.lang.IgniteFuture;
import org.apache.ignite.logger.NullLogger;
import org.apache.ignite.spi.communication.tcp.TcpCommunicationSpi;
import org.apache.ignite.spi.discovery.tcp.TcpDiscoverySpi;
import org.apache.ignite.spi.discovery.tcp.ipfinder.vm.TcpDiscoveryVmIpFinder;

/**
 * The {@code main}: what the engine's own calls cost, a client's to servers that answer at once.
 * The calls carry as many bytes as ours for {@code () -> k}, there and back, and nothing is run.
 */
public final class RawEngine {
  /** Of a message with one task, and of the one with its result: counted at the link. */
  private static final int BYTES_THERE = 77;

  private static final int BYTES_BACK = 57;

  /** As ours: with the default of 32 KiB bursts stall on loopback. */
  private static final int SOCKET_BYTES = 1 << 20;

  private static final int MOST_SAMPLES = 1_000_000;
  private static final int BATCH = 20_000;

  /** How many calls may be under way: the better of the two counts. */
  private static final int[] WINDOWS = {256, BATCH};

  private static final int FIRST_PORT = 42_000;
  private static final int PORTS = 100;
  private static final String SERVER = "server";
  private static final String READY = "ready ";

  private final IgniteCompute compute;

  private RawEngine(Ignite ignite) {
    compute = ignite.compute(ignite.cluster().forServers());
  }

  /** What a server is asked. */
  private static final class Answer implements IgniteClosure<byte[], byte[]> {
    private static final long serialVersionUID = 1L;

    @Override
    public byte[] apply(byte[] task) {
      return new byte[BYTES_BACK];
    }
  }

  /** Arguments: anything, the measurement, seconds, size; or those of a server it has started. */
  public static void main(String[] args) throws Exception {
    if (args[0].equals(SERVER)) {
      serve(args[1], Path.of(args[2]));
      return;
    }
    long nanos = (long) (Double.parseDouble(args[2]) * 1e9);
    try (SharedDirectory directory =
        SharedDirectory.create(List.of(SharedDirectory.temporaryBase()))) {
      measure(args[1].equals("cluster-tiny"), nanos, directory.first());
    }
    System.exit(0);
  }

  private static void measure(boolean tiny, long nanos, Path directory) throws Exception {
    List<Process> servers = new ArrayList<>();
    try {
      List<String> addresses = new ArrayList<>();
      for (int i = 0; i < (tiny ? 2 : 1); i++) {
        Process server = startServer(String.join(",", addresses), directory.resolve("server-" + i));
        servers.add(server);
        addresses.add(addressOf(server));
      }
      try (Ignite ignite =
          Ignition.start(configuration(true, String.join(",", addresses), directory))) {
        RawEngine engine = new RawEngine(ignite);
        if (tiny) {
          engine.measureRates(nanos);
        } else {
          engine.calls(nanos);
          Figures.putDistribution(engine.calls(nanos), 1e3);
        }
      }
    } finally {
      for (Process server : servers) {
        server.destroyForcibly().waitFor();
      }
    }
  }

  /* ---- What is measured ---- */

  private long[] calls(long nanos) {
    long[] samples = new long[MOST_SAMPLES];
    int count = 0;
    long until = System.nanoTime() + nanos;
    for (long now = System.nanoTime(); now < until && count < MOST_SAMPLES; ) {
      check(compute.apply(new Answer(), new byte[BYTES_THERE]));
      long after = System.nanoTime();
      samples[count++] = after - now;
      now = after;
    }
    return Arrays.copyOf(samples, count);
  }

  private void measureRates(long nanos) {
    double best = 0;
    for (int window : WINDOWS) {
      repeat(nanos, () -> batch(window));
      double rate = repeat(nanos, () -> batch(window));
      Figures.put("with-" + window, rate);
      best = Math.max(best, rate);
    }
    Figures.put("median", best);
  }

  private static double repeat(long nanos, LongSupplier batch) {
    List<Double> rates = new ArrayList<>();
    long until = System.nanoTime() + nanos;
    do {
      rates.add(BATCH / (batch.getAsLong() / 1e9));
    } while (System.nanoTime() < until);
    return Figures.median(rates.stream().mapToDouble(Double::doubleValue).toArray());
  }

  /** Nanoseconds for a batch. */
  private long batch(int window) {
    Deque<IgniteFuture<byte[]>> waiting = new ArrayDeque<>();
    long began = System.nanoTime();
    for (int i = 0; i < BATCH; i++) {
      if (waiting.size() == window) {
        check(waiting.remove().get());
      }
      waiting.add(compute.applyAsync(new Answer(), new byte[BYTES_THERE]));
    }
    waiting.forEach(one -> check(one.get()));
    return System.nanoTime() - began;
  }

  private static void check(byte[] answer) {
    if (answer.length != BYTES_BACK) {
      throw new AssertionError("an answer of " + answer.length + " bytes");
    }
  }

  /* ---- Servers ---- */

  private static Process startServer(String addresses, Path directory) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(System.getProperty("java.home") + File.separator + "bin" + File.separator + "java");
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(RawEngine.class.getName(), SERVER, addresses, directory.toString()));
    return new ProcessBuilder(command)
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start(); // its standard input ends with this process
  }

  private static String addressOf(Process server) throws IOException {
    var lines = server.inputReader();
    String line;
    while ((line = lines.readLine()) != null) {
      if (line.startsWith(READY)) {
        return line.substring(READY.length());
      }
    }
    throw new IOException("a server has ended");
  }

  private static void serve(String addresses, Path directory) throws IOException {
    Ignite ignite = Ignition.start(configuration(false, addresses, directory));
    TcpDiscoverySpi discovery = (TcpDiscoverySpi) ignite.configuration().getDiscoverySpi();
    System.out.println(READY + "127.0.0.1:" + discovery.getLocalPort());
    while (System.in.read() >= 0) {
      // until whoever has started it ends
    }
    Runtime.getRuntime().halt(0);
  }

  private static IgniteConfiguration configuration(
      boolean client, String addresses, Path directory) {
    TcpDiscoveryVmIpFinder finder = new TcpDiscoveryVmIpFinder(/* shared= */ addresses.isEmpty());
    finder.setAddresses(addresses.isEmpty() ? List.of() : List.of(addresses.split(",")));
    TcpDiscoverySpi discovery = new TcpDiscoverySpi();
    discovery.setIpFinder(finder);
    discovery.setLocalPort(FIRST_PORT);
    discovery.setLocalPortRange(PORTS);
    TcpCommunicationSpi communication = new TcpCommunicationSpi();
    communication.setLocalPort(FIRST_PORT + PORTS + 1);
    communication.setLocalPortRange(PORTS);
    communication.setSocketSendBuffer(SOCKET_BYTES);
    communication.setSocketReceiveBuffer(SOCKET_BYTES);
    return new IgniteConfiguration()
        .setClientMode(client)
        .setLocalHost("127.0.0.1")
        .setDiscoverySpi(discovery)
        .setCommunicationSpi(communication)
        .setWorkDirectory(directory.toString())
        .setGridLogger(new NullLogger())
        .setMetricsLogFrequency(0)
        .setClientConnectorConfiguration(null)
        .setConnectorConfiguration(null);
  }
}
