package dev.procession.benchmarks.chaos.cluster;

import dev.procession.cluster.testing.PrivateNetwork.Host;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/** A process of the run, node or submitter; its standard input is open as long as it is wanted. */
final class Party {
  final String name;

  /** Where it is, null on this machine's own network. */
  final Host host;

  final String address;
  private final Process process;
  private final List<String> lines = new CopyOnWriteArrayList<>();

  /** Nothing is done to it before, or while something else is. */
  boolean busy;

  private Party(String name, Host host, String address, Process process) {
    this.name = name;
    this.host = host;
    this.address = address;
    this.process = process;
    Thread reader = new Thread(this::read, "chaos-" + name);
    reader.setDaemon(true);
    reader.start();
  }

  /** Starts it. */
  static Party start(
      String name, Host host, String address, Class<?> program, List<String> arguments)
      throws IOException {
    List<String> command = new ArrayList<>(host == null ? List.of() : host.prefix());
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx128m");
    command.add("-XX:TieredStopAtLevel=1");
    command.add("-Dorg.slf4j.simpleLogger.defaultLogLevel=error");
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), program.getName()));
    command.addAll(arguments);
    return new Party(
        name, host, address, new ProcessBuilder(command).redirectErrorStream(true).start());
  }

  private void read() {
    try (BufferedReader in =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      in.lines().forEach(lines::add);
    } catch (IOException | java.io.UncheckedIOException e) {
      // it was killed
    }
  }

  /** What follows that word in what it has said, or null. */
  String said(String word) {
    return lines.stream()
        .filter(line -> line.startsWith(word))
        .map(line -> line.substring(word.length()))
        .findFirst()
        .orElse(null);
  }

  /** All that it has said. */
  List<String> lines() {
    return lines;
  }

  boolean isReady() {
    return process.isAlive() && said(Node.READY) != null;
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** The process that counts: the node's engine, or the submitter itself. */
  long pid() {
    String ready = said(Node.READY);
    return ready == null ? process.pid() : Long.parseLong(ready);
  }

  ProcessHandle handle() {
    return process.toHandle();
  }

  /** Its standard input ends: it finishes what it has. */
  void finish() {
    try {
      process.getOutputStream().close();
    } catch (IOException e) {
      // it has ended
    }
  }

  boolean awaitEnd(long seconds) throws InterruptedException {
    return process.waitFor(seconds, TimeUnit.SECONDS);
  }

  /** Kills it and what it has started. */
  void kill() {
    List<ProcessHandle> all = process.descendants().toList();
    process.destroyForcibly();
    all.forEach(ProcessHandle::destroyForcibly);
  }
}
