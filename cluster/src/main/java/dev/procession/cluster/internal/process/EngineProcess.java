package dev.procession.cluster.internal.process;

import dev.procession.internal.parent.LaunchCommand;
import dev.procession.internal.wire.Endpoint;
import dev.procession.internal.wire.SharedDirectory;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * A JVM beside this one in which the engine runs, with the flags that it wants; it ends when this
 * JVM does. Started and closed by one thread; the pipe is for any.
 */
public final class EngineProcess implements Closeable {
  /** What Apache Ignite needs to reach on JDK 17 and 25. */
  static final List<String> OPENED =
      List.of(
          "--add-opens=java.base/java.nio=ALL-UNNAMED",
          "--add-opens=java.base/java.util=ALL-UNNAMED",
          "--add-opens=java.base/java.lang=ALL-UNNAMED",
          "--add-opens=java.base/java.lang.invoke=ALL-UNNAMED",
          "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED");

  private static final int SECRET_BYTES = 32;
  private static final long CONNECT_NANOS = 60_000_000_000L;
  private static final long NAP_NANOS = 2_000_000;
  private static final long EXIT_MILLIS = 3_000;
  private static final int TAIL_LINES = 20;

  static final String DIRECTORIES = "directories";
  static final String ADDRESS = "pipe.address";
  static final String FILE = "pipe.file";
  static final String SECRET = "pipe.secret";

  private final Process process;
  private final MessagePipe pipe;
  private final SharedDirectory directory;
  private final Tail tail;

  private EngineProcess(Process process, MessagePipe pipe, SharedDirectory directory, Tail tail) {
    this.process = process;
    this.pipe = pipe;
    this.directory = directory;
    this.tail = tail;
  }

  /** The first and the last lines that the process has printed. */
  private static final class Tail implements Runnable {
    private final Process process;
    private final List<String> first = new ArrayList<>(); // guarded by this
    private final Deque<String> lines = new ArrayDeque<>(); // guarded by this
    private final Consumer<String> listener;
    private boolean cut; // guarded by this

    Tail(Process process, Consumer<String> listener) {
      this.process = process;
      this.listener = listener;
    }

    @Override
    public void run() {
      try (BufferedReader in =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
        String line;
        while ((line = in.readLine()) != null) {
          add(line);
          listener.accept(line);
        }
      } catch (IOException e) {
        add("(" + e + ")");
      }
    }

    private synchronized void add(String line) {
      if (first.size() < TAIL_LINES) {
        first.add(line);
        return;
      }
      lines.addLast(line);
      if (lines.size() > TAIL_LINES) {
        lines.removeFirst();
        cut = true;
      }
    }

    synchronized String text() {
      List<String> all = new ArrayList<>(first);
      if (cut) {
        all.add("...");
      }
      all.addAll(lines);
      return all.isEmpty() ? "" : "; it printed:\n  | " + String.join("\n  | ", all);
    }
  }

  /**
   * Starts it.
   *
   * @param main the class to run; it is given a file with the properties
   * @param properties are passed on
   * @param jvmArgs further options of its JVM
   * @param printed is told each line that it prints
   * @throws IOException if it cannot be started, with what it said
   */
  public static EngineProcess start(
      Class<?> main, Properties properties, List<String> jvmArgs, Consumer<String> printed)
      throws IOException {
    SharedDirectory directory = SharedDirectory.create(SharedDirectory.defaultBases());
    boolean started = false;
    try (ServerSocketChannel server = Endpoint.listen(directory)) {
      String secret = secret();
      ByteBuffer memory = directory.make("pipe", MessagePipe::create);
      Properties all = new Properties();
      all.putAll(properties);
      all.setProperty(ADDRESS, Endpoint.address(server));
      all.setProperty(FILE, String.valueOf(directory.find("pipe")));
      all.setProperty(SECRET, secret);
      all.setProperty(DIRECTORIES, LaunchCommand.path(directory.paths()));
      Files.createDirectory(workDirectory(directory));
      Path launch = directory.make("launch", file -> stored(all, file));
      ProcessBuilder builder = new ProcessBuilder(command(main, launch, jvmArgs, directory));
      LaunchCommand.leaveOutOptionsOfThisJvm(builder);
      Process process = builder.redirectErrorStream(true).start();
      Tail tail = new Tail(process, printed);
      Thread reader = new Thread(tail, "procession-engine-output");
      reader.setDaemon(true);
      reader.start();
      try {
        MessagePipe pipe = MessagePipe.first(memory, accept(server, secret, process, tail));
        started = true;
        return new EngineProcess(process, pipe, directory, tail);
      } finally {
        if (!started) {
          awaitKilled(process);
        }
      }
    } finally {
      if (!started) {
        directory.close();
      }
    }
  }

