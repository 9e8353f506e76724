package dev.procession.benchmarks.chaos.cluster;

import dev.procession.benchmarks.chaos.Processes;
import dev.procession.cluster.testing.FreePorts;
import dev.procession.cluster.testing.PrivateNetwork;
import dev.procession.cluster.testing.PrivateNetwork.Host;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;

/**
 * {@code ./procession chaos --cluster}: nodes and submitters, each a process and, as root, in a
 * network namespace of its own, to which things are done at random. One thread.
 */
public final class ClusterChaos {
  private static final int PORT = 47_500;
  private static final int WORKERS = 2;
  private static final int FEWEST_NODES = 2;
  private static final int MOST_NODES = 3;
  private static final int SUBMITTERS = 2;
  private static final int HOSTS = 9;
  private static final long PROGRESS_NANOS = 15_000_000_000L;
  private static final Duration READY = Duration.ofSeconds(90);

  /** A lease and its margin, the engine's patience, and a slow machine. */
  private static final Duration END = Duration.ofSeconds(200);

  private final SplittableRandom random;
  private final PrintStream out;
  private final Journal journal;
  private final PrivateNetwork network; // null where there can be none
  private final Deque<Host> freeHosts = new ArrayDeque<>();
  private final List<Party> nodes = new ArrayList<>();
  private final List<Party> submitters = new ArrayList<>();
  private final Set<String> gone = new HashSet<>();
  private final Map<String, Integer> done = new TreeMap<>();
  private final Deque<Later> later = new ArrayDeque<>();
  private int started;
  private int violations;

  /** Something that is undone after a while. */
  private record Later(long at, Party to, Undo undo) {}

  private interface Undo {
    void run() throws IOException, InterruptedException;
  }

  private ClusterChaos(long seed, PrintStream out, Path journal, PrivateNetwork network)
      throws IOException, InterruptedException {
    this.random = new SplittableRandom(seed);
    this.out = out;
    this.journal = new Journal(journal.toString());
    this.network = network;
    for (int i = 0; network != null && i < HOSTS; i++) {
      freeHosts.add(network.host());
    }
  }

  /**
   * Runs it.
   *
   * @param duration how long things are done
   * @param stop whether to end sooner
   * @return 0 without a violation, else 1
   */
  public static int run(Duration duration, long seed, PrintStream out, BooleanSupplier stop)
      throws IOException, InterruptedException {
    Path journal = Files.createTempFile("chaos-cluster-", ".txt");
    String why = PrivateNetwork.impossible();
    out.println(
        "chaos: on a cluster, seed "
            + seed
            + ", JDK "
            + Runtime.version()
            + (why == null ? "" : "; nobody is cut off: " + why));
    try (PrivateNetwork network = why == null ? PrivateNetwork.make() : null) {
      ClusterChaos chaos = new ClusterChaos(seed, out, journal, network);
      try {
        chaos.run(duration, stop);
      } finally {
        chaos.killAll();
      }
      if (chaos.violations == 0) {
        Files.deleteIfExists(journal);
      } else {
        out.println("chaos: the journal is kept in " + journal);
      }
      return chaos.violations == 0 ? 0 : 1;
    }
  }

  private void violation(String what) {
    violations++;
    out.println("VIOLATION " + violations + ": " + what);
  }

  private void count(String what) {
    done.merge(what, 1, Integer::sum);
  }

  /* ---- The run ---- */

  private void run(Duration duration, BooleanSupplier stop)
      throws IOException, InterruptedException {
    while (nodes.size() < MOST_NODES) {
      addNode();
      awaitReady(nodes.get(nodes.size() - 1));
    }
    while (submitters.size() < SUBMITTERS) {
      addSubmitter();
    }
    long until = System.nanoTime() + duration.toNanos();
    long toldAt = System.nanoTime();
    while (System.nanoTime() - until < 0 && !stop.getAsBoolean()) {
      Thread.sleep(random.nextInt(500, 3_000));
      undoWhatIsDue(false);
      replaceThoseGone();
      act();
      if (System.nanoTime() - toldAt > PROGRESS_NANOS) {
        toldAt = System.nanoTime();
        out.println("chaos: " + done + ", violations: " + violations);
      }
    }
    undoWhatIsDue(true);
    end();
  }

  private void act() throws IOException, InterruptedException {
    List<Party> ready = nodes.stream().filter(node -> node.isReady() && !node.busy).toList();
    List<Party> asking = submitters.stream().filter(one -> one.isReady() && !one.busy).toList();
    Party node = ready.isEmpty() ? null : ready.get(random.nextInt(ready.size()));
    Party submitter = asking.isEmpty() ? null : asking.get(random.nextInt(asking.size()));
    switch (random.nextInt(12)) {
      case 0 -> {
        if (ready.size() > FEWEST_NODES) {
          count("nodes killed");
          Processes.signal("KILL", node.pid());
          node.busy = true;
        }
      }
      case 1 -> {
        if (ready.size() > FEWEST_NODES) {
          count("nodes frozen");
          freeze(node, node.pid());
        }
      }
      case 2, 3 -> {
        if (ready.size() > FEWEST_NODES && node.host != null) {
          count("nodes cut off");
          cutOff(node);
        }
      }
      case 4 -> {
        if (submitter != null) {
          count("submitters killed");
          gone.add(Long.toString(submitter.pid()));
          Processes.signal("KILL", submitter.pid());
        }
      }
      case 5 -> {
        if (submitter != null) {
          count("gateways killed");
          submitter.busy = true;
          submitter
              .handle()
              .children()
              .filter(child -> child.info().commandLine().orElse("").contains("GatewayMain"))
              .forEach(ProcessHandle::destroyForcibly);
        }
      }
      case 6 -> {
        if (submitter != null) {
          count("submitters frozen");
          freeze(submitter, submitter.pid());
        }
      }
      case 7 -> {
        if (submitter != null && submitter.host != null) {
          count("submitters cut off");
          cutOff(submitter);
        }
      }
      default -> {
        // a while in which nothing happens
      }
    }
  }

