package dev.procession.cluster.internal.process;

import dev.procession.internal.wire.Endpoint;
import dev.procession.internal.worker.Signals;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;

/** The other end of an {@link EngineProcess}, in that process. */
public final class EngineChild {
  private final Properties properties;
  private final MessagePipe pipe;

  private EngineChild(Properties properties, MessagePipe pipe) {
    this.properties = properties;
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
    return new EngineChild(properties, pipe);
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
    return Path.of(properties.getProperty(EngineProcess.DIRECTORY, ""));
  }

  /** Ends this process at once, leaving nothing behind: the engine's own threads never end. */
  public void halt(int exitCode) {
    EngineProcess.deleteAll(workDirectory());
    Runtime.getRuntime().halt(exitCode);
  }

  /** The way to who has started it. */
  public MessagePipe pipe() {
    return pipe;
  }
}
