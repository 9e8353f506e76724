package dev.procession.testing;

import dev.procession.ProcessExecutorService;
import dev.procession.ProcessFuture;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * Workers that are kept busy until this is closed, so that what is submitted meanwhile waits.
 *
 * @param begun each is opened by one of the tasks as it begins
 * @param go opening it lets them go
 * @param tasks the tasks that occupy them, one a worker
 */
public record Occupied(List<Gate> begun, Gate go, List<ProcessFuture<Long>> tasks)
    implements AutoCloseable {

  /** Occupies that many workers; they have begun when this returns. */
  public static Occupied workers(ProcessExecutorService pool, int workers, Path directory)
      throws InterruptedException {
    Occupied occupied = submit(pool, workers, directory);
    occupied.awaitBegun();
    return occupied;
  }

  /** Occupies the only worker; it has begun when this returns. */
  public static Occupied worker(ProcessExecutorService pool, Path directory)
      throws InterruptedException {
    return workers(pool, 1, directory);
  }

  /** As {@link #workers}, without waiting for them to begin. */
  public static Occupied submit(ProcessExecutorService pool, int workers, Path directory) {
    String name = "occupied-" + UUID.randomUUID();
    Gate go = Gate.in(directory, name);
    List<ProcessFuture<Long>> tasks = new ArrayList<>();
    List<Gate> begun = new ArrayList<>();
    for (int i = 0; i < workers; i++) {
      Gate mine = Gate.in(directory, name + "-" + i);
      begun.add(mine);
      tasks.add(pool.submit(() -> occupy(mine, go)));
    }
    return new Occupied(List.copyOf(begun), go, List.copyOf(tasks));
  }

  /** Waits until all have begun. */
  public void awaitBegun() throws InterruptedException {
    for (Gate gate : begun) {
      gate.await();
    }
  }

  private static long occupy(Gate begun, Gate go) throws InterruptedException {
    begun.open();
    go.await();
    return ProcessHandle.current().pid();
  }

  /** The task that occupies the first worker. */
  public ProcessFuture<Long> task() {
    return tasks.get(0);
  }

  /** Lets the workers go. */
  @Override
  public void close() {
    go.open();
  }
}
