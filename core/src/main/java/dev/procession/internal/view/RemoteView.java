package dev.procession.internal.view;

import dev.procession.PoolSnapshot;
import dev.procession.internal.wire.ControlMessages;
import dev.procession.internal.wire.Endpoint;
import dev.procession.internal.wire.SharedDirectory;
import dev.procession.observe.Activity;
import dev.procession.observe.NameCount;
import dev.procession.observe.PoolIdentity;
import dev.procession.observe.PoolView;
import dev.procession.observe.PrintedLines;
import dev.procession.observe.UnreachablePoolException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InvalidObjectException;
import java.io.Serializable;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedSelectorException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A pool of another process, over its socket. */
public final class RemoteView implements PoolView {
  /** Longer than a worker has for its threads. */
  private static final Duration PATIENCE = Duration.ofSeconds(8);

  private final PoolIdentity identity;
  private final PatientChannel channel; // guarded by this, but for closing it

  private RemoteView(PoolIdentity identity, PatientChannel channel) {
    this.identity = identity;
    this.channel = channel;
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
    return open(pool);
  }

  private static RemoteView open(PoolIdentity pool) {
    Beacon beacon =
        Beacon.find(SharedDirectory.defaultBases()).stream()
            .filter(one -> one.identity().equals(pool))
            .findFirst()
            .orElseThrow(() -> gone(pool, null));
    PatientChannel channel = null;
    try {
      channel = new PatientChannel(Endpoint.connect(pool.address()));
      channel.write(ControlMessages.observe(beacon.secret()), PATIENCE);
      return new RemoteView(pool, channel);
    } catch (IOException | IllegalArgumentException e) {
      if (channel != null) {
        close(channel);
      }
      throw unreachable(pool, e);
    }
  }

  private static UnreachablePoolException gone(PoolIdentity pool, @Nullable Exception cause) {
    return new UnreachablePoolException(named(pool) + " has ended", cause);
  }

  private static String named(PoolIdentity pool) {
    return "pool '" + pool.name() + "' of process " + pool.pid();
  }

  /** Why it cannot be reached: only some of the reasons are that it is gone. */
  private static UnreachablePoolException unreachable(PoolIdentity pool, Exception why) {
    if (why instanceof SocketTimeoutException) {
      return new UnreachablePoolException(
          named(pool) + " does not answer: is its process stopped, or busy?",
          /* silent= */ true,
          why);
    }
    boolean lives = ProcessHandle.of(pool.pid()).map(ProcessHandle::isAlive).orElse(false);
    boolean isOver =
        why instanceof EOFException
            || why instanceof ConnectException
            || why instanceof NoSuchFileException
            || why.getClass() == IOException.class // a broken pipe, a reset
            || !lives;
    return isOver
        ? gone(pool, why)
        : new UnreachablePoolException(
            named(pool) + " cannot be asked: " + why, /* silent= */ true, why);
  }

  @Override
  public PoolIdentity identity() {
    return identity;
  }

  private @Nullable Serializable ask(byte question, long argument) {
    return ask(question, argument, PATIENCE);
  }

  private synchronized @Nullable Serializable ask(byte question, long argument, Duration patience) {
    ViewProtocol.Answer answer;
    try {
      ByteBuffer asked = ByteBuffer.allocate(1 + Long.BYTES).put(question).putLong(argument).flip();
      channel.write(asked, PATIENCE);
      int length = channel.read(Integer.BYTES, patience).getInt();
      if (length < 0 || length > ViewProtocol.LONGEST) {
        throw new InvalidObjectException("an answer of " + length + " bytes");
      }
      answer = ViewProtocol.read(channel.read(length, PATIENCE).array());
    } catch (IOException | ClosedSelectorException | CancelledKeyException e) {
      close(); // an answer that comes too late would be taken for that to the next question
      throw unreachable(identity, e instanceof IOException ? e : new EOFException());
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
  public Activity activity(long from) {
    return (Activity) Objects.requireNonNull(ask(ViewProtocol.ACTIVITY, from));
  }

  @Override
  public PrintedLines output(long from) {
    return (PrintedLines) Objects.requireNonNull(ask(ViewProtocol.OUTPUT, from));
  }

  @Override
  public List<NameCount> counts() {
    List<?> counts = (List<?>) Objects.requireNonNull(ask(ViewProtocol.COUNTS, 0));
    return counts.stream().map(NameCount.class::cast).toList();
  }

  @Override
  public Optional<String> failure(long task) {
    return Optional.ofNullable((String) ask(ViewProtocol.FAILURE, task));
  }

  @Override
  public String profile(int worker, Duration time) {
    long asked = ViewProtocol.profileOf(worker, Math.toIntExact(time.toSeconds()));
    try (RemoteView own = open(identity)) { // or no other question would be answered meanwhile
      return (String)
          Objects.requireNonNull(
              own.ask(ViewProtocol.PROFILE, asked, PATIENCE.plus(time).plus(time)));
    }
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
    close(channel);
  }

  private static void close(PatientChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      // It is as good as closed.
    }
  }
}
