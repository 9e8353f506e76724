package dev.procession.internal.parent;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The pools of this JVM that have not ended: a single shutdown hook kills their workers and deletes
 * their files, also on Ctrl-C.
 */
final class LivePools {
  private static final Set<Supervisor> LIVE = ConcurrentHashMap.newKeySet();
  private static boolean hooked; // guarded by the class
  private static volatile boolean exiting;

  private LivePools() {}

  /** Returns false if the JVM is exiting, and nothing may be started any more. */
  static synchronized boolean add(Supervisor supervisor) {
    if (!hooked) {
      try {
        Runtime.getRuntime()
            .addShutdownHook(new Thread(LivePools::exitAll, "procession-exit"));
      } catch (IllegalStateException e) {
        return false;
      }
      hooked = true;
    }
    if (exiting) {
      return false;
    }
    LIVE.add(supervisor);
    return true;
  }

  static void remove(Supervisor supervisor) {
    LIVE.remove(supervisor);
  }

  private static void exitAll() {
    exiting = true;
    LIVE.forEach(Supervisor::exitNow);
  }
}
