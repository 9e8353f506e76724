package dev.procession.internal.parent;

import dev.procession.internal.view.Beacon;
import dev.procession.internal.view.ThisJvm;
import dev.procession.internal.view.ViewAnswers;
import dev.procession.internal.view.ViewProtocol;
import dev.procession.observe.PoolIdentity;
import dev.procession.observe.PoolView;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.SequenceInputStream;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Has a pool be looked at by other processes of its user: a thread for each that looks. */
final class ViewServer {
  private static final Logger LOG = LoggerFactory.getLogger(ViewServer.class);

  private final LocalServices pool;
  private final PoolIdentity identity;
  private volatile byte @Nullable [] secret; // of who may look, once it is announced
  private final Set<SocketChannel> observers = ConcurrentHashMap.newKeySet();
  private volatile boolean ended;

  ViewServer(LocalServices pool, String address) {
    this.pool = pool;
    this.identity = ThisJvm.identity(pool.name(), address);
  }

  /** The pool as it is seen from this process. */
  PoolView view() {
    return new LocalView(pool, identity);
  }

  /** From now on it can be found in that directory; takes a while, repeatable. */
  synchronized void announce(Path directory) {
    if (ended || secret != null) {
      return;
    }
    byte[] made = new byte[ViewProtocol.SECRET_BYTES];
    new SecureRandom().nextBytes(made);
    secret = made;
    try {
      new Beacon(identity, made.clone()).write(directory);
    } catch (IOException e) {
      LOG.warn("[{}] the pool cannot be observed by other processes: {}", pool.name(), e);
    }
  }

  /** Whether who says so may look. */
  boolean isKnown(byte[] claimed) {
    byte[] known = secret;
    return known != null && MessageDigest.isEqual(known, claimed);
  }

  /**
   * Answers an observer's questions on a thread of its own until it has enough.
   *
   * @param rest what has come behind its secret
   */
  void serve(SocketChannel channel, byte[] rest) {
    observers.add(channel);
    if (ended) {
      close(channel);
      return;
    }
    try {
      new PoolThreads(pool.name(), "observer").newThread(() -> answerAll(channel, rest)).start();
    } catch (Error e) { // no thread can be had
      LOG.warn("[{}] an observer is turned away", pool.name(), e);
      close(channel);
    }
  }

  private void answerAll(SocketChannel channel, byte[] rest) {
    try (PoolView view = view()) {
      channel.configureBlocking(true);
      DataInputStream in =
          new DataInputStream(
              new SequenceInputStream(
                  new ByteArrayInputStream(rest), Channels.newInputStream(channel)));
      DataOutputStream out = new DataOutputStream(Channels.newOutputStream(channel));
      while (!ended) {
        byte question = in.readByte();
        ViewProtocol.write(out, ViewAnswers.answer(view, question, in.readLong()));
      }
    } catch (IOException e) {
      // It looks no more.
    } finally {
      close(channel);
    }
  }

  private void close(SocketChannel channel) {
    observers.remove(channel);
    try {
      channel.close();
    } catch (IOException e) {
      LOG.debug("[{}] closing an observer's channel", pool.name(), e);
    }
  }

  /** The pool has ended: nobody looks any more. */
  synchronized void end() {
    ended = true;
    observers.forEach(this::close);
  }
}
