package dev.procession.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.procession.PoolSnapshot;
import dev.procession.ProcessFuture;
import dev.procession.ProcessPoolExecutor;
import dev.procession.Task;
import dev.procession.WorkerSnapshot;
import dev.procession.observe.PoolView;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.Dimension;
import org.openqa.selenium.Keys;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.interactions.Actions;

/** The page in a real browser. */
class DashboardPageIT {
  @TempDir Path tmp;

  private Browser browser;
  private ChromeDriver driver;
  private ProcessPoolExecutor pool;
  private DashboardServer server;

  @BeforeEach
  void start() throws IOException {
    browser = new Browser();
    driver = browser.driver;
    pool = ProcessPoolExecutor.builder().name("page").workers(2).outputListener(l -> {}).build();
    server = DashboardServer.start(pool);
    driver.get(server.address().toString());
    awaitText("state", "running");
  }

  @AfterEach
  void end() throws Exception {
    if (browser != null) {
      if (server != null) {
        List<String> hosts = browser.hosts();
        String own = "127.0.0.1:" + server.address().getPort();
        assertThat(hosts).isSubsetOf(own);
        assertThat(browser.complaints()).isEmpty();
        server.close();
      }
      browser.close();
    }
    if (pool != null) {
      pool.shutdownNow();
      pool.close();
    }
  }

  private String text(String id) {
    return driver.findElement(By.id(id)).getText();
  }

  private void awaitText(String id, String wanted) {
    await().atMost(Work.SOON).untilAsserted(() -> assertThat(text(id)).contains(wanted));
  }

  private WebElement workerRow(int worker) {
    return driver.findElement(By.cssSelector("#workers tr[data-worker='" + worker + "']"));
  }

  private void press(int worker, String button) {
    driver
        .findElement(By.cssSelector("button[aria-label='" + button + " worker " + worker + "']"))
        .click();
  }

  private void closeDialog() {
    driver.findElement(By.id("dialog-close")).click();
  }

  /** How many points of the stream have a colour of the tasks', not of the ground. */
  private long painted() {
    return (Long)
        driver.executeScript(
            "const c=document.getElementById('stream'),d=c.getContext('2d').getImageData(0,0,c.width,c.height).data;"
                + "let n=0;for(let i=0;i<d.length;i+=4){if(Math.max(d[i],d[i+1],d[i+2])-Math.min(d[i],d[i+1],d[i+2])>40)n++;}return n;");
  }

  /** The pool's view, in which workers are on two nodes. */
  private PoolView onNodes() {
    PoolView real = pool.view();
    return (PoolView)
        Proxy.newProxyInstance(
            PoolView.class.getClassLoader(),
            new Class<?>[] {PoolView.class},
            (proxy, method, arguments) -> {
              Object answer = method.invoke(real, arguments);
              return answer instanceof PoolSnapshot seen ? onNodes(seen) : answer;
            });
  }

  private static PoolSnapshot onNodes(PoolSnapshot seen) {
    return new PoolSnapshot(
        seen.name(),
        seen.state(),
        seen.workers().stream().map(DashboardPageIT::onNode).toList(),
        seen.minWorkers(),
        seen.maxWorkers(),
        seen.pending(),
        seen.running(),
        seen.completed(),
        seen.failed(),
        seen.cancelled(),
        seen.restarts(),
        seen.memoryLimitBytes());
  }

  /** The first worker is on the node that comes last. */
  private static WorkerSnapshot onNode(WorkerSnapshot worker) {
    return new WorkerSnapshot(
        worker.number(),
        worker.pid(),
        worker.state(),
        worker.spare(),
        worker.currentTaskOrNull(),
        worker.currentTaskId(),
        worker.currentTaskFor(),
        worker.tasksDone(),
        worker.tasksFailed(),
        worker.prefetched(),
        worker.rssBytes(),
        worker.cpuTime(),
        worker.age(),
        worker.vitalsOrNull(),
        worker.number() == 1 ? "zeta" : "alpha");
  }

