package dev.procession.dashboard;

import com.google.gson.stream.JsonWriter;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import dev.procession.observe.PoolIdentity;
import dev.procession.observe.PoolView;
import dev.procession.observe.UnreachablePoolException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers browsers. Whoever does not know the token, comes from another site, or was led here by
 * another name (DNS rebinding) is refused.
 */
final class Requests implements HttpHandler {
  private static final Logger LOG = LoggerFactory.getLogger(Requests.class);

  private static final String TEXT = "text/plain; charset=utf-8";

  /** What a browser sends only from a page of ours; a form of another site cannot. */
  private static final String OWN_HEADER = "X-Procession";

  private static final int LONGEST_PROFILE_SECONDS = 60;

  /** Browsers leave it out of hosts and origins. */
  private static final int DEFAULT_PORT = 80;

  /** A browser that takes so long to read is given everything anew instead. */
  private static final int MOST_EVENTS_WAITING = 100;

  private static final long PULSE_SECONDS = 15;

  /** A comment, which a browser skips. */
  private static final String PULSE = ":\n\n";

  private final Recorder recorder;
  private final Supplier<PoolView> views;
  private final String token;
  private final Set<String> hosts;

  /** Each has a stream look whether it is to end. */
  private final Set<Runnable> streams = ConcurrentHashMap.newKeySet();

  private volatile boolean closed;

