package dev.procession.cluster.internal.member;

import dev.procession.cluster.internal.code.CodeStore;
import dev.procession.cluster.internal.engine.EngineConfig;
import dev.procession.cluster.internal.engine.IgniteLink;
import dev.procession.cluster.internal.process.EngineChild;
import dev.procession.cluster.internal.process.MessagePipe;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/** The process of a member: the engine's server node, and the pools of those that submit. */
public final class NodeMain {
  /** Of {@link EngineConfig}'s properties, how many tasks it runs at a time. */
  public static final String WORKERS = "workers";

  /** Of {@link EngineConfig}'s properties, the longest payload of a task that it takes. */
  public static final String MOST_BYTES = "mostBytes";

  /** Of {@link EngineConfig}'s properties, how long it keeps what becomes of detached tasks. */
  public static final String KEEP_RESULTS = "keepResults";

  /** It is part of the cluster. */
  public static final String READY = "ready";

  /** It is not; what follows says why. */
  public static final String FAILED = "failed ";

  /** To it: finish what runs, take nothing new. */
  public static final String DRAIN = "drain";

  /** It takes nothing new. */
  public static final String DRAINING = "draining";

  /** It has nothing left. */
  public static final String DRAINED = "drained";

  /** Of the heap: what detached tasks and their outcomes may have. */
  private static final int PART_FOR_DETACHED = 4;

  private static final int FAILURE = 1;

  private static final long LOOK_MILLIS = 50;

  private NodeMain() {}

  /**
   * Runs until whoever has started it is gone or tells it to end.
   *
   * @param args the launch file
   */
  public static void main(String[] args) throws IOException {
    EngineChild child = EngineChild.connect(Path.of(args[0]));
    MessagePipe pipe = child.pipe();
    EngineConfig config = EngineConfig.read(child.properties());
    int workers = Integer.parseInt(child.properties().getProperty(WORKERS, "1"));
    MemberServer server =
        new MemberServer(
            config.name(),
            workers,
            Long.parseLong(child.properties().getProperty(MOST_BYTES, "0")),
            Duration.parse(child.properties().getProperty(KEEP_RESULTS, "PT0S")),
            Runtime.getRuntime().maxMemory() / PART_FOR_DETACHED,
            CodeStore.open(child.workDirectory()),
            new IgniteLink(config, child.workDirectory()));
    CountDownLatch open = new CountDownLatch(1);
    Thread opener = new Thread(() -> open(server, child, open), "procession-node-open");
    opener.setDaemon(true);
    opener.start();
    try {
      byte[] message;
      while ((message = pipe.receive()) != null) { // also while it is still looking for others
        if (new String(message, StandardCharsets.UTF_8).equals(DRAIN)) {
          server.drain();
        }
      }
      if (open.getCount() == 0) {
        server.close();
      }
    } finally {
      child.halt(0);
    }
  }

  private static void open(MemberServer server, EngineChild child, CountDownLatch open) {
    MessagePipe pipe = child.pipe();
    try {
      try {
        server.start();
      } catch (IOException | RuntimeException | Error e) {
        say(pipe, FAILED + e.getMessage());
        return;
      }
      open.countDown();
      say(pipe, READY);
      watch(server, pipe);
      endIfBroken(server, child);
    } catch (IOException e) {
      child.halt(FAILURE); // nobody is there any more
    }
  }

  /** Says when it begins to drain, whoever has told it to, and when it has. */
  private static void watch(MemberServer server, MessagePipe pipe) {
    Thread watch =
        new Thread(
            () -> {
              try {
                while (!server.isDraining()) {
                  Thread.sleep(LOOK_MILLIS);
                }
                say(pipe, DRAINING);
                while (!server.isDrained()) {
                  Thread.sleep(LOOK_MILLIS);
                }
                say(pipe, DRAINED);
              } catch (InterruptedException | IOException e) {
                Thread.currentThread().interrupt();
              }
            },
            "procession-drain");
    watch.setDaemon(true);
    watch.start();
  }

  /** Whoever has started it sees that, and what was printed. */
  private static void endIfBroken(MemberServer server, EngineChild child) {
    try {
      while (server.brokenBy() == null) {
        Thread.sleep(LOOK_MILLIS);
      }
      child.halt(FAILURE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void say(MessagePipe pipe, String text) throws IOException {
    pipe.send(text.getBytes(StandardCharsets.UTF_8));
  }
}
