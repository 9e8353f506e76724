package dev.procession.internal.os;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The root of a made-up file system with the kernel's files in it. */
record FakeSystem(Path root) {
  /** Writes a file, with the directories it needs. */
  FakeSystem with(String path, String text) {
    try {
      Path file = root.resolve(path);
      Files.createDirectories(file.getParent());
      Files.writeString(file, text);
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A process. */
  FakeSystem withProcess(long pid, String name, char state, long parent, long residentKib) {
    String memory = residentKib < 0 ? "" : "VmHWM:\t%8d kB\nVmRSS:\t%8d kB\n";
    with(
        "proc/" + pid + "/status",
        "Name:\t"
            + name
            + "\nUmask:\t0022\nState:\t"
            + state
            + " (some state)\nTgid:\t"
            + pid
            + "\n"
            + memory.formatted(2 * residentKib, residentKib)
            + "Threads:\t1\n");
    return with(
        "proc/" + pid + "/stat",
        pid + " (" + name + ") " + state + " " + parent + " " + pid + " 0 -1 4194560 1 0\n");
  }

  /** A process's environment. */
  FakeSystem withEnvironment(long pid, String... entries) {
    return with("proc/" + pid + "/environ", String.join("\0", entries) + "\0");
  }

  String text(String path) throws IOException {
    return Files.readString(root.resolve(path));
  }

  Proc proc() {
    return new Proc(root.resolve("proc").toFile());
  }
}
