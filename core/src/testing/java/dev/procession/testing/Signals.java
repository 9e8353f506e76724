package dev.procession.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** Signals to processes, as a shell sends them. */
public final class Signals {
  private Signals() {}

  /** Sends one, by its name without SIG. */
  public static void send(String name, long pid) throws IOException, InterruptedException {
    int exit = new ProcessBuilder("kill", "-" + name, Long.toString(pid)).start().waitFor();
    assertThat(exit).isZero();
  }

  /**
   * Sends SIGSTOP and waits for it to have come about: one thread of the process has to take it up
   * before the others heed it, and until that one has got a processor they go on.
   */
  public static void stop(long pid) throws IOException, InterruptedException {
    send("STOP", pid);
    Awaitility.await().pollInterval(1, TimeUnit.MILLISECONDS).until(() -> isStopped(pid));
  }

  private static boolean isStopped(long pid) throws IOException {
    try (DirectoryStream<Path> threads =
        Files.newDirectoryStream(Path.of("/proc", Long.toString(pid), "task"))) {
      for (Path thread : threads) {
        String stat = Files.readString(thread.resolve("stat"));
        if (stat.charAt(stat.lastIndexOf(')') + 2) != 'T') {
          return false;
        }
      }
      return true;
    } catch (NoSuchFileException e) {
      return false; // a thread has ended meanwhile, so they run
    }
  }
}
