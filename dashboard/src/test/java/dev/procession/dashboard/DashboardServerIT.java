package dev.procession.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.procession.PoolState;
import dev.procession.ProcessFuture;
import dev.procession.ProcessPoolExecutor;
import dev.procession.observe.PoolView;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What the server gives, and to whom. */
class DashboardServerIT {
  private final HttpClient http = HttpClient.newHttpClient();
  private ProcessPoolExecutor pool;
  private DashboardServer server;

  @BeforeEach
  void start() {
    pool = ProcessPoolExecutor.builder().name("shown").workers(1).build();
    server = DashboardServer.start(pool);
  }

  @AfterEach
  void end() {
    server.close();
    pool.shutdownNow();
    pool.close();
    await()
        .atMost(Work.SOON)
        .until(
            () ->
                Thread.getAllStackTraces().keySet().stream()
                    .map(Thread::getName)
                    .noneMatch(name -> name.matches("procession-(dashboard|recorder).*")));
  }

  private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private HttpResponse<String> get(String path) throws Exception {
    return send(HttpRequest.newBuilder(server.address().resolve(path)));
  }

  private HttpResponse<String> post(String path) throws Exception {
    return send(
        HttpRequest.newBuilder(server.address().resolve(path))
            .header("X-Procession", "1")
            .POST(HttpRequest.BodyPublishers.noBody()));
  }

