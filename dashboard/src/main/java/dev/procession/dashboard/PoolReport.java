package dev.procession.dashboard;

import com.google.gson.stream.JsonWriter;
import dev.procession.AbstractProcessExecutor;
import dev.procession.observe.PoolView;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Watches a pool and writes what it has seen into a file: a page that needs nothing but a browser,
 * to keep or to attach to a bug report, or a trace for Perfetto.
 *
 * <p>What workers do is kept at falling resolution: all of it, however long the pool lives, but
 * short tasks of long ago are merged. To watch costs a pool nothing that can be measured. Any
 * thread may use it.
 *
 * <pre>{@code
 * try (var pool = ProcessPoolExecutor.create(4);
 *     var report = PoolReport.start(pool)) {
 *   work(pool);
 *   report.write(Path.of("report.html"));
 * }
 * }</pre>
 */
public final class PoolReport implements AutoCloseable {
  private final Recorder recorder;

  private PoolReport(Recorder recorder) {
    this.recorder = recorder;
  }

  /**
   * Begins to watch a pool of this process.
   *
   * @throws dev.procession.observe.UnreachablePoolException if it has ended
   */
  public static PoolReport start(AbstractProcessExecutor pool) {
    return start(pool.view(), pool::view);
  }

  /**
   * Begins to watch a pool.
   *
   * @param view of the pool, by which nobody else may ask; {@link #close} closes it
   * @throws dev.procession.observe.UnreachablePoolException if it has ended
   */
  public static PoolReport start(PoolView view) {
    return start(Objects.requireNonNull(view, "view"), null);
  }

  private static PoolReport start(PoolView view, @Nullable Supplier<PoolView> again) {
    Recorder recorder = new Recorder(view, again);
    recorder.start();
    return new PoolReport(recorder);
  }

  /**
   * Writes what was seen up to this moment as one page of HTML. Also once the pool has ended.
   *
   * @param file replaced if it exists, and only by the whole page
   * @throws IOException if it cannot be written
   */
  public void write(Path file) throws IOException {
    recorder.look();
    String json = Json.report(recorder.pool(), recorder.everything(), recorder.texts());
    replace(file, out -> out.write(WebFiles.pageWith(json)));
  }

  /**
   * Writes what was seen up to this moment in the Trace Event Format of JSON, which Perfetto,
   * speedscope and other viewers open. Also once the pool has ended.
   *
   * @param file replaced if it exists, and only by the whole trace
   * @throws IOException if it cannot be written
   */
  public void writeTrace(Path file) throws IOException {
    recorder.look();
    Trace trace = new Trace(recorder.pool(), recorder.everything());
    replace(
        file,
        out -> {
          JsonWriter json = new JsonWriter(out);
          trace.writeTo(json);
          json.flush();
        });
  }

  /** Writes something into a file. */
  @FunctionalInterface
  private interface Content {
    void writeTo(Writer out) throws IOException;
  }

  private static void replace(Path file, Content content) throws IOException {
    Path unready = file.resolveSibling(file.getFileName() + ".new");
    try {
      try (Writer out = Files.newBufferedWriter(unready, StandardCharsets.UTF_8)) {
        content.writeTo(out);
      }
      Files.move(unready, file, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(unready);
    }
  }

  /** Watches no more; the pool goes on. Repeatable. */
  @Override
  public void close() {
    recorder.close();
  }
}