  @Test
  @DisplayName("workers of a cluster stand under their nodes, with what each node does")
  void nodes() throws Exception {
    Task<Boolean> sleeps = () -> new CountDownLatch(1).await(60, TimeUnit.SECONDS);
    List<ProcessFuture<?>> running = List.of(pool.submit(sleeps), pool.submit(sleeps));
    await().atMost(Work.SOON).until(() -> running.stream().allMatch(ProcessFuture::isRunning));
    assertThat(driver.findElements(By.cssSelector("#workers .node"))).isEmpty();
    try (DashboardServer other = DashboardServer.start(this::onNodes)) {
      driver.get(other.address().toString());
      await()
          .atMost(Work.SOON)
          .untilAsserted(
              () ->
                  assertThat(driver.findElements(By.cssSelector("#workers tbody tr")))
                      .extracting(row -> row.getText().split("\\s")[0])
                      .containsExactly("alpha", "2", "zeta", "1"));
      List<WebElement> nodes = driver.findElements(By.cssSelector("#workers .node"));
      assertThat(nodes.get(0).getText()).contains("alpha · 1 of 1 busy");
      press(1, "Kill");
      driver.switchTo().alert().accept();
      await().atMost(Work.SOON).until(() -> running.stream().anyMatch(ProcessFuture::isDone));
      driver.get(server.address().toString()); // the other one's page would complain of its end
      assertThat(browser.hosts()).contains("127.0.0.1:" + other.address().getPort());
    }
  }

  @Test
  @DisplayName("every panel shows true figures of the running pool")
  void figures() throws Exception {
    Work.some(pool);
    awaitText("figure-done", "204");
    awaitText("figure-failed", "3");
    assertThat(text("pool-name")).isEqualTo("page");
    assertThat(text("state")).isEqualTo("running");
    awaitText("progress", "thumbnails");
    assertThat(text("progress")).contains("200 · 100 %", "parse", "1 failed");
    await()
        .atMost(Work.SOON)
        .until(() -> driver.findElements(By.cssSelector("#failures tbody tr")).size() == 3);
    awaitText("failures", "NumberFormatException: For input string: \"x<b>y\"");
    awaitText("log", "hello from a worker");
    await().atMost(Work.SOON).until(() -> painted() > 500);
    await()
        .atMost(Work.SOON)
        .untilAsserted(
            () -> {
              for (var worker : pool.snapshot().workers()) {
                List<String> cells =
                    workerRow(worker.number()).findElements(By.tagName("td")).stream()
                        .map(WebElement::getText)
                        .toList();
                assertThat(cells.get(1)).isEqualTo(Long.toString(worker.pid()));
                assertThat(cells.get(6)).endsWith("MiB");
                assertThat(cells.get(7)).matches("[\\d.]+ [KM]iB");
                assertThat(cells.get(9)).isEqualTo(Long.toString(worker.tasksDone()));
              }
            });
    driver.findElement(By.id("failures-filter")).sendKeys("parse");
    assertThat(driver.findElements(By.cssSelector("#failures tbody tr"))).hasSize(1);
    driver.findElement(By.cssSelector("#failures tbody tr")).click();
    awaitText("dialog-body", "java.lang.Integer.parseInt");
    closeDialog();
    for (String chart : List.of("rate", "ran", "waited", "queue", "memory")) {
      assertThat(driver.findElements(By.cssSelector("#chart-" + chart + " canvas")))
          .as(chart)
          .hasSize(1);
    }
    await()
        .atMost(Work.SOON)
        .until(
            () ->
                !driver.findElement(By.cssSelector("#chart-memory .u-legend")).getText().isEmpty());
  }

  @Test
  @DisplayName("a crash appears, and its row goes on with the next worker")
  void crash() throws Exception {
    assertThat(pool.submit(() -> 1).result()).isEqualTo(1);
    ProcessFuture<?> halted = Work.named(pool, "crash").submit(() -> Runtime.getRuntime().halt(3));
    assertThat(halted.exception()).isPresent();
    await()
        .atMost(Work.SOON)
        .untilAsserted(() -> assertThat(text("failures")).contains("crash", "crashed"));
    driver.findElement(By.cssSelector("#failures tbody tr")).click();
    awaitText("dialog-body", "exit code 3");
    closeDialog();
    Path end = tmp.resolve("end");
    List<ProcessFuture<Integer>> both =
        Stream.of(end, end)
            .map(file -> pool.submit(Work::untilThereIs, file.toString()))
            .toList(); // for two workers, one of which replaces the other
    await()
        .atMost(Work.SOON)
        .ignoreExceptions()
        .untilAsserted(() -> assertThat(restarts()).containsExactlyInAnyOrder("0", "1"));
    Files.createFile(end);
    for (ProcessFuture<Integer> one : both) {
      assertThat(one.result()).isEqualTo(1);
    }
  }

