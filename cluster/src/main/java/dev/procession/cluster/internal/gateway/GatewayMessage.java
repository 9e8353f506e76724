package dev.procession.cluster.internal.gateway;

import dev.procession.cluster.internal.link.ClusterLink.Peer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InvalidObjectException;
import java.io.UncheckedIOException;

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
      ByteArrayOutputStream all = new ByteArrayOutputStream(bytes.length + 128);
      try (DataOutputStream out = new DataOutputStream(all)) {
        out.writeInt(id);
        out.writeUTF(value);
        out.writeInt(piece);
        out.write(bytes);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return all.toByteArray();
    }

    static Piece read(byte[] content) throws IOException {
      DataInputStream in = new DataInputStream(new ByteArrayInputStream(content));
      return new Piece(in.readInt(), in.readUTF(), in.readInt(), in.readAllBytes());
    }
  }

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
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(content.length + 128);
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(kind.ordinal());
      out.writeUTF(peer.id());
      out.writeUTF(peer.name());
      out.writeBoolean(peer.member());
      out.writeBoolean(peer.trusted());
      out.write(content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /**
   * Reads a message.
   *
   * @throws IOException if it is malformed
   */
  static GatewayMessage read(byte[] message) throws IOException {
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(message));
    int kind = in.readByte();
    if (kind < 0 || kind >= KINDS.length) {
      throw new InvalidObjectException("a message of kind " + kind);
    }
    Peer peer = new Peer(in.readUTF(), in.readUTF(), in.readBoolean(), in.readBoolean());
    return new GatewayMessage(KINDS[kind], peer, in.readAllBytes());
  }
}
