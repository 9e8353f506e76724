package dev.procession.cluster.testing;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A network of its own on this machine: hosts are network namespaces, each with a cable to a switch
 * that can be pulled, and this JVM is at the switch as well. For one thread.
 */
public final class PrivateNetwork implements AutoCloseable {
  private static final int MOST_HOSTS = 200;
  private static final long PATIENCE_SECONDS = 30;

  /** Tells the interfaces of several JVMs from each other; they have fifteen characters. */
  private final String tag = "p" + ProcessHandle.current().pid() % 10_000_000;

  private final String subnet = "10.213." + ProcessHandle.current().pid() % 250 + ".";
  private final Deque<List<String>> undo = new ArrayDeque<>();
  private int hosts;

  private PrivateNetwork() {}

  /** Why none can be made here; null if one can. */
  public static @Nullable String impossible() throws InterruptedException {
    if (!"root".equals(System.getProperty("user.name"))) {
      return "only root can cut machines off";
    }
    String probe = "q" + ProcessHandle.current().pid() % 10_000_000;
    Ran made = run(List.of("ip", "link", "add", probe, "type", "bridge"));
    if (made.exit == 0) {
      var unused = run(List.of("ip", "link", "del", probe));
      return null;
    }
    return "no network can be made by iproute2's ip command: " + made.text;
  }

  /**
   * A switch with this JVM at it.
   *
   * @throws IOException if it cannot be made
   */
  public static PrivateNetwork make() throws IOException, InterruptedException {
    PrivateNetwork network = new PrivateNetwork();
    boolean made = false;
    try {
      ip("link", "add", network.tag, "type", "bridge");
      network.undo.push(List.of("ip", "link", "del", network.tag));
      ip("addr", "add", network.address() + "/24", "dev", network.tag);
      ip("link", "set", network.tag, "up");
      made = true;
      return network;
    } finally {
      if (!made) {
        network.close();
      }
    }
  }

  /** The address of this JVM. */
  public String address() {
    return subnet + 254;
  }

  /** A host. */
  public final class Host {
    private final String namespace;
    private final String cable;
    private final String address;

    private Host(int number) {
      namespace = tag + "-" + number;
      cable = tag + "h" + number;
      address = subnet + number;
    }

    /** Its address. */
    public String address() {
      return address;
    }

    /** What a command begins with that is to run on it. */
    public List<String> prefix() {
      return List.of("ip", "netns", "exec", namespace);
    }

    /** Pulls its cable: nothing comes and goes, and nobody is told. */
    public void cutOff() throws IOException, InterruptedException {
      ip("link", "set", cable, "nomaster");
    }

    /** Puts it in again. */
    public void comesBack() throws IOException, InterruptedException {
      ip("link", "set", cable, "master", tag);
    }
  }

  /** Adds a host. */
  public Host host() throws IOException, InterruptedException {
    if (++hosts > MOST_HOSTS) {
      throw new IllegalStateException("too many hosts");
    }
    Host host = new Host(hosts);
    String inside = tag + "i" + hosts;
    ip("netns", "add", host.namespace);
    undo.push(List.of("ip", "netns", "del", host.namespace));
    ip("link", "add", host.cable, "type", "veth", "peer", "name", inside);
    undo.push(List.of("ip", "link", "del", host.cable));
    ip("link", "set", inside, "netns", host.namespace);
    ip("link", "set", host.cable, "master", tag, "up");
    ip("-n", host.namespace, "addr", "add", host.address + "/24", "dev", inside);
    ip("-n", host.namespace, "link", "set", inside, "up");
    ip("-n", host.namespace, "link", "set", "lo", "up");
    return host;
  }

  private record Ran(int exit, String text) {}

  private static void ip(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("ip"));
    command.addAll(Arrays.asList(arguments));
    Ran ran = run(command);
    if (ran.exit != 0) {
      throw new IOException(String.join(" ", command) + ": " + ran.text);
    }
  }

  private static Ran run(List<String> command) throws InterruptedException {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      boolean ended = process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
      return new Ran(ended ? process.exitValue() : -1, text.strip());
    } catch (IOException e) {
      return new Ran(-1, String.valueOf(e.getMessage())); // there is no such command
    }
  }

  /** Takes it all down, in the reverse order. */
  @Override
  public void close() throws InterruptedException {
    while (!undo.isEmpty()) {
      var unused = run(undo.pop());
    }
  }
}
