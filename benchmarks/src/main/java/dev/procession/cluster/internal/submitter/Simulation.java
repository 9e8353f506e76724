package dev.procession.cluster.internal.submitter;

import java.io.PrintStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * A cluster in one thread: {@link ClusterDispatcher} as it is, with members, workers, the way to
 * them and the tasks made up, and a clock that jumps from event to event.
 *
 * <p>What it answers: whether the scheduler itself is fast enough for so many members, how much of
 * the time workers wait, how long queues get, and what becomes of it when members are lost. What it
 * does not: anything of engines, networks and processes but the time that a message takes.
 */
public final class Simulation {
  /**
   * What is simulated.
   *
   * @param members how many
   * @param workers of each
   * @param tasks how many in all
   * @param meanMillis mean run time
   * @param heavy whether one task in a hundred runs fifty times as long as the others
   * @param load how much of what the workers can do comes in, 0 for all of it at once
   * @param wayMicros of a message, one way
   * @param lost how many members are lost half-way
   */
  record Setup(
      int members,
      int workers,
      long tasks,
      double meanMillis,
      boolean heavy,
      double load,
      long wayMicros,
      int lost) {}

  /** After that it is certain that a lost member has stopped. */
  private static final long LEASE_NANOS = 11_000_000_000L;

  private static final long LOOK_NANOS = 1_000_000;
  private static final int CREDIT = 512;
  private static final long SEED = 7;
  private static final long LEAST_TASKS = 10_000;
  private static final long MOST_TASKS = 10_000_000;

  private final Setup setup;
  private final SplittableRandom random = new SplittableRandom(SEED);
  private final ClusterDispatcher<Task> dispatcher =
      new ClusterDispatcher<>(new Arrived(), new Post());
  private final PriorityQueue<Event> events = new PriorityQueue<>();
  private final ArrayDeque<Task> back = new ArrayDeque<>(); // to be begun before all others
  private final Map<Member, Machine> machines = new HashMap<>();
  private final List<Machine> there = new ArrayList<>();
  private final Waits first = new Waits();
  private final Waits anew = new Waits(); // since they came at first
  private long lastEvent;
  private long now;
  private long arrived; // tasks, so far
  private long taken; // of them
  private long ended;
  private long recalled;
  private long mostWaiting;
  private int mostHeld;
  private long ranNanos;
  private long decidingNanos; // by this machine's clock
  private boolean lookComes;

  private Simulation(Setup setup) {
    this.setup = setup;
  }

  /** A task; where it waits is known by whose queue it is in. */
  private static final class Task extends Envelope {
    final long arrivedAt;
    final long runNanos;
    final boolean isAnew; // its member was lost

    Task(long arrivedAt, long runNanos, boolean isAnew) {
      super(100);
      this.arrivedAt = arrivedAt;
      this.runNanos = runNanos;
      this.isAnew = isAnew;
    }
  }

  /**
   * How long tasks waited before they began: the longest, and of all of them a sample in which each
   * is as likely as any other (Vitter, "Random sampling with a reservoir", 1985, algorithm R).
   */
  static final class Waits {
    private static final int SAMPLES = 200_000;

    private final SplittableRandom random = new SplittableRandom(SEED);
    private final long[] sample = new long[SAMPLES];
    private long count;
    private long most;

    void add(long nanos) {
      most = Math.max(most, nanos);
      long at = count < SAMPLES ? count : random.nextLong(count + 1);
      if (at < SAMPLES) {
        sample[(int) at] = nanos;
      }
      count++;
    }

    /** Nanoseconds that so much of them did not wait longer than, from 0 to 1; 0 if none waited. */
    long[] quantiles(double... parts) {
      int size = (int) Math.min(count, SAMPLES);
      long[] sorted = Arrays.copyOf(sample, size);
      Arrays.sort(sorted);
      return Arrays.stream(parts)
          .mapToLong(part -> size == 0 ? 0 : sorted[(int) (part * (size - 1))])
          .toArray();
    }

    private String text() {
      long[] parts = quantiles(0.5, 0.99, 0.999);
      return String.format(
          Locale.ROOT,
          "median %.1f ms, 99 %% %.1f ms, 99.9 %% %.1f ms, most %.1f ms",
          parts[0] / 1e6,
          parts[1] / 1e6,
          parts[2] / 1e6,
          most / 1e6);
    }
  }

  /** What a member does: begins what came first as soon as a worker is free. */
  private static final class Machine {
    final Member member;
    final ArrayDeque<Task> queue = new ArrayDeque<>();
    int free;
    boolean lost;

    Machine(Member member, int workers) {
      this.member = member;
      this.free = workers;
    }
  }

  /** Something that happens then; of two at one time that which was planned first. */
  private record Event(long at, long number, Runnable what) implements Comparable<Event> {
    @Override
    public int compareTo(Event other) {
      return at != other.at ? Long.compare(at, other.at) : Long.compare(number, other.number);
    }
  }

