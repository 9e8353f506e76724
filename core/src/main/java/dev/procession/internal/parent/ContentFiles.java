package dev.procession.internal.parent;

import dev.procession.internal.wire.SharedDirectory;
import dev.procession.internal.wire.SharedFile;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Files that workers read, one for each content, however many ask for it and under whatever name. A
 * file stays until every loader whose content it is was released. Safe for use by several threads.
 */
final class ContentFiles {
  private final SharedDirectory directory;

  // Guarded by this.
  private final Map<String, Content> byDigest = new HashMap<>();
  private int last;

  private record Content(Path file, Set<Integer> loaders) {}

  ContentFiles(SharedDirectory directory) {
    this.directory = directory;
  }

  /**
   * The file with these bytes.
   *
   * @param loader number of the loader whose content they are
   */
  synchronized Path of(byte[] bytes, int loader) throws IOException {
    String digest = Sha256.name(bytes);
    Content known = byDigest.get(digest);
    if (known == null) {
      Path file = directory.make("content-" + ++last, path -> SharedFile.write(path, bytes));
      known = new Content(file, new HashSet<>());
      byDigest.put(digest, known);
    }
    known.loaders.add(loader);
    return known.file;
  }

  /** That loader is in use no more. */
  synchronized void release(int loader) {
    byDigest
        .values()
        .removeIf(
            content -> {
              boolean unused = content.loaders.remove(loader) && content.loaders.isEmpty();
              return unused && deleted(content.file.toFile());
            });
  }

  private static boolean deleted(File file) {
    return file.delete() || !file.exists();
  }
}
