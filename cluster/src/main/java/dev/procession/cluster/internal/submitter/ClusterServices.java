package dev.procession.cluster.internal.submitter;

import dev.procession.cluster.internal.link.ClusterLink;
import dev.procession.cluster.internal.link.Frame;
import dev.procession.cluster.internal.link.PoolOptions;
import dev.procession.internal.parent.PoolConfig;
import dev.procession.internal.parent.PoolServices;
import dev.procession.internal.parent.ResultDecoder;

/** What the parts of a pool on a cluster share. */
public final class ClusterServices extends PoolServices {
  private final ClusterBackend backend;

  /**
   * Of a pool that is not started yet.
   *
   * @param decoder reads what comes back
   * @param initializer what each worker does before its first task, encoded
   * @param link the way to the members
   */
  public ClusterServices(
      PoolConfig config, ResultDecoder decoder, byte[] initializer, ClusterLink link) {
    super(config, decoder);
    Frame.Attach attach =
        new Frame.Attach(
            Frame.VERSION,
            config.name(),
            PoolOptions.of(config),
            config.serializer().getClass().getName(),
            initializer);
    backend = new ClusterBackend(this, link, attach);
  }

  @Override
  public ClusterBackend backend() {
    return backend;
  }
}
