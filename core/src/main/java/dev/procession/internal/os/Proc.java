package dev.procession.internal.os;

import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Linux's list of processes, {@code /proc}; empty on other systems. Any thread may use it. */
final class Proc {
  static final Proc SYSTEM = new Proc(new File("/proc"));

  private static final int STAT = 1 << 10;
  private static final int STATUS = 4 << 10;
  private static final int CHUNK = 8 << 10;

  private final File directory;

  Proc(File directory) {
    this.directory = directory;
  }

  /** The processes at about this moment. */
  long[] pids() {
    String[] names = directory.list();
    return names == null
        ? new long[0]
        : Arrays.stream(names).filter(Proc::isPid).mapToLong(Long::parseLong).toArray();
  }

  private static boolean isPid(String name) {
    return name.length() < 19 && name.chars().allMatch(letter -> letter >= '0' && letter <= '9');
  }

  /** The parent of each of these processes, -1 where the process is gone. */
  long[] parentsOf(long[] pids) {
    KernelText text = new KernelText(STAT);
    long[] parents = new long[pids.length];
    for (int i = 0; i < pids.length; i++) {
      parents[i] = text.read(file(pids[i], "stat")) ? text.numberAfterName() : -1;
    }
    return parents;
  }

  /** The process's {@code status}, empty if it is gone. */
  KernelText status(long pid) {
    KernelText text = new KernelText(STATUS);
    text.read(file(pid, "status"));
    return text;
  }

  /**
   * Whether the process was started with this entry, {@code NAME=value}, in its environment. False
   * of another user's process, whose environment cannot be read, and of one that has ended.
   */
  boolean hasInEnvironment(long pid, String entry) {
    return hasInEnvironment(pid, entry.getBytes(StandardCharsets.UTF_8), new byte[CHUNK]);
  }

  /** Those that were started with this entry in their environment. */
  long[] startedWith(String entry) {
    byte[] wanted = entry.getBytes(StandardCharsets.UTF_8);
    byte[] chunk = new byte[CHUNK];
    return Arrays.stream(pids()).filter(pid -> hasInEnvironment(pid, wanted, chunk)).toArray();
  }

  private boolean hasInEnvironment(long pid, byte[] wanted, byte[] chunk) {
    try (FileInputStream in = new FileInputStream(file(pid, "environ"))) {
      int same = 0; // bytes of this entry that are as wanted; -1 if it is another entry
      int read;
      while ((read = in.read(chunk)) > 0) {
        for (int i = 0; i < read; i++) {
          byte next = chunk[i];
          if (next == 0 && same == wanted.length) {
            return true;
          }
          if (next == 0) {
            same = 0;
          } else {
            boolean goesOn = same >= 0 && same < wanted.length && next == wanted[same];
            same = goesOn ? same + 1 : -1;
          }
        }
      }
      return same == wanted.length;
    } catch (IOException e) {
      return false; // gone, or not ours to read
    }
  }

  /**
   * The pipe behind a descriptor, as {@code pipe:[number]}; null if there is another thing, or
   * none.
   */
  @Nullable String pipe(long pid, int descriptor) {
    try {
      String target = Files.readSymbolicLink(file(pid, "fd/" + descriptor).toPath()).toString();
      return target.startsWith("pipe:") ? target : null;
    } catch (IOException | RuntimeException e) {
      return null; // gone, or not ours to read
    }
  }

  private File file(long pid, String name) {
    return new File(directory, pid + "/" + name);
  }
}
