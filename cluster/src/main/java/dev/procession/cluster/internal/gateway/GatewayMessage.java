package dev.procession.cluster.internal.gateway;

import dev.procession.cluster.internal.link.ClusterLink.Peer;
import dev.procession.cluster.internal.link.FrameReader;
import dev.procession.cluster.internal.link.FrameWriter;
import java.io.IOException;
import java.io.InvalidObjectException;

/**
 * What a submitter and its gateway say to each other.
 *
 * @param kind what it is about
 * @param peer whom it concerns; of no meaning for {@link Kind#READY} and {@link Kind#FAILED}
 * @param content a message for that peer or of it, or the text of a failure in UTF-8
 */
record GatewayMessage(Kind kind, Peer peer, byte[] content) {
  /** What a message is about. */
  enum Kind {
    /** Gateway: it is part of the cluster. */
    READY,
    /** Gateway: it is not, and will not be. */
    FAILED,
    /** Gateway: that peer is there. */
    JOINED,
    /** Gateway: it is there no more. */
    LEFT,
    /** Gateway: it says this. */
    RECEIVED,
    /** Gateway: that order is done; or not, as the bytes of its {@link Piece} say in UTF-8. */
    DONE,
    /** Submitter: say this to it. */
    SEND,
    /** Submitter: keep this piece, {@link Piece}. */
    KEEP,
    /** Submitter: let go of a value, {@link Piece} with their number and no bytes. */
    LET_GO
  }

  /**
   * A piece of a value on its way to {@link dev.procession.cluster.internal.link.ClusterMemory}.
   *
   * @param id of the order, for its answer
   * @param piece which one, or how many there are
   */
  record Piece(int id, String value, int piece, byte[] bytes) {
    byte[] toBytes() {
      FrameWriter out = new FrameWriter(bytes.length + ALLOWANCE);
      out.writeInt(id);
      out.writeText(value);
      out.writeInt(piece);
      out.writeRest(bytes);
      return out.toBytes();
    }

    static Piece read(byte[] content) throws IOException {
      FrameReader in = new FrameReader(content, 0);
      return new Piece(in.readInt(), in.readText(), in.readInt(), in.readRest());
    }
  }

  /** For what is beside the bytes, so that these are not copied to make room for them. */
  private static final int ALLOWANCE = 256;

  private static final Kind[] KINDS = Kind.values();
  private static final Peer NOBODY = new Peer("", "", false, false);
  private static final byte[] NOTHING = {};

  static GatewayMessage of(Kind kind, Peer peer) {
    return new GatewayMessage(kind, peer, NOTHING);
  }

  static GatewayMessage of(Kind kind, byte[] content) {
    return new GatewayMessage(kind, NOBODY, content);
  }

  byte[] toBytes() {
    FrameWriter out = new FrameWriter(content.length + ALLOWANCE);
    out.writeByte(kind.ordinal());
    out.writeText(peer.id());
    out.writeText(peer.name());
    out.writeBoolean(peer.member());
    out.writeBoolean(peer.trusted());
    out.writeRest(content);
    return out.toBytes();
  }

  /**
   * Reads a message.
   *
   * @throws IOException if it is malformed
   */
  static GatewayMessage read(byte[] message) throws IOException {
    FrameReader in = new FrameReader(message, 0);
    int kind = in.readByte();
    if (kind < 0 || kind >= KINDS.length) {
      throw new InvalidObjectException("a message of kind " + kind);
    }
    Peer peer = new Peer(in.readText(), in.readText(), in.readBoolean(), in.readBoolean());
    return new GatewayMessage(KINDS[kind], peer, in.readRest());
  }
}
