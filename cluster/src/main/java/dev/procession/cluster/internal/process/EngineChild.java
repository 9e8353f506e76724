package dev.procession.cluster.internal.process;

import dev.procession.internal.wire.Endpoint;
import dev.procession.internal.wire.SharedDirectory;
import dev.procession.internal.worker.Signals;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;

/** The other end of an {@link EngineProcess}, in that process. */
public final class EngineChild {
  /** Of a process that dies the system closes one descriptor after another. */
  private static final Duration STARTER_DIES_IN = Duration.ofMillis(500);

  private final Properties properties;
  private final SharedDirectory directory;
  private final MessagePipe pipe;

  private EngineChild(Properties properties, SharedDirectory directory, MessagePipe pipe) {
    this.properties = properties;
    this.directory = directory;
    this.pipe = pipe;
  }

  /**
   * Reads what the process was started with, and connects.
   *
   * @param launch the file that it was given; deleted
   */
  public static EngineChild connect(Path launch) throws IOException {
    Signals.leaveInterruptsToParent();
    Properties properties = new Properties();
    try (InputStream in = Files.newInputStream(launch)) {
      properties.load(in);
    }
    Files.delete(launch);
    SocketChannel channel = Endpoint.connect(required(properties, EngineProcess.ADDRESS));
    ByteBuffer secret =
        StandardCharsets.US_ASCII.encode(required(properties, EngineProcess.SECRET));
    while (secret.hasRemaining()) {
      int unused = channel.write(secret);
    }
    Path file = Path.of(required(properties, EngineProcess.FILE));
    MessagePipe pipe = MessagePipe.second(file, channel);
    Files.delete(file); // both sides have it
    List<Path> paths =
        Stream.of(required(properties, EngineProcess.DIRECTORIES).split(File.pathSeparator))
            .map(Path::of)
            .toList();
    return new EngineChild(properties, SharedDirectory.attach(paths), pipe);
  }

  private static String required(Properties properties, String name) throws IOException {
    String value = properties.getProperty(name);
    if (value == null) {
      throw new IOException("no " + name + " in the launch file");
    }
    return value;
  }

  /** What it was started with. */
  public Properties properties() {
    return properties;
  }

  /** Where the engine may write. */
  public Path workDirectory() {
    return EngineProcess.workDirectory(directory);
  }

  /**
   * Ends this process at once: the engine's own threads never end. What lies on disk is deleted by
   * who has started it, and here if that one was killed.
   */
  public void halt(int exitCode) {
    if (!pipe.isClosedByOther()) {
      var unused = directory.deleteIfAbandoned(STARTER_DIES_IN);
    }
    Runtime.getRuntime().halt(exitCode);
  }

  /** The way to who has started it. */
  public MessagePipe pipe() {
    return pipe;
  }
}
