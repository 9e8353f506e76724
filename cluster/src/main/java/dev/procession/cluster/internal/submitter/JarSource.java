package dev.procession.cluster.internal.submitter;

import dev.procession.cluster.internal.link.Frame;
import dev.procession.cluster.internal.link.Outgoing;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A jar in pieces, read as they are sent. For one thread at a time. */
final class JarSource implements Outgoing.Source {
  private static final int PIECE = 256 << 10;

  private final String hash;
  private final Path jar;
  private @Nullable InputStream in;
  private boolean ended;

  JarSource(String hash, Path jar) {
    this.hash = hash;
    this.jar = jar;
  }

  @Override
  public @Nullable Frame next() throws IOException {
    if (ended) {
      return null;
    }
    InputStream open = in;
    if (open == null) {
      open = Files.newInputStream(jar);
      in = open;
    }
    byte[] bytes = open.readNBytes(PIECE);
    if (bytes.length < PIECE) { // the last piece, which may be empty
      ended = true;
      open.close();
    }
    return new Frame.Piece(hash, bytes);
  }
}
