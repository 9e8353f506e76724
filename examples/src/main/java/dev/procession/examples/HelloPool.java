package dev.procession.examples;

// @start region=hello
import dev.procession.ProcessFuture;
import dev.procession.ProcessPoolExecutor;

public class HelloPool {
  public static void main(String... args) throws Exception {
    try (var pool = ProcessPoolExecutor.create(4)) {
      ProcessFuture<Long> pid = pool.submit(() -> ProcessHandle.current().pid());
      ProcessFuture<Integer> length = pool.submit(String::length, "procession");
      System.out.println("here is " + ProcessHandle.current().pid());
      System.out.println("the task ran in " + pid.get() + ", length " + length.get());
    }
  }
}
// @end
