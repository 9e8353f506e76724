package dev.procession.cluster.internal.member;

import dev.procession.cluster.internal.code.CodeFile;
import dev.procession.cluster.internal.code.CodeStore;
import dev.procession.cluster.internal.link.Frame;
import dev.procession.internal.parent.ExtractedJars;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A submitter that has come, until all jars of its class path are here. For one thread. */
final class Arrival {
  private final Frame.Attach attach;
  private final CodeStore store;
  private final Map<String, CodeStore.Incoming> incoming = new LinkedHashMap<>();

  Arrival(Frame.Attach attach, CodeStore store) throws IOException {
    this.attach = attach;
    this.store = store;
    for (CodeFile file : attach.code()) {
      if (store.find(file) == null && !incoming.containsKey(file.hash())) {
        incoming.put(file.hash(), store.incoming(file));
      }
    }
  }

  Frame.Attach attach() {
    return attach;
  }

  boolean isComplete() {
    return incoming.isEmpty();
  }

  /** Hashes of the jars that are not here. */
  List<String> missing() {
    return List.copyOf(incoming.keySet());
  }

  /** Takes the next piece of one. */
  void add(Frame.Piece piece) throws IOException {
    CodeStore.Incoming jar = incoming.get(piece.hash());
    if (jar == null) {
      if (piece.bytes().length > 0) {
        throw new IOException("a piece of a jar that nobody asked for");
      }
    } else if (jar.add(piece.bytes())) {
      incoming.remove(piece.hash());
    }
  }

  /** The jars, once they are all here, and this module, which every member has. */
  List<Path> classPath() throws IOException {
    List<Path> path = new ArrayList<>();
    for (CodeFile file : attach.code()) {
      @Nullable Path jar = store.find(file);
      if (jar == null) {
        throw new IOException("'" + file.name() + "' is not in the store any more");
      }
      path.add(jar);
    }
    // Classes that submit tasks name those of this module.
    Path own = ExtractedJars.of(Arrival.class.getName(), Arrival.class.getClassLoader());
    if (own != null) {
      path.add(own);
    }
    return path;
  }

  /** The submitter is gone, or refused. */
  void discard() {
    for (CodeStore.Incoming jar : incoming.values()) {
      jar.discard();
    }
  }
}
