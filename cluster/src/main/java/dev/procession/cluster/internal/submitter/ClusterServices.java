package dev.procession.cluster.internal.submitter;

import dev.procession.cluster.internal.code.CodePath;
import dev.procession.cluster.internal.link.ClusterLink;
import dev.procession.cluster.internal.link.Frame;
import dev.procession.cluster.internal.link.PoolOptions;
import dev.procession.internal.parent.ClassFinder;
import dev.procession.internal.parent.PoolConfig;
import dev.procession.internal.parent.PoolServices;
import dev.procession.internal.parent.ResultDecoder;
import dev.procession.internal.parent.SerializerName;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;

/** What the parts of a pool on a cluster share. */
public final class ClusterServices extends PoolServices {
  private final ClusterBackend backend;

  /**
   * Of a pool that is not started yet.
   *
   * @param decoder reads what comes back
   * @param initializer what each worker does before its first task, encoded
   * @param code what the tasks are made of
   * @param link the way to the members
   */
  public ClusterServices(
      PoolConfig config,
      ResultDecoder decoder,
      byte[] initializer,
      CodePath code,
      ClusterLink link) {
    super(config, decoder);
    SerializerName serializer = SerializerName.of(config.serializer(), config.remoteClassLoading());
    Frame.Attach attach =
        new Frame.Attach(
            Frame.VERSION,
            /* number= */ 0, // one each time
            config.name(),
            PoolOptions.of(config),
            serializer.className(),
            serializer.loader(),
            initializer,
            code.files());
    ClassFinder classes = new ClassFinder(decoder.loader(), /* sameMachine= */ false);
    backend = new ClusterBackend(this, link, attach, code, classes);
    decoder.onAttack(backend::attackedBy);
  }

  /**
   * The same, once a member takes its tasks.
   *
   * @throws UncheckedIOException if the cluster cannot be reached, or no member takes it in time
   */
  public ClusterServices started(Duration patience) {
    boolean started = false;
    try {
      backend.start();
      backend.awaitMember(patience);
      started = true;
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException("pool '" + name() + "': " + e.getMessage(), e);
    } finally {
      if (!started) {
        backend.shutdown();
      }
    }
  }

  @Override
  public ClusterBackend backend() {
    return backend;
  }
}
