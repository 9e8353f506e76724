package dev.procession.internal.view;

import dev.procession.observe.PoolIdentity;
import java.io.File;
import java.time.Instant;

/** This process, for who looks at its pools. */
public final class ThisJvm {
  private ThisJvm() {}

  /**
   * Of a pool that is being made.
   *
   * @param address where it can be reached, empty if only this process can look at it
   */
  public static PoolIdentity identity(String name, String address) {
    return new PoolIdentity(name, ProcessHandle.current().pid(), Instant.now(), command(), address);
  }

  /** Main class or jar of this JVM. */
  private static String command() {
    String command = System.getProperty("sun.java.command", "");
    int end = command.indexOf(' ');
    String first = end < 0 ? command : command.substring(0, end);
    return first.endsWith(".jar") ? new File(first).getName() : first;
  }
}
