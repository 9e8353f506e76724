package dev.procession.cluster.internal.engine;

import dev.procession.cluster.internal.link.ClusterLink.Peer;
import dev.procession.cluster.internal.link.ClusterMemory;
import java.io.IOException;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import javax.cache.CacheException;
import org.apache.ignite.Ignite;
import org.apache.ignite.IgniteCache;
import org.apache.ignite.IgniteException;
import org.apache.ignite.cache.CacheAtomicityMode;
import org.apache.ignite.cache.CacheWriteSynchronizationMode;
import org.apache.ignite.cache.affinity.rendezvous.RendezvousAffinityFunction;
import org.apache.ignite.configuration.CacheConfiguration;
import org.apache.ignite.configuration.DataRegionConfiguration;
import org.apache.ignite.configuration.DataStorageConfiguration;
import org.apache.ignite.failure.FailureContext;
import org.apache.ignite.failure.FailureHandler;
import org.apache.ignite.failure.FailureType;
import org.apache.ignite.failure.StopNodeOrHaltFailureHandler;
import org.apache.ignite.internal.mem.IgniteOutOfMemoryException;
import org.apache.ignite.internal.util.typedef.X;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The engine's cache: one for each submitter that keeps something, divided among the members, each
 * piece at two of them.
 */
final class IgniteMemory implements ClusterMemory {
  private static final Logger LOG = LoggerFactory.getLogger(IgniteMemory.class);
  private static final String CACHE = "procession-values-";
  private static final String REGION = "values";
  private static final long FIRST_BYTES = 16L << 20;

  /** Each takes some pages at a node, for each submitter. */
  private static final int PARTITIONS = 64;

  private final Ignite ignite;

  IgniteMemory(Ignite ignite) {
    this.ignite = ignite;
  }

  /** Where values are: outside the heap, and no more than that. */
  static DataStorageConfiguration storage(long mostBytes) {
    return new DataStorageConfiguration()
        .setDefaultDataRegionConfiguration(
            new DataRegionConfiguration()
                .setName(REGION)
                .setInitialSize(Math.min(FIRST_BYTES, mostBytes))
                .setMaxSize(mostBytes));
  }

  /** That there is no room for a value is its owner's trouble, and not the end of the member. */
  static FailureHandler failureHandler() {
    return new StopNodeOrHaltFailureHandler() {
      @Override
      protected boolean handle(Ignite of, FailureContext failure) {
        boolean isFull =
            failure.type() == FailureType.CRITICAL_ERROR
                && X.hasCause(failure.error(), IgniteOutOfMemoryException.class);
        return !isFull && super.handle(of, failure);
      }
    };
  }

  private static String cacheOf(String owner) {
    return CACHE + owner;
  }

  private static String key(String value, int piece) {
    return value + "/" + piece;
  }

  @Override
  public void keep(String value, int piece, byte[] bytes) throws IOException {
    try {
      ignite.getOrCreateCache(ownCache()).put(key(value, piece), bytes);
    } catch (CacheException | IgniteException | IllegalStateException e) {
      boolean isFull = X.hasCause(e, IgniteOutOfMemoryException.class);
      throw new IOException(
          isFull ? "the nodes' sharedMemory is full" : "the nodes do not keep it: " + e, e);
    }
  }

  private CacheConfiguration<String, byte[]> ownCache() {
    return new CacheConfiguration<String, byte[]>(
            cacheOf(ignite.cluster().localNode().id().toString()))
        .setBackups(1)
        .setAffinity(new RendezvousAffinityFunction(/* exclNeighbors= */ false, PARTITIONS))
        .setAtomicityMode(CacheAtomicityMode.ATOMIC)
        .setWriteSynchronizationMode(CacheWriteSynchronizationMode.FULL_SYNC);
  }

  @Override
  public void letGo(String value, int pieces) {
    Set<String> keys = new HashSet<>();
    for (int i = 0; i < pieces; i++) {
      keys.add(key(value, i));
    }
    try {
      IgniteCache<String, byte[]> cache =
          ignite.cache(cacheOf(ignite.cluster().localNode().id().toString()));
      if (cache != null) {
        cache.removeAll(keys);
      }
    } catch (CacheException | IgniteException | IllegalStateException e) {
      LOG.warn("value {} could not be let go", value, e); // it is with this process's end
    }
  }

  @Override
  public byte @Nullable [] kept(Peer owner, String value, int piece) throws IOException {
    try {
      IgniteCache<String, byte[]> cache = ignite.cache(cacheOf(owner.id()));
      return cache == null ? null : cache.get(key(value, piece));
    } catch (CacheException | IgniteException | IllegalStateException e) {
      throw new IOException("the nodes do not give it: " + e, e);
    }
  }

  /**
   * Forgets what was kept for those that are not there any more; by one member, the oldest. Takes a
   * while.
   */
  void forgetGone() {
    try {
      if (!ignite.cluster().forServers().forOldest().node().isLocal()) {
        return;
      }
      for (String name : ignite.cacheNames()) {
        if (name.startsWith(CACHE) && isGone(name.substring(CACHE.length()))) {
          LOG.debug("forgetting {}", name);
          ignite.destroyCache(name);
        }
      }
    } catch (CacheException | IgniteException | IllegalStateException e) {
      LOG.debug("what was kept is not forgotten yet", e); // whoever leaves next has it tried again
    }
  }

  private boolean isGone(String owner) {
    try {
      return ignite.cluster().node(UUID.fromString(owner)) == null;
    } catch (IllegalArgumentException e) {
      return true; // nobody has such a name
    }
  }
}
