package dev.procession.cluster.internal.security;

import dev.procession.cluster.internal.security.SecurityFile.Store;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;

/** Files that something is wrong with. */
public final class TestKeys {
  private TestKeys() {}

  /** A user's file like another, with one line changed. */
  public static Path changed(Path file, String name, String line, String instead)
      throws IOException {
    Path changed = file.resolveSibling(name + ".properties");
    String text = Files.readString(file);
    String other = text.replaceAll("(?m)^" + line + "$", instead);
    if (other.equals(text)) {
      throw new AssertionError("no line " + line + " in " + file);
    }
    Files.writeString(changed, other);
    return changed;
  }

  /** A certificate that was valid until five days ago. */
  public static Store expiredStore(KeyMaker keys) throws IOException {
    keys.makeStranger("late", "-startdate", "-15d", "-validity", "10");
    Path file = keys.nodeFile().resolveSibling("late.properties");
    Properties properties = new Properties();
    try (InputStream in = Files.newInputStream(file)) {
      properties.load(in);
    }
    return new Store(
        file.resolveSibling("late.p12"), properties.getProperty("keyStorePassword", ""));
  }
}