  private List<String> restarts() {
    return driver.findElements(By.cssSelector("#workers tbody td:nth-child(12)")).stream()
        .map(WebElement::getText)
        .toList();
  }

  @Test
  @DisplayName("buttons: stack, flame graph, retire, kill")
  void buttons() throws Exception {
    ProcessFuture<Integer> task = Work.named(pool, "burns").submit(Work::burn);
    await().atMost(Work.SOON).until(task::isRunning);
    int worker = workerOf("burns");
    await()
        .atMost(Work.SOON)
        .ignoreExceptions()
        .until(() -> workerRow(worker).getText().contains("burns"));
    press(worker, "Stack");
    awaitText("dialog-body", "Work.burn");
    closeDialog();
    press(worker, "Flame");
    await()
        .atMost(Work.SOON)
        .until(
            () ->
                driver.findElements(By.cssSelector(".flame button")).stream()
                    .anyMatch(frame -> frame.getAttribute("title").contains("Work.burn")));
    closeDialog();
    press(worker, "Kill");
    driver.switchTo().alert().accept();
    assertThat(task.exception()).isPresent();
    await()
        .atMost(Work.SOON)
        .until(
            () ->
                driver
                    .findElements(By.cssSelector("#workers tr[data-worker='" + worker + "']"))
                    .isEmpty());
    assertThat(Work.named(pool, "after").submit(() -> 7).result()).isEqualTo(7);
    int next = pool.snapshot().workers().get(0).number();
    await().atMost(Work.SOON).ignoreExceptions().untilAsserted(() -> press(next, "Retire"));
    await()
        .atMost(Work.SOON)
        .until(() -> pool.snapshot().workers().stream().noneMatch(one -> one.number() == next));
  }

  private int workerOf(String task) {
    try (PoolView view = pool.view()) {
      return view.snapshot().workers().stream()
          .filter(worker -> task.equals(worker.currentTaskOrNull()))
          .findFirst()
          .orElseThrow()
          .number();
    }
  }

  @Test
  @DisplayName("keys zoom and move the stream; a click tells a task's story; dark and light")
  void hands() throws Exception {
    assertThat(Work.named(pool, "story").submit(() -> Work.slowly(300)).result()).isEqualTo(300);
    ProcessFuture<Integer> long1 =
        Work.named(pool, "longer").submit(Work::untilThereIs, tmp.resolve("x").toString());
    await().atMost(Work.SOON).until(long1::isRunning);
    Thread.sleep(300); // to be wide enough to be hit
    Files.createFile(tmp.resolve("x"));
    assertThat(long1.result()).isEqualTo(1);
    await().atMost(Work.SOON).until(() -> painted() > 50);
    WebElement stream = driver.findElement(By.id("stream"));
    stream.sendKeys(Keys.HOME);
    assertThat(driver.findElement(By.id("zoom-live")).getAttribute("aria-pressed"))
        .isEqualTo("false");
    long before = painted();
    stream.sendKeys("+");
    stream.sendKeys(Keys.ARROW_LEFT);
    assertThat(painted()).isNotEqualTo(before);
    stream.sendKeys(Keys.HOME);
    Number x =
        (Number)
            driver.executeScript(
                "const c=document.getElementById('stream'),g=c.getContext('2d'),d=g.getImageData(0,0,c.width,c.height).data;let b=0,at=-1;"
                    + "for(let x=60;x<c.width;x++){const i=(10*c.width+x)*4;if(Math.max(d[i],d[i+1],d[i+2])-Math.min(d[i],d[i+1],d[i+2])>40)at=x;}return at;");
    assertThat(x.intValue()).isPositive();
    Dimension size = stream.getSize();
    new Actions(driver)
        .moveToElement(stream, x.intValue() - 3 - size.getWidth() / 2, 10 - size.getHeight() / 2)
        .click()
        .perform();
    awaitText("dialog-body", "submitted");
    closeDialog();
    stream.sendKeys(Keys.END);
    assertThat(driver.findElement(By.id("zoom-live")).getAttribute("aria-pressed"))
        .isEqualTo("true");
    String theme =
        String.valueOf(driver.executeScript("return document.documentElement.dataset.theme"));
    driver.findElement(By.id("theme")).click();
    assertThat(driver.executeScript("return document.documentElement.dataset.theme"))
        .isNotEqualTo(theme);
  }

