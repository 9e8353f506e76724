package dev.procession.benchmarks.peers;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Timer;
import java.util.TimerTask;

/** One measurement of one peer, in a process of its own. */
final class Trial {
  private static final String MARK = "@figure ";
  private static final int TAIL = 20;
  private static final long PATIENCE_MILLIS = 300_000;

  private Trial() {}

  /** A measurement that gave no figure; the message says why. */
  static final class FailedException extends Exception {
    private static final long serialVersionUID = 1L;

    FailedException(String message) {
      super(message);
    }
  }

  /** Runs it and returns its figures by name; there is always one that is called median. */
  static Map<String, Double> run(Peer peer, Work work, boolean quick)
      throws IOException, InterruptedException, FailedException {
    List<String> command = new ArrayList<>(peer.command());
    if (peer.kind() != Peer.Kind.FLOOR) {
      command.add(work.measurement());
    }
    command.add(Double.toString(work.seconds(quick)));
    command.add(Long.toString(peer.kind() == Peer.Kind.FLOOR ? floorSize(work) : work.size(quick)));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectInput(ProcessBuilder.Redirect.PIPE)
            .start();
    Thread killer = new Thread(() -> kill(process));
    Runtime.getRuntime().addShutdownHook(killer);
    Timer timer = new Timer("patience", /* isDaemon= */ true);
    timer.schedule(
        new TimerTask() {
          @Override
          public void run() {
            kill(process);
          }
        },
        PATIENCE_MILLIS);
    try {
      return figures(process, command);
    } finally {
      timer.cancel();
      kill(process);
      Runtime.getRuntime().removeShutdownHook(killer);
    }
  }

  /** A small frame's bytes, where it is the frame that travels. */
  private static long floorSize(Work work) {
    return Math.max(64, work.size(/* quick= */ false));
  }

  private static void kill(Process process) {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }

  private static Map<String, Double> figures(Process process, List<String> command)
      throws IOException, InterruptedException, FailedException {
    Map<String, Double> figures = new LinkedHashMap<>();
    Deque<String> tail = new ArrayDeque<>();
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      String line;
      while ((line = lines.readLine()) != null) {
        if (line.startsWith(MARK)) {
          String[] words = line.substring(MARK.length()).split(" ");
          figures.put(words[0], Double.valueOf(words[1]));
        } else {
          if (tail.size() == TAIL) {
            tail.removeFirst();
          }
          tail.addLast(line);
        }
      }
    }
    int code = process.waitFor();
    if (code != 0 || !figures.containsKey("median")) {
      throw new FailedException(
          "exit code " + code + " of " + command + "\n  " + String.join("\n  ", tail));
    }
    return figures;
  }
}
