package dev.procession.dashboard;

import dev.procession.ProcessExecutorService;
import dev.procession.ProcessPoolExecutor;
import dev.procession.TaskOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openqa.selenium.By;
import org.openqa.selenium.Dimension;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.chrome.ChromeDriver;

/** Makes the pictures of the documentation: into the folder that is given. */
final class Screenshots {
  private static final long SECONDS = 45;

  private Screenshots() {}

  /** Takes them. */
  public static void main(String[] args) throws Exception {
    Path folder = Files.createDirectories(Path.of(args[0]));
    try (var pool =
            ProcessPoolExecutor.builder()
                .name("archive")
                .workers(4)
                .maxHeap("96m")
                .memoryLimit("400m")
                .outputListener(line -> {})
                .build();
        DashboardServer server = DashboardServer.start(pool);
        Browser browser = new Browser()) {
      ChromeDriver driver = browser.driver;
      driver.get(server.address().toString());
      Thread feeder = new Thread(() -> feed(pool));
      feeder.start();
      TimeUnit.SECONDS.sleep(SECONDS);
      shoot(driver, "dashboard", 1440, 1500, folder);
      driver.findElement(By.id("theme")).click();
      shoot(driver, "dashboard-dark", 1440, 1500, folder);
      driver.findElement(By.id("theme")).click();
      driver.findElement(By.cssSelector("#failures tbody tr")).click();
      TimeUnit.SECONDS.sleep(1);
      shoot(driver, "failure", 1440, 900, folder);
      driver.findElement(By.id("dialog-close")).click();
      driver.findElement(By.cssSelector("#workers button[aria-label^='Flame']")).click();
      TimeUnit.SECONDS.sleep(9);
      shoot(driver, "flame", 1440, 900, folder);
      driver.findElement(By.id("dialog-close")).click();
      shoot(driver, "dashboard-phone", 390, 1900, folder);
      pool.shutdownNow();
      feeder.join();
    }
  }

  private static void shoot(ChromeDriver driver, String name, int width, int height, Path folder)
      throws Exception {
    driver.manage().window().setSize(new Dimension(width, height));
    TimeUnit.SECONDS.sleep(2);
    Files.write(folder.resolve(name + ".png"), driver.getScreenshotAs(OutputType.BYTES));
  }

  private static ProcessExecutorService named(ProcessPoolExecutor pool, String name, long millis) {
    return pool.with(TaskOptions.builder().name(name).timeout(Duration.ofMillis(millis)).build());
  }

  private static void feed(ProcessPoolExecutor pool) {
    try {
      for (int i = 0; i < 400; i++) {
        int number = i;
        named(pool, "scan page", 3_000).submit(() -> scan(number));
        if (i % 3 == 0) {
          named(pool, "thumbnail", 3_000).submit(() -> thumbnail(number));
        }
        if (i % 40 == 17) {
          named(pool, "parse annex", 1_500).submit(() -> parse(number));
        }
      }
      while (true) {
        try (var words =
            named(pool, "count words", 3_000)
                .map(Screenshots::count, IntStream.range(0, 3_000).boxed().toList())) {
          long unused = words.stream().count();
        }
      }
    } catch (RuntimeException e) {
      // The pool was shut down.
    }
  }

  private static int scan(int page) {
    if (page % 60 == 59) {
      throw new IllegalStateException("page " + page + " is upside down");
    }
    System.out.println("page " + page + " scanned");
    return burn(40 + ThreadLocalRandom.current().nextInt(260));
  }

  private static byte[] thumbnail(int page) {
    burn(15 + page % 20);
    return new byte[4 << 20];
  }

  private static int parse(int annex) {
    if (annex % 3 == 1) {
      Runtime.getRuntime().halt(134);
    }
    return burn(10_000);
  }

  private static int count(int page) {
    return burn(1 + page % 7);
  }

  private static int burn(int millis) {
    long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    double sum = 0;
    while (System.nanoTime() < until) {
      sum = step(sum);
    }
    return (int) sum;
  }

  private static double step(double sum) {
    double next = sum;
    for (int i = 0; i < 1_000; i++) {
      next = Math.sqrt(next + i);
    }
    return next;
  }
}