  private void at(long nanos, Runnable what) {
    events.add(new Event(nanos, lastEvent++, what));
  }

  /** The submitter's queue: tasks are made when they are taken, or there would be no room. */
  private final class Arrived implements ClusterDispatcher.Waiting<Task> {
    @Override
    public int size() {
      return (int) Math.min(Integer.MAX_VALUE, arrived - taken + back.size());
    }

    @Override
    public @Nullable Task poll() {
      Task first = back.pollFirst();
      if (first != null || taken == arrived) {
        return first;
      }
      taken++;
      return new Task(arrivalOf(taken - 1), runNanos(), /* isAnew= */ false);
    }

    @Override
    public void addFirst(Task task) {
      back.addFirst(task);
    }
  }

  private long runNanos() {
    double mean = setup.meanMillis() * 1e6;
    if (setup.heavy()) {
      // 99 of 100 short ones and a long one have the same mean together.
      double unit = mean / (0.99 + 0.01 * 50);
      return (long) (random.nextInt(100) == 0 ? 50 * unit : unit);
    }
    return (long) (-mean * Math.log(1 - random.nextDouble()));
  }

  private double perNano() {
    double capacity = (double) setup.members() * setup.workers() / (setup.meanMillis() * 1e6);
    return setup.load() * capacity;
  }

  /** They come one after another at even distances. */
  private long arrivalOf(long number) {
    return setup.load() == 0 ? 0 : (long) (number / perNano());
  }

  /** What the dispatcher decides takes its way. */
  private final class Post implements ClusterDispatcher.Orders<Task> {
    @Override
    public void send(Member member, List<Task> batch) {
      Machine machine = machine(member);
      List<Task> copy = List.copyOf(batch);
      at(now + way(), () -> arrive(machine, copy));
      mostHeld = Math.max(mostHeld, member.given - member.workers);
    }

    @Override
    public void recall(Member member, List<Task> tasks) {
      Machine machine = machine(member);
      List<Task> copy = List.copyOf(tasks);
      at(now + way(), () -> giveBack(machine, copy));
    }
  }

  private Machine machine(Member member) {
    Machine machine = machines.get(member);
    if (machine == null) {
      throw new AssertionError(member);
    }
    return machine;
  }

  private long way() {
    return setup.wayMicros() * 1_000;
  }

  /* ---- At a member ---- */

  private void arrive(Machine machine, List<Task> batch) {
    machine.queue.addAll(batch);
    begin(machine);
  }

  private void begin(Machine machine) {
    while (machine.free > 0 && !machine.lost) {
      Task task = machine.queue.pollFirst();
      if (task == null) {
        return;
      }
      machine.free--;
      (task.isAnew ? anew : first).add(now - task.arrivedAt);
      at(now + task.runNanos, () -> end(machine, task));
    }
  }

  private void end(Machine machine, Task task) {
    if (machine.lost) {
      return;
    }
    machine.free++;
    at(now + way(), () -> deciding(() -> over(machine, task)));
    begin(machine);
  }

  private void giveBack(Machine machine, List<Task> tasks) {
    List<Task> given = new ArrayList<>();
    List<Task> kept = new ArrayList<>();
    for (Task task : tasks) {
      (!machine.lost && machine.queue.remove(task) ? given : kept).add(task);
    }
    at(
        now + way(),
        () ->
            deciding(
                () -> {
                  if (!machine.lost) {
                    recalled += given.size();
                    given.forEach(dispatcher::returned);
                    kept.forEach(dispatcher::kept);
                    dispatcher.dispatch(now);
                  }
                }));
  }

  /* ---- At the submitter ---- */

  /** Runs the scheduler's own code, whose time is what counts. */
  private void deciding(Runnable decision) {
    long begun = System.nanoTime();
    decision.run();
    decidingNanos += System.nanoTime() - begun;
    mostWaiting = Math.max(mostWaiting, arrived - taken + back.size());
    if (dispatcher.isToLookAgain() && !lookComes) {
      lookComes = true;
      at(now + LOOK_NANOS, this::look);
    }
  }

  private void look() {
    lookComes = false;
    deciding(() -> dispatcher.dispatch(now));
  }

  private void over(Machine machine, Task task) {
    if (!machine.lost) {
      ended++;
      ranNanos += task.runNanos;
      dispatcher.over(task, task.runNanos, now);
      dispatcher.dispatch(now);
    }
  }

  private void come() {
    if (setup.load() == 0) {
      arrived = setup.tasks();
    } else if (++arrived < setup.tasks()) {
      at(arrivalOf(arrived), this::come);
    }
    deciding(() -> dispatcher.dispatch(now));
  }

  private void lose() {
    for (Machine machine : there.subList(0, setup.lost())) {
      machine.lost = true;
      deciding(
          () -> {
            List<Task> had = dispatcher.leave(machine.member);
            // All of it may have begun, as far as the submitter knows.
            at(now + LEASE_NANOS, () -> deciding(() -> beginAnew(had)));
          });
    }
  }

