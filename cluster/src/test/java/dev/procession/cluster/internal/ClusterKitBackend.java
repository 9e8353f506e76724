package dev.procession.cluster.internal;

import dev.procession.AbstractProcessExecutor;
import dev.procession.ProcessPoolExecutor;
import dev.procession.kit.Ability;
import dev.procession.kit.KitBackend;
import java.util.EnumSet;
import java.util.Set;

/**
 * Has the kit's pools run on a cluster of their own: one member for a single worker, two that share
 * more, in this JVM and with a network in memory.
 */
public final class ClusterKitBackend implements KitBackend {
  @Override
  public AbstractProcessExecutor build(ProcessPoolExecutor.Builder options, int workers) {
    TestCluster cluster = new TestCluster();
    try {
      cluster.member("a", workers - workers / 2);
      if (workers > 1) {
        cluster.member("b", workers / 2);
      }
      return cluster.submitter(options, cluster::close);
    } catch (RuntimeException | Error e) {
      cluster.close();
      throw e;
    }
  }

  @Override
  public Set<Ability> abilities() {
    return EnumSet.allOf(Ability.class);
  }
}
