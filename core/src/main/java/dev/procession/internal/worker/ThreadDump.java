package dev.procession.internal.worker;

import java.lang.management.LockInfo;
import java.lang.management.ManagementFactory;
import java.lang.management.MonitorInfo;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;

/** What the threads of this JVM do, as text: the one that runs tasks first. */
final class ThreadDump {
  private static final int MOST_FRAMES = 200;

  private ThreadDump() {}

  /** Takes a dump; any thread may. */
  static String take(Thread taskThread) {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    StringBuilder text = new StringBuilder(8_192);
    long[] deadlocked = threads.findDeadlockedThreads();
    if (deadlocked != null) {
      text.append(deadlocked.length).append(" threads are deadlocked.\n\n");
    }
    ThreadInfo[] all =
        threads.dumpAllThreads(
            threads.isObjectMonitorUsageSupported(), threads.isSynchronizerUsageSupported());
    for (ThreadInfo thread : all) {
      if (thread != null && thread.getThreadId() == taskThread.getId()) {
        append(text, thread);
      }
    }
    for (ThreadInfo thread : all) {
      if (thread != null && thread.getThreadId() != taskThread.getId()) {
        append(text, thread);
      }
    }
    return text.toString();
  }

  private static void append(StringBuilder text, ThreadInfo thread) {
    text.append('"').append(thread.getThreadName()).append('"');
    text.append(thread.isDaemon() ? " daemon " : " ").append(thread.getThreadState());
    text.append(thread.isInNative() ? " (in native code)\n" : "\n");
    LockInfo awaited = thread.getLockInfo();
    if (awaited != null) {
      text.append("    waits for ").append(awaited);
      if (thread.getLockOwnerName() != null) {
        text.append(", held by \"").append(thread.getLockOwnerName()).append('"');
      }
      text.append('\n');
    }
    StackTraceElement[] frames = thread.getStackTrace();
    for (int i = 0; i < frames.length && i < MOST_FRAMES; i++) {
      text.append("    at ").append(frames[i]).append('\n');
      for (MonitorInfo monitor : thread.getLockedMonitors()) {
        if (monitor.getLockedStackDepth() == i) {
          text.append("    holds ").append(monitor).append('\n');
        }
      }
    }
    if (frames.length > MOST_FRAMES) {
      text.append("    and ").append(frames.length - MOST_FRAMES).append(" more\n");
    }
    for (LockInfo held : thread.getLockedSynchronizers()) {
      text.append("    holds ").append(held).append('\n');
    }
    text.append('\n');
  }
}