  /** The first line of the answer to a request as it stands. */
  private String raw(String... lines) throws Exception {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.address().getPort())) {
      OutputStream out = socket.getOutputStream();
      out.write((String.join("\r\n", lines) + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
      out.flush();
      return new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII))
          .readLine();
    }
  }

  @Test
  @DisplayName("page, scripts and style come with headers that let nothing else in")
  void files() throws Exception {
    HttpResponse<String> page = get("");
    assertThat(page.statusCode()).isEqualTo(200);
    assertThat(page.body()).contains("Task stream");
    assertThat(page.headers().firstValue("Content-Security-Policy").orElseThrow())
        .startsWith("default-src 'none'; script-src 'self';");
    assertThat(page.headers().firstValue("Referrer-Policy")).hasValue("no-referrer");
    for (String file :
        List.of("app.js", "stream.js", "style.css", "uPlot.iife.min.js", "uPlot.min.css")) {
      HttpResponse<String> found = get(file);
      assertThat(found.statusCode()).as(file).isEqualTo(200);
      assertThat(found.body()).as(file).hasSizeGreaterThan(1_000);
    }
    assertThat(get("LICENSE").statusCode()).isEqualTo(404);
    assertThat(get("../DashboardServer.class").statusCode()).isEqualTo(403);
    assertThat(get("nothing").body()).isEqualTo("there is no /nothing\n");
  }

  @Test
  @DisplayName("who lacks the token, comes from another site or by another name is refused")
  void strangers() throws Exception {
    String host = "Host: 127.0.0.1:" + server.address().getPort();
    String path = server.address().getPath();
    assertThat(raw("GET " + path + " HTTP/1.1", host, "Connection: close")).contains(" 200 ");
    assertThat(raw("GET / HTTP/1.1", host, "Connection: close")).contains(" 403 ");
    assertThat(raw("GET /events HTTP/1.1", host, "Connection: close")).contains(" 403 ");
    String wrong = path.substring(0, path.length() - 3) + "00/";
    assertThat(raw("GET " + wrong + " HTTP/1.1", host, "Connection: close")).contains(" 403 ");
    assertThat(raw("GET " + path + " HTTP/1.1", "Host: evil.example", "Connection: close"))
        .contains(" 403 ");
    assertThat(raw("GET " + path + " HTTP/1.0", "Connection: close")).contains(" 403 ");
    assertThat(
            raw(
                "GET " + path + " HTTP/1.1",
                host,
                "Origin: http://evil.example",
                "Connection: close"))
        .contains(" 403 ");
    assertThat(
            raw(
                "POST " + path + "api/kill?worker=1 HTTP/1.1",
                host,
                "Content-Length: 0",
                "Connection: close"))
        .contains(" 403 "); // a form of another site could send that
  }

  @Test
  @DisplayName("nothing but the loopback interface listens")
  void otherInterfaces() throws Exception {
    for (NetworkInterface network : Collections.list(NetworkInterface.getNetworkInterfaces())) {
      for (InetAddress address : Collections.list(network.getInetAddresses())) {
        if (!address.isLoopbackAddress()) {
          assertThatThrownBy(() -> new Socket(address, server.address().getPort()).close())
              .isInstanceOf(SocketException.class);
        }
      }
    }
  }

  @Test
  @DisplayName("stack, profile, failure; stop, retire and kill do what they say")
  void actions() throws Exception {
    ProcessFuture<Integer> task = Work.named(pool, "burns").submit(Work::burn);
    await().atMost(Work.SOON).until(task::isRunning);
    assertThat(get("api/threads?worker=1").body()).contains("Work.burn");
    assertThat(get("api/profile?worker=1&seconds=1").body()).contains("Work.burn");
    assertThat(post("api/cancel?task=" + task.info().id()).body()).isEqualTo("stopped");
    assertThat(task.isCancelled()).isTrue();

    ProcessFuture<Integer> thrown = pool.submit(() -> Integer.parseInt("x"));
    assertThat(thrown.exception()).isPresent();
    await()
        .atMost(Work.SOON)
        .until(
            () ->
                get("api/failure?task=" + thrown.info().id())
                    .body()
                    .contains("java.lang.Integer.parseInt"));
    int worker = pool.snapshot().workers().get(0).number();
    assertThat(post("api/retire?worker=" + worker).body()).isEqualTo("done");
    await()
        .atMost(Work.SOON)
        .until(() -> pool.snapshot().workers().stream().noneMatch(one -> one.number() == worker));
    ProcessFuture<Integer> killed = pool.submit(Work::burn);
    await().atMost(Work.SOON).until(killed::isRunning);
    int next = pool.snapshot().workers().get(0).number();
    assertThat(post("api/kill?worker=" + next).body()).isEqualTo("done");
    assertThat(killed.exception()).isPresent();
    assertThat(pool.submit(() -> 7).result()).isEqualTo(7);
  }

  @Test
  @DisplayName("wrong questions get an answer that says what is wrong")
  void mistakes() throws Exception {
    assertThat(get("api/threads?worker=99").statusCode()).isEqualTo(404);
    assertThat(get("api/threads?worker=99").body()).isEqualTo("pool 'shown' has no worker 99\n");
    assertThat(get("api/threads").body()).isEqualTo("the parameter worker is missing\n");
    assertThat(get("api/threads?worker=-1").body()).startsWith("worker is no number: -1");
    assertThat(get("api/profile?worker=1&seconds=61").body())
        .isEqualTo("a profile takes 1 to 60 s\n");
    assertThat(post("api/explode").statusCode()).isEqualTo(404);
    assertThat(get("api/failure?task=77").body())
        .isEqualTo("Nothing more is remembered of task 77.");
    assertThatThrownBy(() -> DashboardServer.start(pool, 70_000))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("port must be 0 to 65535, was 70000");
    assertThatThrownBy(() -> DashboardServer.start(pool, server.address().getPort()))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("is taken");
  }

  @Test
  @DisplayName("events: everything first, then each look; the last says that the pool has ended")
  void events() throws Exception {
    Work.some(pool);
    HttpResponse<java.io.InputStream> events =
        http.send(
            HttpRequest.newBuilder(server.address().resolve("events")).build(),
            HttpResponse.BodyHandlers.ofInputStream());
    assertThat(events.headers().firstValue("Content-Type")).hasValue("text/event-stream");
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(events.body(), StandardCharsets.UTF_8))) {
      assertThat(lines.readLine()).isEqualTo("event: all");
      assertThat(lines.readLine()).contains("\"name\":\"shown\"", "\"thumbnails\"");
      assertThat(lines.readLine()).isEmpty();
      assertThat(lines.readLine()).isEqualTo("event: look");
      pool.close();
      assertThat(pool.snapshot().state()).isEqualTo(PoolState.TERMINATED);
      String line;
      do {
        line = lines.readLine();
      } while (!line.contains("\"over\":true"));
    }
  }

  /** Shows a pool and closes nothing. */
  static final class Forgetful {
    public static void main(String[] args) throws Exception {
      ProcessPoolExecutor pool = ProcessPoolExecutor.create(1);
      DashboardServer server = DashboardServer.start(pool);
      System.out.println(server.address());
      pool.close();
    }
  }

  @Test
  @DisplayName("a dashboard that nobody closes keeps no JVM alive")
  void forgotten() throws Exception {
    Process child =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Forgetful.class.getName())
            .redirectErrorStream(true)
            .start();
    try {
      assertThat(child.waitFor(Work.SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
      assertThat(new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
          .contains("http://127.0.0.1:");
    } finally {
      child.destroyForcibly().waitFor();
    }
  }

  @Test
  @DisplayName("a pool of another process is shown the same way")
  void attached() throws Exception {
    assertThat(pool.submit(() -> 1).result()).isEqualTo(1);
    try (PoolView view = pool.view()) {
      await().atMost(Work.SOON).until(() -> PoolView.list().contains(view.identity()));
      try (DashboardServer other = DashboardServer.start(view.identity(), 0)) {
        URI address = other.address();
        assertThat(send(HttpRequest.newBuilder(address.resolve("api/threads?worker=1"))).body())
            .contains("\"main\"");
      }
    }
    pool.close();
    try (PoolView view = pool.view()) {
      assertThatThrownBy(() -> DashboardServer.start(view.identity(), 0))
          .hasMessageContaining("has ended");
    }
  }
}
