package dev.procession.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;

/** Signals to processes, as a shell sends them. */
public final class Signals {
  private Signals() {}

  /** Sends one, by its name without SIG. */
  public static void send(String name, long pid) throws IOException, InterruptedException {
    int exit = new ProcessBuilder("kill", "-" + name, Long.toString(pid)).start().waitFor();
    assertThat(exit).isZero();
  }
}
