package dev.procession.internal.view;

import dev.procession.PoolSnapshot;
import dev.procession.internal.wire.ControlMessages;
import dev.procession.internal.wire.Endpoint;
import dev.procession.internal.wire.SharedDirectory;
import dev.procession.observe.PoolIdentity;
import dev.procession.observe.PoolView;
import dev.procession.observe.UnreachablePoolException;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A pool of another process, over its socket. */
public final class RemoteView implements PoolView {
  private final PoolIdentity identity;
  private final SocketChannel channel;
  private final DataOutputStream out; // guarded by this
  private final DataInputStream in; // guarded by this

  private RemoteView(PoolIdentity identity, SocketChannel channel) {
    this.identity = identity;
    this.channel = channel;
    this.out = new DataOutputStream(Channels.newOutputStream(channel));
    this.in = new DataInputStream(Channels.newInputStream(channel));
  }

  /** As {@link PoolView#list}. */
  public static List<PoolIdentity> list() {
    return Beacon.find(SharedDirectory.defaultBases()).stream()
        .map(Beacon::identity)
        .sorted(Comparator.comparing(PoolIdentity::started))
        .toList();
  }

  /** As {@link PoolView#attach}. */
  public static PoolView attach(PoolIdentity pool) {
    Beacon beacon =
        Beacon.find(SharedDirectory.defaultBases()).stream()
            .filter(one -> one.identity().equals(pool))
            .findFirst()
            .orElseThrow(() -> gone(pool, null));
    try {
      SocketChannel channel = Endpoint.connect(pool.address());
      ByteBuffer hello = ControlMessages.observe(beacon.secret());
      while (hello.hasRemaining()) {
        channel.write(hello);
      }
      return new RemoteView(pool, channel);
    } catch (IOException | IllegalArgumentException e) {
      throw gone(pool, e);
    }
  }

  private static UnreachablePoolException gone(PoolIdentity pool, @Nullable Exception cause) {
    return new UnreachablePoolException(
        "pool '" + pool.name() + "' of process " + pool.pid() + " has ended", cause);
  }

  @Override
  public PoolIdentity identity() {
    return identity;
  }

  private synchronized @Nullable Serializable ask(byte question, long argument) {
    ViewProtocol.Answer answer;
    try {
      out.writeByte(question);
      out.writeLong(argument);
      out.flush();
      answer = ViewProtocol.read(in);
    } catch (IOException e) {
      close();
      throw gone(identity, e);
    }
    if (answer.noSuchThing() != null) {
      throw new IllegalArgumentException(answer.noSuchThing());
    }
    if (answer.failure() != null) {
      throw new UnreachablePoolException(answer.failure(), null);
    }
    return answer.value();
  }

  @Override
  public PoolSnapshot snapshot() {
    return (PoolSnapshot) Objects.requireNonNull(ask(ViewProtocol.SNAPSHOT, 0));
  }

  @Override
  public String threads(int worker) {
    return (String) Objects.requireNonNull(ask(ViewProtocol.THREADS, worker));
  }

  @Override
  public boolean cancel(long task) {
    return (Boolean) Objects.requireNonNull(ask(ViewProtocol.CANCEL, task));
  }

  @Override
  public void retire(int worker) {
    var unused = ask(ViewProtocol.RETIRE, worker);
  }

  @Override
  public void kill(int worker) {
    var unused = ask(ViewProtocol.KILL, worker);
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      // It is as good as closed.
    }
  }
}