  private void beginAnew(List<Task> lost) {
    for (Task task : lost) {
      back.addLast(new Task(task.arrivedAt, task.runNanos, /* isAnew= */ true));
    }
    dispatcher.dispatch(now);
  }

  /* ---- A run ---- */

  private void run() {
    for (int i = 0; i < setup.members(); i++) {
      Member member = dispatcher.join("m" + i, setup.workers(), setup.workers() * CREDIT);
      Machine machine = new Machine(member, setup.workers());
      machines.put(member, machine);
      there.add(machine);
    }
    at(0, this::come);
    if (setup.lost() > 0) {
      double capacity = setup.members() * setup.workers() / (setup.meanMillis() * 1e6);
      at((long) (setup.tasks() / 2 / (setup.load() == 0 ? capacity : perNano())), this::lose);
    }
    Event next;
    while (ended < setup.tasks() && (next = events.poll()) != null) {
      now = next.at();
      next.what().run();
    }
  }

  private void report(PrintStream out) {
    double workers = (double) setup.members() * setup.workers();
    out.printf(
        Locale.ROOT,
        "%,d x %d workers, %,d tasks of %.0f ms%s, %s, %d us a way%s%n",
        setup.members(),
        setup.workers(),
        setup.tasks(),
        setup.meanMillis(),
        setup.heavy() ? " (1 % of them 50 times as long)" : "",
        setup.load() == 0
            ? "all at once"
            : String.format(Locale.ROOT, "load %.0f %%", setup.load() * 100),
        setup.wayMicros(),
        setup.lost() == 0 ? "" : ", " + setup.lost() + " members lost half-way");
    out.printf(
        Locale.ROOT,
        "  ended %,d in %.1f s simulated: %,.0f/s, workers busy %.1f %%%n",
        ended,
        now / 1e9,
        ended / (now / 1e9),
        100.0 * ranNanos / (workers * now));
    out.printf(Locale.ROOT, "  waited before it began: %s%n", first.text());
    if (anew.count > 0) {
      out.printf(
          Locale.ROOT, "  %,d that began anew, since they came: %s%n", anew.count, anew.text());
    }
    out.printf(
        Locale.ROOT,
        "  waiting at the submitter at most %,d, at a member beyond its workers at most %d; given back %,d, again after a loss %,d%n",
        mostWaiting,
        mostHeld,
        recalled,
        again());
    out.printf(
        Locale.ROOT,
        "  deciding took %.2f us a task on this machine: %,.0f tasks/s%n%n",
        decidingNanos / 1e3 / ended,
        ended / (decidingNanos / 1e9));
  }

  /** Simulates that, to the end of the last task. */
  static Simulation of(Setup setup) {
    Simulation simulation = new Simulation(setup);
    simulation.run();
    return simulation;
  }

  /** Tasks that have ended. */
  long ended() {
    return ended;
  }

  /** Tasks that were begun again, for their member was lost. */
  long again() {
    return anew.count;
  }

  /** How much of the time workers ran tasks, those of lost members included; from 0 to 1. */
  double busy() {
    return ranNanos / ((double) setup.members() * setup.workers() * now);
  }

  /**
   * Runs the scenarios of docs/scale.md.
   *
   * @param arguments {@code --tasks N}: how many tasks each has, 10 million unless told
   */
  public static void main(String... arguments) {
    long tasks = arguments.length == 0 ? MOST_TASKS : tasks(arguments);
    if (tasks < LEAST_TASKS || tasks > MOST_TASKS) {
      System.err.printf(
          Locale.ROOT,
          "Usage: ./procession simulate [--tasks N]%n%n"
              + "Runs the cluster's scheduler as it is, with members, workers and tasks made up, on a clock that%n"
              + "jumps: up to 1,000 members with 64 workers each, and N tasks, from %,d to %,d (default).%n",
          LEAST_TASKS,
          MOST_TASKS);
      System.exit(2);
    }
    List<Setup> setups =
        List.of(
            new Setup(10, 8, tasks / 100, 1, false, 0, 500, 0),
            new Setup(1_000, 64, tasks, 100, false, 0, 500, 0),
            new Setup(1_000, 64, tasks, 100, false, 0.9, 500, 0),
            new Setup(1_000, 64, tasks, 100, true, 0.9, 500, 0),
            new Setup(1_000, 64, tasks, 1_000, true, 0.9, 500, 40),
            new Setup(1_000, 64, tasks, 5, false, 0, 500, 0));
    setups.forEach(setup -> of(setup).report(System.out));
  }

  /** The number after {@code --tasks}; -1 if that is not what was said. */
  private static long tasks(String... arguments) {
    try {
      return arguments.length == 2 && arguments[0].equals("--tasks")
          ? Long.parseLong(arguments[1])
          : -1;
    } catch (NumberFormatException e) {
      return -1;
    }
  }
}