  @Test
  @DisplayName("no part moves while the page lives; it is as wide as the window, also on a phone")
  void layout() throws Exception {
    for (int width : new int[] {1400, 390}) {
      driver.manage().window().setSize(new Dimension(width, 900));
      List<?> before = tops();
      Work.some(pool);
      awaitText("failures", "NumberFormatException");
      assertThat(tops()).isEqualTo(before);
      assertThat(
              (Boolean)
                  driver.executeScript(
                      "return document.documentElement.scrollWidth <= window.innerWidth"))
          .as("width %d", width)
          .isTrue();
      if (width < 1000) {
        assertThat(widths()).as("widths of the panels, one below the other").hasSize(1);
      }
    }
  }

  private Set<Object> widths() {
    List<?> each =
        (List<?>)
            driver.executeScript(
                "return [...document.querySelectorAll('section')].map(s => s.offsetWidth)");
    return new HashSet<>(each);
  }

  private List<?> tops() {
    return (List<?>)
        driver.executeScript(
            "return [...document.querySelectorAll('section')].map(s => Math.round(s.getBoundingClientRect().top + scrollY) + ' ' + s.offsetHeight)");
  }

  @Test
  @DisplayName("the report is the same page without a server")
  void report() throws Exception {
    Path file = tmp.resolve("report.html");
    try (PoolReport report = PoolReport.start(pool)) {
      Work.some(pool);
      await()
          .atMost(Work.SOON)
          .until(
              () -> {
                report.write(file);
                return Files.readString(file).contains("exit code 3");
              });
    }
    driver.get(file.toUri().toString());
    assertThat(text("state")).startsWith("as of "); // the pool lived when it was written
    assertThat(text("figure-done")).isEqualTo("204");
    assertThat(painted()).isGreaterThan(200);
    assertThat(driver.findElement(By.id("save-report")).isDisplayed()).isFalse();
    driver.findElement(By.id("failures-filter")).sendKeys("parse");
    driver.findElement(By.cssSelector("#failures tbody tr")).click();
    awaitText("dialog-body", "java.lang.Integer.parseInt");
  }

  @Test
  @DisplayName("once the pool has ended the page says so and keeps what it has")
  void ended() throws Exception {
    Work.some(pool);
    awaitText("figure-done", "204");
    pool.close();
    await().atMost(Duration.ofSeconds(20)).until(() -> text("state").equals("ended"));
    assertThat(text("figure-done")).isEqualTo("204");
  }

  @Test
  @DisplayName("64 workers and a million tasks: the page lives on and counts right")
  void crowd() throws Exception {
    try (var many = ProcessPoolExecutor.builder().name("crowd").workers(64).maxHeap("32m").build();
        DashboardServer shown = DashboardServer.start(many)) {
      driver.get(shown.address().toString());
      try (var results =
          Work.named(many, "tiny")
              .map((Integer x) -> x + 1, IntStream.range(0, 1_000_000).boxed()::iterator)) {
        assertThat(results.stream().count()).isEqualTo(1_000_000);
      }
      awaitText("figure-done", "1,000,000");
      assertThat(painted()).isGreaterThan(100);
      assertThat(driver.getScreenshotAs(OutputType.BYTES)).isNotEmpty();
      assertThat(browser.complaints()).isEmpty();
      assertThat(browser.hosts()).isNotEmpty();
      driver.get(server.address().toString());
      awaitText("pool-name", "page");
    }
  }
}