  private long soon() {
    return System.nanoTime() + random.nextLong(1_000, 25_000) * 1_000_000;
  }

  private void freeze(Party party, long pid) throws IOException, InterruptedException {
    party.busy = true;
    Processes.signal("STOP", pid);
    later.add(new Later(soon(), party, () -> Processes.signal("CONT", pid)));
  }

  private void cutOff(Party party) throws IOException, InterruptedException {
    party.busy = true;
    party.host.cutOff();
    later.add(new Later(soon(), party, party.host::comesBack));
  }

  private void undoWhatIsDue(boolean all) throws IOException, InterruptedException {
    for (Later one : List.copyOf(later)) {
      if (all || System.nanoTime() - one.at > 0) {
        later.remove(one);
        one.undo.run();
        one.to.busy = false;
      }
    }
  }

  /* ---- Coming and going ---- */

  private void replaceThoseGone() throws IOException, InterruptedException {
    for (Party node : List.copyOf(nodes)) {
      if (!node.isAlive()) {
        remove(node, nodes);
      }
    }
    for (Party submitter : List.copyOf(submitters)) {
      if (!submitter.isAlive()) {
        judgeEnd(submitter);
        remove(submitter, submitters);
      }
    }
    if (nodes.size() < MOST_NODES && hasRoom()) {
      count("nodes added");
      addNode();
    }
    if (submitters.size() < SUBMITTERS && hasRoom()) {
      count("submitters added");
      addSubmitter();
    }
  }

  private boolean hasRoom() {
    return network == null || !freeHosts.isEmpty();
  }

  private void remove(Party party, List<Party> from) throws IOException, InterruptedException {
    from.remove(party);
    party.kill(); // what it has started
    for (Later one : List.copyOf(later)) {
      if (one.to == party) {
        later.remove(one);
        one.undo.run();
      }
    }
    if (party.host != null) {
      freeHosts.addLast(party.host);
    }
  }

  /** One that was not killed has ended because its pool is broken, and has told all. */
  private void judgeEnd(Party submitter) {
    boolean wasKilled = gone.contains(Long.toString(submitter.pid()));
    if (submitter.said(Submitter.HANGS) != null) {
      violation(submitter.name + " hangs:" + submitter.said(Submitter.HANGS));
    } else if (!wasKilled && submitter.said(Submitter.DONE) == null) {
      if (submitter.said(Node.READY) == null) {
        count("submitters that found no cluster");
      } else {
        violation(submitter.name + " has ended: " + submitter.lines());
      }
    }
  }

  private void addNode() throws IOException {
    Host host = freeHosts.pollFirst();
    String at = host == null ? "127.0.0.1" : host.address();
    int port = host == null ? FreePorts.pair() : PORT;
    String name = "node-" + ++started;
    List<String> arguments =
        new ArrayList<>(List.of(name, at, Integer.toString(port), Integer.toString(WORKERS)));
    arguments.addAll(addresses());
    nodes.add(Party.start(name, host, at + ":" + port, Node.class, arguments));
  }

  private void addSubmitter() throws IOException {
    Host host = freeHosts.pollFirst();
    String at = host == null ? "127.0.0.1" : host.address();
    int number = ++started;
    List<String> arguments =
        new ArrayList<>(
            List.of(
                Integer.toString(number), journal.file(), Long.toString(random.nextLong()), at));
    arguments.addAll(addresses());
    submitters.add(Party.start("submitter-" + number, host, at, Submitter.class, arguments));
  }

  /** Where nodes can be found. */
  private List<String> addresses() {
    return nodes.stream().filter(Party::isReady).map(node -> node.address).toList();
  }

  private static void awaitReady(Party party) throws IOException, InterruptedException {
    long until = System.nanoTime() + READY.toNanos();
    while (!party.isReady()) {
      if (!party.isAlive() || System.nanoTime() - until > 0) {
        throw new IOException(party.name + " does not start: " + party.lines());
      }
      Thread.sleep(20);
    }
  }

  /* ---- The end ---- */

  private void end() throws IOException, InterruptedException {
    out.println("chaos: ending; " + done);
    submitters.forEach(Party::finish);
    for (Party submitter : submitters) {
      if (submitter.awaitEnd(END.toSeconds())) {
        judgeEnd(submitter);
      } else {
        violation(submitter.name + " does not end: " + submitter.lines());
      }
    }
    nodes.forEach(Party::finish);
    for (Party node : nodes) {
      if (!node.awaitEnd(END.toSeconds())) {
        violation(node.name + " does not end");
      }
    }
    Judge judge = new Judge(this::violation);
    judge.judge(journal.lines(), gone);
    awaitNoWorkers(judge.workers());
    out.println("chaos: " + judge.figures());
    out.println("chaos: " + done);
    out.println("chaos: violations: " + violations);
  }

  private void awaitNoWorkers(Set<Long> workers) throws InterruptedException {
    long until = System.nanoTime() + END.toNanos();
    List<Long> left = workers.stream().filter(Processes::isAlive).toList();
    while (!left.isEmpty() && System.nanoTime() - until < 0) {
      Thread.sleep(100);
      left = left.stream().filter(Processes::isAlive).toList();
    }
    if (!left.isEmpty()) {
      violation("workers are left: " + left);
    }
  }

  private void killAll() throws IOException, InterruptedException {
    undoWhatIsDue(true);
    nodes.forEach(Party::kill);
    submitters.forEach(Party::kill);
  }
}
