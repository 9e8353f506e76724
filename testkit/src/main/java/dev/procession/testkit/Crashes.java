package dev.procession.testkit;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Ways in which a process ends itself or what it needs to live. */
final class Crashes {
  private Crashes() {}

  static void segfault() {
    RawMemory.putAddress(0, 0);
  }

  /** Sends this process a signal from another one, and waits for what comes of it. */
  static void signal(String name) {
    try {
      String command = "kill -" + name + " " + ProcessHandle.current().pid();
      new ProcessBuilder("sh", "-c", command).start().waitFor();
      // It may arrive later than the news that it was sent.
      Thread.sleep(100);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  static void closeSockets() {
    List<Integer> sockets = new ArrayList<>();
    try (DirectoryStream<Path> names = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
      for (Path name : names) {
        if (target(name).startsWith("socket:")) {
          sockets.add(Integer.valueOf(name.getFileName().toString()));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    sockets.forEach(number -> close(RawMemory.descriptor(number)));
  }

  private static String target(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString();
    } catch (IOException e) {
      return ""; // closed meanwhile
    }
  }

  private static void close(FileDescriptor descriptor) {
    try {
      new FileOutputStream(descriptor).close();
    } catch (IOException e) {
      // Closed already.
    }
  }

  /** Starts a process that goes on, with this one's output as its own. */
  static void start(String... command) {
    try {
      new ProcessBuilder(command).inheritIO().start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
