package dev.procession.cluster.internal;

import dev.procession.AbstractProcessExecutor;
import dev.procession.ProcessPoolExecutor;
import dev.procession.TaskOptions;
import dev.procession.cluster.internal.code.CodePath;
import dev.procession.cluster.internal.code.CodeStore;
import dev.procession.cluster.internal.link.ClusterLink;
import dev.procession.cluster.internal.link.ClusterMemory;
import dev.procession.cluster.internal.link.MemoryNetwork;
import dev.procession.cluster.internal.member.MemberServer;
import dev.procession.cluster.internal.submitter.ClusterServices;
import dev.procession.cluster.internal.submitter.Detaching;
import dev.procession.internal.parent.Pool;
import dev.procession.internal.parent.PoolConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;

/** Members and submitters in one JVM, with a network in memory; the workers are processes. */
final class TestCluster implements AutoCloseable {
  static final long MOST_BYTES = 64 << 20;

  final MemoryNetwork network = new MemoryNetwork();

  /** Of members that are added from then on. */
  Duration keepResults = Duration.ofHours(1);

  /** As well. */
  long mostDetachedBytes = MOST_BYTES;

  private final Map<String, MemberServer> members = new LinkedHashMap<>();

  /** Adds a member. */
  MemberServer member(String name, int workers) {
    MemberServer member;
    try {
      member =
          new MemberServer(
              name,
              workers,
              MOST_BYTES,
              keepResults,
              mostDetachedBytes,
              CodeStore.open(),
              network.link(name, /* member= */ true));
      member.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    members.put(name, member);
    return member;
  }

  /** Adds a submitter. */
  ClusterExecutor submitter(String name) {
    return submitter(ProcessPoolExecutor.builder().name(name));
  }

  ClusterExecutor submitter(ProcessPoolExecutor.Builder builder) {
    return submitter(builder, () -> {});
  }

  /** As above; {@code whenEnded} runs once the pool has ended, by whichever of its ends. */
  ClusterExecutor submitter(ProcessPoolExecutor.Builder builder, Runnable whenEnded) {
    PoolConfig config = ClusterExecutor.config(builder);
    ClusterLink link = network.link(config.name(), /* member= */ false);
    return new ClusterExecutor(config, new ClosingLink(link, whenEnded));
  }

  /** Has everybody see that a member has left, and it that everybody has. */
  void cutOff(String name) {
    network.cutOff(name);
  }

  /** Cuts a member off in such a way that only the others see it. */
  void silence(String name) {
    network.silence(name);
  }

  @Override
  public void close() {
    members.values().forEach(MemberServer::close);
  }

  /** A link that has something done once nobody needs it any more. */
  private record ClosingLink(ClusterLink link, Runnable whenEnded) implements ClusterLink {
    @Override
    public void open(Events events) throws IOException {
      link.open(events);
    }

    @Override
    public void send(Peer peer, byte[] message) throws IOException, InterruptedException {
      link.send(peer, message);
    }

    @Override
    public boolean sendNow(Peer peer, byte[] message) throws IOException {
      return link.sendNow(peer, message);
    }

    @Override
    public ClusterMemory memory() {
      return link.memory();
    }

    @Override
    public void close() {
      link.close();
      whenEnded.run();
    }
  }

  /** Of all submitters here: to pack the class path takes longer than most tests. */
  private static final class Code {
    static final CodePath OF_THE_TESTS = read();

    private static CodePath read() {
      try {
        return CodePath.of(null, CodeStore.open());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  static final class ClusterExecutor extends AbstractProcessExecutor {
    private final Detaching detaching;

    ClusterExecutor(PoolConfig config, ClusterLink link) {
      this(new AtomicReference<>(), config, link);
    }

    private ClusterExecutor(
        AtomicReference<Detaching> detaching, PoolConfig config, ClusterLink link) {
      super(pool(config, link, detaching), TaskOptions.DEFAULT);
      this.detaching = detaching.get();
    }

    Detaching detaching() {
      return detaching;
    }

    static PoolConfig config(ProcessPoolExecutor.Builder builder) {
      return configOf(builder);
    }

    private static Pool pool(
        PoolConfig config, ClusterLink link, AtomicReference<Detaching> detaching) {
      AtomicReference<ClusterServices> made = new AtomicReference<>();
      Pool pool =
          Pool.over(
              config,
              (decoder, initializer) -> {
                made.set(
                    new ClusterServices(config, decoder, initializer, Code.OF_THE_TESTS, link));
                return made.get().started(Duration.ofSeconds(40));
              });
      detaching.set(new Detaching(pool, made.get().backend(), Duration.ofSeconds(30)));
      return pool;
    }
  }
}