  Requests(Recorder recorder, Supplier<PoolView> views, String token, int port) {
    this.recorder = recorder;
    this.views = views;
    this.token = token;
    this.hosts =
        port == DEFAULT_PORT
            ? Set.of("127.0.0.1", "localhost", "127.0.0.1:80", "localhost:80")
            : Set.of("127.0.0.1:" + port, "localhost:" + port);
  }

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      protect(exchange.getResponseHeaders());
      String path = exchange.getRequestURI().getPath();
      String refused = refused(exchange, path);
      if (refused != null) {
        answer(exchange, 403, TEXT, refused + "\n");
      } else {
        route(exchange, path.substring(1 + token.length()));
      }
    } catch (RuntimeException | Error e) {
      LOG.warn("a page could not be given", e);
      throw e;
    }
  }

  private static void protect(Headers headers) {
    headers.set(
        "Content-Security-Policy",
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
            + " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
    headers.set("X-Content-Type-Options", "nosniff");
    headers.set("X-Frame-Options", "DENY");
    headers.set("Referrer-Policy", "no-referrer"); // the token is in the address
    headers.set("Cross-Origin-Resource-Policy", "same-origin");
    headers.set("Cache-Control", "no-store");
  }

  private @Nullable String refused(HttpExchange exchange, String path) {
    Headers headers = exchange.getRequestHeaders();
    String host = headers.getFirst("Host");
    if (host == null || !hosts.contains(host)) {
      return "This page is for browsers on its own machine, by the address that was printed.";
    }
    String origin = headers.getFirst("Origin");
    if (origin != null && !origin.equals("http://" + host)) {
      return "Pages of other sites may not ask.";
    }
    byte[] start = ("/" + token + "/").getBytes(StandardCharsets.UTF_8);
    String asked = path.substring(0, Math.min(path.length(), token.length() + 2));
    if (!MessageDigest.isEqual(start, asked.getBytes(StandardCharsets.UTF_8))) {
      return "The address lacks the token, or has an old one. Use it as it was printed.";
    }
    boolean changes = !exchange.getRequestMethod().equals("GET");
    if (changes && headers.getFirst(OWN_HEADER) == null) {
      return "Only the page itself may do that.";
    }
    return null;
  }

  private void route(HttpExchange exchange, String path) throws IOException {
    String method = exchange.getRequestMethod();
    try {
      if (method.equals("POST")) {
        act(exchange, path);
      } else if (!method.equals("GET")) {
        answer(exchange, 405, TEXT, method + " is not understood\n");
      } else {
        show(exchange, path);
      }
    } catch (IllegalArgumentException e) {
      answer(exchange, 404, TEXT, e.getMessage() + "\n");
    } catch (UnreachablePoolException e) {
      answer(exchange, 410, TEXT, e.getMessage() + "\n");
    }
  }

  /** A view for one answer: none waits for another, or finds one that does not answer any more. */
  private String asked(Function<PoolView, String> question) {
    try (PoolView view = views.get()) {
      return question.apply(view);
    }
  }

  private String ordered(Consumer<PoolView> order) {
    return asked(
        view -> {
          order.accept(view);
          return "done";
        });
  }

  private void act(HttpExchange exchange, String path) throws IOException {
    String said;
    switch (path) {
      case "/api/retire" -> {
        int worker = number(exchange, "worker");
        said = ordered(view -> view.retire(worker));
      }
      case "/api/kill" -> {
        int worker = number(exchange, "worker");
        said = ordered(view -> view.kill(worker));
      }
      case "/api/cancel" -> {
        long task = longNumber(exchange, "task");
        said = asked(view -> view.cancel(task) ? "stopped" : "it has ended, or waits");
      }
      default -> throw new IllegalArgumentException("there is no " + path);
    }
    answer(exchange, 200, TEXT, said);
  }

  private void show(HttpExchange exchange, String path) throws IOException {
    switch (path) {
      case "/events" -> stream(exchange);
      case "/api/threads" -> {
        int worker = number(exchange, "worker");
        answer(exchange, 200, TEXT, asked(view -> view.threads(worker)));
      }
      case "/api/failure" -> {
        long task = longNumber(exchange, "task");
        String text =
            recorder.failure(task).orElse("Nothing more is remembered of task " + task + ".");
        answer(exchange, 200, TEXT, text);
      }
      case "/api/profile" -> {
        int seconds = number(exchange, "seconds");
        if (seconds < 1 || seconds > LONGEST_PROFILE_SECONDS) {
          throw new IllegalArgumentException("a profile takes 1 to 60 s");
        }
        int worker = number(exchange, "worker");
        Duration time = Duration.ofSeconds(seconds);
        answer(exchange, 200, TEXT, asked(view -> view.profile(worker, time)));
      }
      case "/report.html" -> {
        saved(exchange, "html");
        String json = Json.report(identity(), recorder.everything(), recorder.texts());
        answer(exchange, 200, "text/html; charset=utf-8", WebFiles.pageWith(json));
      }
      case "/trace.json" -> {
        saved(exchange, "json");
        StringWriter text = new StringWriter();
        new Trace(identity(), recorder.everything()).writeTo(new JsonWriter(text));
        answer(exchange, 200, "application/json", text.toString());
      }
      default -> file(exchange, path.equals("/") ? "index.html" : path.substring(1));
    }
  }

  private PoolIdentity identity() {
    return recorder.pool();
  }

  private void saved(HttpExchange exchange, String ending) {
    String name = identity().name().replaceAll("[^A-Za-z0-9._-]", "_");
    exchange
        .getResponseHeaders()
        .set("Content-Disposition", "attachment; filename=\"pool-" + name + "." + ending + "\"");
  }

  private static void file(HttpExchange exchange, String name) throws IOException {
    String type = WebFiles.typeOf(name);
    if (type == null) {
      throw new IllegalArgumentException("there is no /" + name);
    }
    answer(exchange, 200, type, WebFiles.read(name));
  }

  private static int number(HttpExchange exchange, String parameter) {
    long number = longNumber(exchange, parameter);
    if (number < 0 || number > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(parameter + " is out of range: " + number);
    }
    return (int) number;
  }

  private static long longNumber(HttpExchange exchange, String parameter) {
    String query = exchange.getRequestURI().getQuery();
    for (String part : query == null ? new String[0] : query.split("&")) {
      if (part.startsWith(parameter + "=")) {
        String value = part.substring(parameter.length() + 1);
        try {
          return Long.parseUnsignedLong(value);
        } catch (NumberFormatException e) {
          throw new IllegalArgumentException(parameter + " is no number: " + value, e);
        }
      }
    }
    throw new IllegalArgumentException("the parameter " + parameter + " is missing");
  }

  private static void answer(HttpExchange exchange, int status, String type, String text)
      throws IOException {
    answer(exchange, status, type, text.getBytes(StandardCharsets.UTF_8));
  }

  private static void answer(HttpExchange exchange, int status, String type, byte[] bytes)
      throws IOException {
    exchange.getResponseHeaders().set("Content-Type", type);
    exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(bytes);
    }
  }

  /** Server-sent events: everything first, then what each look brings. */
  private void stream(HttpExchange exchange) throws IOException {
    exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
    exchange.sendResponseHeaders(200, 0);
    LinkedBlockingQueue<String> waiting = new LinkedBlockingQueue<>();
    Consumer<Tick> subscriber =
        tick -> {
          if (waiting.size() >= MOST_EVENTS_WAITING) {
            waiting.clear();
            waiting.add(event("all", recorder.everything()));
          } else {
            waiting.add(event("look", tick));
          }
        };
    Runnable end = () -> waiting.add(PULSE);
    streams.add(end);
    recorder.subscribe(tick -> waiting.add(event("all", tick)), subscriber);
    try (OutputStream out = exchange.getResponseBody()) {
      while (!closed) {
        String event = waiting.poll(PULSE_SECONDS, TimeUnit.SECONDS);
        out.write((event == null ? PULSE : event).getBytes(StandardCharsets.UTF_8));
        out.flush();
      }
    } catch (IOException e) {
      // The page was closed.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      recorder.unsubscribe(subscriber);
      streams.remove(end);
    }
  }

  private String event(String name, Tick tick) {
    return "event: " + name + "\ndata: " + Json.of(identity(), tick) + "\n\n";
  }

  /** Ends what streams, in good order. */
  void close() {
    closed = true;
    streams.forEach(Runnable::run);
  }
}