  /** It makes no file any more in the directory that is about to be deleted. */
  private static void awaitKilled(Process process) {
    try {
      boolean unused = process.destroyForcibly().waitFor(EXIT_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** What an engine writes does not belong into memory. */
  private static Path onDisk(SharedDirectory directory) {
    List<Path> paths = directory.paths();
    return paths.get(paths.size() - 1);
  }

  /** Where it may write; of its side or of this one. */
  static Path workDirectory(SharedDirectory directory) {
    return onDisk(directory).resolve("work");
  }

  private static Path stored(Properties properties, Path file) throws IOException {
    try (OutputStream out = Files.newOutputStream(file)) {
      properties.store(out, null);
    }
    return file;
  }

  private static List<String> command(
      Class<?> main, Path launch, List<String> jvmArgs, SharedDirectory directory)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(LaunchCommand.java(Path.of(System.getProperty("java.home"))).toString());
    command.addAll(OPENED);
    if (Runtime.version().feature() >= LaunchCommand.QUIET_UNSAFE_SINCE) {
      command.add(LaunchCommand.QUIET_UNSAFE);
    }
    command.add("-XX:+UseSerialGC");
    command.add("-XX:-UsePerfData");
    command.add("-Djava.net.preferIPv4Stack=true");
    command.add("-DIGNITE_QUIET=false");
    command.add("-DIGNITE_NO_ASCII=true");
    command.add("-DIGNITE_UPDATE_NOTIFIER=false");
    command.add("-DIGNITE_PERFORMANCE_SUGGESTIONS_DISABLED=true");
    command.add("-Dorg.slf4j.simpleLogger.showDateTime=true");
    command.add("-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS");
    command.add("-Dorg.slf4j.simpleLogger.showThreadName=false");
    command.add("-Dorg.slf4j.simpleLogger.showShortLogName=true");
    command.addAll(jvmArgs);
    command.add("-cp");
    command.add(LaunchCommand.path(EngineJars.classPath(onDisk(directory))));
    command.add(main.getName());
    command.add(launch.toString());
    return command;
  }

  private static String secret() {
    byte[] bytes = new byte[SECRET_BYTES];
    new SecureRandom().nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  private static SocketChannel accept(
      ServerSocketChannel server, String secret, Process process, Tail tail) throws IOException {
    long until = System.nanoTime() + CONNECT_NANOS;
    while (System.nanoTime() - until < 0) {
      SocketChannel channel = server.accept();
      if (channel != null) {
        channel.configureBlocking(true);
        ByteBuffer said = ByteBuffer.allocate(secret.length());
        while (said.hasRemaining() && channel.read(said) >= 0) {
          // the rest of it
        }
        byte[] wanted = secret.getBytes(StandardCharsets.US_ASCII);
        if (MessageDigest.isEqual(wanted, said.array())) {
          return channel;
        }
        channel.close();
      } else if (!process.isAlive()) {
        throw new IOException(
            "the process of the cluster's engine ended with exit code "
                + process.exitValue()
                + tail.text());
      }
      LockSupport.parkNanos(NAP_NANOS);
    }
    throw new IOException("the process of the cluster's engine did not connect" + tail.text());
  }

  /** The way to it. */
  public MessagePipe pipe() {
    return pipe;
  }

  /** Its process id. */
  public long pid() {
    return process.pid();
  }

  /** What it printed last, as the end of a message. */
  public String printed() {
    return tail.text();
  }

  /** Kills it, without waiting. */
  public void kill() {
    process.destroyForcibly();
  }

  /** Has it end, and waits for that. */
  @Override
  public void close() {
    try {
      pipe.close();
      if (!process.waitFor(EXIT_MILLIS, TimeUnit.MILLISECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (IOException e) {
      awaitKilled(process);
    } catch (InterruptedException e) {
      awaitKilled(process);
      Thread.currentThread().interrupt();
    } finally {
      directory.close();
    }
  }
}
