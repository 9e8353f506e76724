package dev.procession.cluster.internal.link;

import dev.procession.cluster.internal.link.ClusterLink.Peer;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Memory of the whole cluster, in which a submitter keeps values for all members: pieces that it
 * puts there once, however many members there are. What a peer keeps is gone when it leaves.
 *
 * <p>Any thread may call it; all of it waits for other processes.
 */
public interface ClusterMemory {
  /** Every piece of a value is so long, but the last. */
  int PIECE_BYTES = 1 << 20;

  /** Keeps nothing. */
  ClusterMemory NONE =
      new ClusterMemory() {
        @Override
        public void keep(String value, int piece, byte[] bytes) throws IOException {
          throw new IOException("nothing can be kept here");
        }

        @Override
        public void letGo(String value, int pieces) {}

        @Override
        public byte @Nullable [] kept(Peer owner, String value, int piece) {
          return null;
        }
      };

  /**
   * Keeps a piece of a value of this peer's.
   *
   * @throws IOException if there is no room, or no member
   */
  void keep(String value, int piece, byte[] bytes) throws IOException, InterruptedException;

  /** Lets go of a value of this peer's; it has when this returns, if it can. */
  void letGo(String value, int pieces);

  /**
   * A piece that a peer keeps.
   *
   * @return null if it does not, or those that had it are lost
   * @throws IOException if it cannot be asked for
   */
  byte @Nullable [] kept(Peer owner, String value, int piece) throws IOException;
}
