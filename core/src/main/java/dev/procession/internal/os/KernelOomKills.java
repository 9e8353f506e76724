package dev.procession.internal.os;

import java.io.File;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** What the Linux kernel does when memory runs out: it kills the process with the highest score. */
public final class KernelOomKills {
  /** Half of all memory, in the thousandths in which the kernel adds to a process's score. */
  private static final int ADDED = 500;

  private static final int HIGHEST = 1000;
  private static final int VMSTAT = 32 << 10;

  private KernelOomKills() {}

  /**
   * How many processes the kernel has killed since the machine started, for want of memory in the
   * machine or in a cgroup; -1 if unknown.
   */
  public static long count() {
    return count(new File("/proc/vmstat"));
  }

  static long count(File vmstat) {
    KernelText text = new KernelText(VMSTAT);
    return text.read(vmstat) ? text.number("oom_kill") : -1;
  }

  /**
   * Makes the calling process, and what it starts from now on, a likelier victim than the process
   * that started it, and never a less likely one. False if that is not possible. Once is enough.
   */
  public static boolean becomeVictim() {
    return becomeVictim(new File("/proc/self/oom_score_adj"));
  }

  /** Added to what was inherited: in Kubernetes a whole container may stand at 1000 or at -997. */
  static boolean becomeVictim(File scoreAdjustment) {
    try (FileInputStream in = new FileInputStream(scoreAdjustment)) {
      byte[] text = in.readAllBytes();
      int inherited = Integer.parseInt(new String(text, StandardCharsets.US_ASCII).trim());
      int raised = Math.min(HIGHEST, inherited + ADDED);
      if (raised > inherited) {
        try (FileOutputStream out = new FileOutputStream(scoreAdjustment)) {
          out.write(Integer.toString(raised).getBytes(StandardCharsets.US_ASCII));
        }
      }
      return raised > inherited;
    } catch (IOException | NumberFormatException e) {
      return false; // another system, or one that does not allow it
    }
  }
}
