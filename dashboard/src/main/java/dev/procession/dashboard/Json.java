package dev.procession.dashboard;

import com.google.gson.stream.JsonWriter;
import dev.procession.PoolSnapshot;
import dev.procession.WorkerSnapshot;
import dev.procession.WorkerVitals;
import dev.procession.observe.NameCount;
import dev.procession.observe.PoolIdentity;
import dev.procession.observe.PrintedLine;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Optional;

/**
 * What the page is given, as JSON. Rows of long tables are arrays; app.js names their columns.
 * Texts are escaped so that they can stand in a page.
 */
final class Json {
  private Json() {}

  /** Writes something into JSON. */
  @FunctionalInterface
  interface Content {
    /** Writes it. */
    void writeTo(JsonWriter out) throws IOException;
  }

  static String of(Content content) {
    StringWriter text = new StringWriter();
    try {
      JsonWriter out = new JsonWriter(text);
      out.setHtmlSafe(true);
      content.writeTo(out);
      out.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // never: it is memory
    }
    return text.toString();
  }

  /** A look, or everything. */
  static String of(PoolIdentity pool, Tick tick) {
    return of(out -> write(out.beginObject(), pool, tick).endObject());
  }

  /** Everything, with the texts of failures. */
  static String report(PoolIdentity pool, Tick tick, Map<Long, String> texts) {
    return of(
        out -> {
          write(out.beginObject(), pool, tick);
          out.name("texts").beginObject();
          for (Map.Entry<Long, String> text : texts.entrySet()) {
            out.name(Long.toString(text.getKey())).value(text.getValue());
          }
          out.endObject().endObject();
        });
  }

  private static JsonWriter write(JsonWriter out, PoolIdentity pool, Tick tick) throws IOException {
    out.name("now").value(tick.now()).name("over").value(tick.isOver());
    out.name("silent").value(tick.isSilent());
    out.name("missed").value(tick.missed());
    write(out.name("pool"), pool, tick.pool());
    out.name("workers").beginArray();
    for (Tick.Row row : tick.rows()) {
      write(out, row);
    }
    out.endArray().name("counts").beginArray();
    for (NameCount count : tick.counts()) {
      out.beginArray()
          .value(count.name())
          .value(count.waiting())
          .value(count.expected())
          .value(count.running())
          .value(count.done())
          .value(count.failed())
          .endArray();
    }
    out.endArray().name("firstName").value(tick.firstName()).name("names").beginArray();
    for (String name : tick.names()) {
      out.value(name);
    }
    out.endArray().name("segments").beginArray();
    for (Segment segment : tick.segments()) {
      write(out, segment);
    }
    out.endArray().name("failures").beginArray();
    for (Segment failure : tick.failures()) {
      write(out, failure);
    }
    out.endArray().name("points").beginArray();
    for (Point point : tick.points()) {
      write(out, point);
    }
    out.endArray().name("marks").beginArray();
    for (Tick.Mark mark : tick.marks()) {
      out.beginArray().value(mark.at()).value(mark.lane()).value(mark.worker()).endArray();
    }
    out.endArray().name("lines").beginArray();
    for (PrintedLine line : tick.lines()) {
      out.beginArray()
          .value(line.at().toEpochMilli())
          .value(line.worker())
          .value(line.pid())
          .value(line.task())
          .value(line.taskName())
          .value(line.source().name())
          .value(line.text())
          .endArray();
    }
    return out.endArray();
  }

  private static void write(JsonWriter out, PoolIdentity identity, PoolSnapshot pool)
      throws IOException {
    out.beginObject()
        .name("name")
        .value(pool.name())
        .name("pid")
        .value(identity.pid())
        .name("command")
        .value(identity.command())
        .name("started")
        .value(identity.started().toEpochMilli())
        .name("state")
        .value(pool.state().name())
        .name("minWorkers")
        .value(pool.minWorkers())
        .name("maxWorkers")
        .value(pool.maxWorkers())
        .name("waiting")
        .value(pool.pending())
        .name("running")
        .value(pool.running())
        .name("completed")
        .value(pool.completed())
        .name("failed")
        .value(pool.failed())
        .name("cancelled")
        .value(pool.cancelled())
        .name("restarts")
        .value(pool.restarts())
        .name("memoryLimit")
        .value(pool.memoryLimitBytes())
        .endObject();
  }

  private static void write(JsonWriter out, Tick.Row row) throws IOException {
    WorkerSnapshot worker = row.worker();
    out.beginObject()
        .name("lane")
        .value(row.lane())
        .name("number")
        .value(worker.number())
        .name("pid")
        .value(worker.pid())
        .name("member")
        .value(worker.memberOrNull())
        .name("state")
        .value(worker.state().name())
        .name("spare")
        .value(worker.spare())
        .name("task")
        .value(worker.currentTaskOrNull())
        .name("taskId")
        .value(worker.currentTaskId())
        .name("taskFor")
        .value(worker.currentTaskFor().toNanos() / 1_000)
        .name("done")
        .value(worker.tasksDone())
        .name("failed")
        .value(worker.tasksFailed())
        .name("rss")
        .value(worker.rssBytes())
        .name("cpu")
        .value(worker.cpuTime().toMillis())
        .name("age")
        .value(worker.age().toMillis());
    Optional<WorkerVitals> vitals = worker.vitals();
    if (vitals.isPresent()) {
      WorkerVitals told = vitals.get();
      out.name("heap")
          .value(told.heapUsedBytes())
          .name("heapMax")
          .value(told.heapMaxBytes())
          .name("gcCount")
          .value(told.gcCount())
          .name("gcMillis")
          .value(told.gcTime().toMillis())
          .name("threads")
          .value(told.threads());
    }
    out.endObject();
  }

  private static void write(JsonWriter out, Segment segment) throws IOException {
    out.beginArray()
        .value(segment.lane())
        .value(segment.worker())
        .value(segment.pid())
        .value(segment.task())
        .value(segment.name())
        .value(segment.tasks())
        .value(segment.failed())
        .value(segment.submitted())
        .value(segment.began())
        .value(segment.took())
        .value(segment.busy())
        .value(segment.reading())
        .value(segment.writing())
        .value(segment.end().ordinal())
        .value(segment.failedTask());
    if (segment.note() != null) {
      out.value(segment.note());
    }
    out.endArray();
  }

  private static void write(JsonWriter out, double[] percentiles) throws IOException {
    for (double millis : percentiles) {
      if (Double.isNaN(millis)) {
        out.nullValue();
      } else {
        out.value(millis);
      }
    }
  }

  private static void write(JsonWriter out, Point point) throws IOException {
    out.beginArray()
        .value(point.at())
        .value(point.millis())
        .value(point.done())
        .value(point.failed())
        .value(point.waiting())
        .value(point.running());
    write(out, point.ran());
    write(out, point.waited());
    for (Map.Entry<Integer, Long> bytes : point.memory().entrySet()) {
      out.beginArray().value(bytes.getKey()).value(bytes.getValue()).endArray();
    }
    out.endArray();
  }
}
