package dev.procession.dashboard;

import static dev.procession.dashboard.Work.SOON;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonParser;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.openqa.selenium.Dimension;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/** Chromium without a window, as the system has it. */
final class Browser implements AutoCloseable {
  /** Set where a missing browser is a failure: in CI, which installs one. */
  private static final String REQUIRED = "PROCESSION_BROWSER_REQUIRED";

  final ChromeDriver driver;
  private final Path profile;

  Browser() throws IOException {
    Optional<Path> chromium = find("chromium", "google-chrome", "chromium-browser");
    Optional<Path> chromedriver = find("chromedriver");
    boolean there = chromium.isPresent() && chromedriver.isPresent();
    if (!there && System.getenv(REQUIRED) != null) {
      throw new AssertionError("no browser: install chromium and chromium-driver");
    }
    Assumptions.assumeTrue(there, "no browser: install chromium and chromium-driver");
    profile = Files.createTempDirectory("procession-browser-");
    ChromeOptions options = new ChromeOptions();
    options.setBinary(chromium.orElseThrow().toString());
    options.addArguments(
        "--headless=new",
        "--no-sandbox", // CI is root
        "--disable-gpu",
        "--disable-quic",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--user-data-dir=" + profile);
    LoggingPreferences logs = new LoggingPreferences();
    logs.enable(LogType.BROWSER, Level.ALL);
    logs.enable(LogType.PERFORMANCE, Level.ALL);
    options.setCapability("goog:loggingPrefs", logs);
    ChromeDriverService service =
        new ChromeDriverService.Builder()
            .usingDriverExecutable(chromedriver.orElseThrow().toFile())
            .build();
    driver = new ChromeDriver(service, options);
    driver.manage().window().setSize(new Dimension(1400, 1000));
  }

  private static Optional<Path> find(String... names) {
    return Stream.of(names)
        .flatMap(
            name ->
                Stream.of(System.getenv("PATH").split(File.pathSeparator))
                    .map(folder -> Path.of(folder, name)))
        .filter(file -> file.toFile().canExecute())
        .findFirst();
  }

  /** What the page's console holds, warnings and errors. */
  List<String> complaints() {
    return driver.manage().logs().get(LogType.BROWSER).getAll().stream()
        .filter(entry -> entry.getLevel().intValue() >= Level.WARNING.intValue())
        .map(LogEntry::getMessage)
        .filter(message -> !message.contains("willReadFrequently")) // these tests read pixels
        .toList();
  }

  /** The hosts that the browser asked for the page since the last time. */
  List<String> hosts() {
    return driver.manage().logs().get(LogType.PERFORMANCE).getAll().stream()
        .map(entry -> JsonParser.parseString(entry.getMessage()).getAsJsonObject())
        .map(entry -> entry.getAsJsonObject("message"))
        .filter(message -> message.get("method").getAsString().equals("Network.requestWillBeSent"))
        .map(message -> message.getAsJsonObject("params").getAsJsonObject("request"))
        .map(request -> request.get("url").getAsString())
        .filter(address -> address.matches("(https?|wss?):.*"))
        .map(address -> URI.create(address).getAuthority())
        .distinct()
        .toList();
  }

  /** Also deletes its profile, into which its processes write to their end. */
  @Override
  public void close() throws Exception {
    List<ProcessHandle> processes = processes();
    driver.quit();
    for (ProcessHandle process : processes) {
      process.onExit().get(SOON.toSeconds(), TimeUnit.SECONDS);
    }
    await().atMost(SOON).ignoreExceptions().until(this::isProfileDeleted);
  }

  private static List<ProcessHandle> processes() {
    return ProcessHandle.current()
        .descendants()
        .filter(process -> process.info().command().orElse("").contains("chrom"))
        .toList();
  }

  private boolean isProfileDeleted() throws IOException {
    try (Stream<Path> files = Files.walk(profile)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
    return true;
  }
}
