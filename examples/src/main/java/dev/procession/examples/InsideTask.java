package dev.procession.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.procession.ProcessFuture;
import dev.procession.ProcessPoolExecutor;
import dev.procession.TaskContext;
import dev.procession.WorkerLocal;
import java.security.MessageDigest;
import java.util.List;

/** What a task can know, say and keep: its context, its progress, and what its worker holds. */
public class InsideTask {
  // @start region=local
  private static final WorkerLocal<MessageDigest> SHA = // one a worker, made when first asked for
      WorkerLocal.of(() -> MessageDigest.getInstance("SHA-256"));

  private static int firstByte(String text) {
    return SHA.get().digest(text.getBytes(UTF_8))[0] & 0xFF;
  }

  // @end

  /** Runs the example. */
  public static void main(String... args) throws Exception {
    try (var pool = ProcessPoolExecutor.create(2)) {
      // @start region=progress
      ProcessFuture<Integer> converted =
          pool.submit(
              () -> {
                TaskContext context = TaskContext.current();
                int pages = 40;
                for (int page = 1; page <= pages && !context.isCancelled(); page++) {
                  Thread.sleep(10); // converts it
                  context.report(page, pages, "page " + page);
                }
                return pages;
              });
      converted.addProgressListener(
          progress -> System.out.println(progress.message() + " of " + progress.total()));
      // @end
      System.out.println(converted.result() + " pages");
      System.out.println(converted.info().progress().orElseThrow().message() + " was the last");
      try (var bytes = pool.map(InsideTask::firstByte, List.of("a", "b", "c"))) {
        bytes.forEach(System.out::println);
      }
    }
  }
}
