package dev.procession.internal.training;

import dev.procession.ProcessPoolExecutor;
import dev.procession.internal.wire.WorkerExit;
import dev.procession.internal.worker.WorkerMain;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;

/**
 * The {@code main} of a process whose pool has one worker, which does what every worker does; when
 * the pool ends, that worker's JVM writes the classes it has loaded into an archive.
 *
 * <p>Started with the jars of Procession and what it needs on the class path, nothing else.
 */
public final class ArchiveTraining {
  private ArchiveTraining() {}

  /**
   * Runs some tasks; the only argument is the archive's file. Standard input is a pipe that stays
   * open as long as the parent lives.
   */
  @SuppressWarnings(
      "serial") // of lambdas whose bodies anybody could run: it is no secret what they do
  public static void main(String[] args) throws Exception {
    endWithParent(System.in);
    try (ProcessPoolExecutor pool =
        ProcessPoolExecutor.builder()
            .workers(1)
            .observable(false)
            .jvmArgs("-XX:ArchiveClassesAtExit=" + args[0], "-D" + WorkerMain.NO_REHEARSAL + "=")
            .outputListener(line -> {}) // the JVM tells there what it left out
            .build()) {
      int captured = args.length;
      pool.submit(() -> captured).get();
      pool.submit(TrainingTasks::loadOwnClasses).get();
      TrainingTasks.Sample sample =
          new TrainingTasks.Sample(1, "text", List.of("x"), Map.of("k", 1.0));
      pool.submit(TrainingTasks::describe, sample).get();
      try (var results = pool.map(number -> number + 1, List.of(1, 2, 3))) {
        results.forEach(number -> {});
      }
      try {
        pool.submit(TrainingTasks::fail).get();
      } catch (ExecutionException e) {
        // As it should.
      }
    }
  }

  private static void endWithParent(InputStream pipe) {
    Thread thread =
        new Thread(
            () -> {
              try {
                while (pipe.read() >= 0) {
                  // Nothing is ever sent.
                }
              } catch (IOException e) {
                // As good as the end.
              }
              Runtime.getRuntime().halt(WorkerExit.PARENT_LOST);
            },
            "procession-parent-watch");
    thread.setDaemon(true);
    thread.start();
  }
}
