package dev.procession.dashboard;

import com.sun.net.httpserver.HttpServer;
import dev.procession.AbstractProcessExecutor;
import dev.procession.observe.PoolIdentity;
import dev.procession.observe.PoolView;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * A live page about a pool for browsers on this machine: what its workers do and did, how far its
 * tasks are, what failed, memory and times, and buttons to stop what runs away.
 *
 * <p>It listens on the loopback interface only, and answers nobody who does not know the token in
 * {@link #address}, which is as good as a password for the pool: whoever has it may see task names
 * and output, and kill workers. The page loads nothing from anywhere else.
 *
 * <p>Any thread may use it. It goes on to show what it has seen once the pool has ended, until it
 * is closed or the JVM ends; its threads keep no JVM alive.
 *
 * <pre>{@code
 * try (var pool = ProcessPoolExecutor.create(4);
 *     var dashboard = DashboardServer.start(pool)) {
 *   System.out.println(dashboard.address());
 *   work(pool);
 * }
 * }</pre>
 */
public final class DashboardServer implements AutoCloseable {
  private static final int TOKEN_BYTES = 16;
  private static final byte[] LOOPBACK = {127, 0, 0, 1};
  private static final int HIGHEST_PORT = 65_535;
  private static final long PATIENCE_SECONDS = 5;

  private final Recorder recorder;
  private final HttpServer http;
  private final ExecutorService threads;
  private final Requests requests;
  private final URI address;

  private DashboardServer(Supplier<PoolView> views, int port) {
    this.recorder = new Recorder(views.get(), views);
    byte[] secret = new byte[TOKEN_BYTES];
    new SecureRandom().nextBytes(secret);
    String token = HexFormat.of().formatHex(secret);
    try {
      recorder.start();
      InetAddress loopback = InetAddress.getByAddress(LOOPBACK);
      http = HttpServer.create(new InetSocketAddress(loopback, port), 0);
    } catch (IOException | RuntimeException e) {
      recorder.close();
      throw e instanceof BindException bind
          ? new UncheckedIOException(
              "port " + port + " of the loopback interface is taken, or may not be used", bind)
          : e instanceof IOException io ? new UncheckedIOException(io) : (RuntimeException) e;
    }
    String host = "127.0.0.1:" + http.getAddress().getPort();
    this.address = URI.create("http://" + host + "/" + token + "/");
    this.requests = new Requests(recorder, views, token, http.getAddress().getPort());
    this.threads =
        Executors.newCachedThreadPool(
            task -> {
              Thread thread = new Thread(task, "procession-dashboard");
              thread.setDaemon(true);
              return thread;
            });
    http.setExecutor(threads);
    http.createContext("/", requests);
    startAside();
  }

  /** Its thread is a daemon if the one that starts it is. */
  private void startAside() {
    Thread starter = new Thread(http::start, "procession-dashboard-start");
    starter.setDaemon(true);
    starter.start();
    try {
      starter.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // it starts all the same
    }
  }

  /**
   * Shows a pool of this process, on a port that is free.
   *
   * @throws dev.procession.observe.UnreachablePoolException if the pool has ended
   * @throws UncheckedIOException if no port can be had
   */
  public static DashboardServer start(AbstractProcessExecutor pool) {
    return start(pool, 0);
  }

  /**
   * Shows a pool of this process.
   *
   * @param port to listen on, 0 for one that is free
   * @throws IllegalArgumentException if there is no such port
   * @throws dev.procession.observe.UnreachablePoolException if the pool has ended
   * @throws UncheckedIOException if the port is taken
   */
  public static DashboardServer start(AbstractProcessExecutor pool, int port) {
    Objects.requireNonNull(pool, "pool");
    check(port);
    return new DashboardServer(pool::view, port);
  }

  /**
   * Shows a pool of another process of this user, or of this one; see {@link PoolView#list}.
   *
   * @param port to listen on, 0 for one that is free
   * @throws IllegalArgumentException if there is no such port
   * @throws dev.procession.observe.UnreachablePoolException if the pool has ended or does not
   *     answer
   * @throws UncheckedIOException if the port is taken
   */
  public static DashboardServer start(PoolIdentity pool, int port) {
    Objects.requireNonNull(pool, "pool");
    check(port);
    return new DashboardServer(() -> PoolView.attach(pool), port);
  }

  /** Shows what views tell; for tests. */
  static DashboardServer start(Supplier<PoolView> views) {
    return new DashboardServer(views, 0);
  }

  private static void check(int port) {
    if (port < 0 || port > HIGHEST_PORT) {
      throw new IllegalArgumentException("port must be 0 to " + HIGHEST_PORT + ", was " + port);
    }
  }

  /** Where the page is, with the token. */
  public URI address() {
    return address;
  }

  /** Ends the page; the pool goes on. Repeatable. */
  @Override
  public void close() {
    requests.close();
    http.stop(1); // waits so long for answers that are on their way
    recorder.close();
    threads.shutdownNow();
    try {
      boolean unused = threads.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
