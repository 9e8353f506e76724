package dev.procession.examples.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * What the demo finds out about one class file; the result that crosses back from a worker.
 *
 * @param module the module it belongs to
 * @param bytes its size
 * @param methods how many methods it declares, see {@link ClassFile#countMethods}
 * @param sha256 the digest of its content
 */
record ClassFacts(String module, long bytes, int methods, byte[] sha256) {

  /** Reads one file of the module image: the demo's task, which runs in a worker. */
  static ClassFacts read(String file) throws IOException {
    Path path = ModuleImage.path(file);
    byte[] content = Files.readAllBytes(path);
    try {
      return new ClassFacts(
          ModuleImage.moduleOf(path),
          content.length,
          ClassFile.countMethods(content),
          newSha256().digest(content));
    } catch (IllegalArgumentException e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    }
  }

  static MessageDigest newSha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }
}
