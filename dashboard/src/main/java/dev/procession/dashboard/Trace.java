package dev.procession.dashboard;

import com.google.gson.stream.JsonWriter;
import dev.procession.observe.PoolIdentity;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * What was seen of a pool in the Trace Event Format, which Perfetto and others open: a process for
 * the pool, a thread for each worker, counters for tasks and memory.
 */
final class Trace {
  private final PoolIdentity pool;
  private final Tick seen;

  Trace(PoolIdentity pool, Tick seen) {
    this.pool = pool;
    this.seen = seen;
  }

  void writeTo(JsonWriter out) throws IOException {
    out.beginObject().name("displayTimeUnit").value("ms").name("traceEvents").beginArray();
    named(out, "process_name", 0, "pool " + pool.name() + " of " + pool.command());
    Set<Integer> workers = new HashSet<>();
    for (Segment segment : seen.segments()) {
      if (workers.add(segment.worker())) {
        named(out, "thread_name", segment.worker(), "worker " + segment.worker());
      }
      write(out, segment);
    }
    for (Point point : seen.points()) {
      write(out, point);
    }
    for (Tick.Mark mark : seen.marks()) {
      begin(out, "worker ended", "i", mark.worker(), mark.at() * 1_000);
      out.name("s").value("t").endObject();
    }
    out.endArray().endObject();
  }

  private void named(JsonWriter out, String what, int worker, String name) throws IOException {
    begin(out, what, "M", worker, 0);
    out.name("args").beginObject().name("name").value(name).endObject().endObject();
  }

  private JsonWriter begin(JsonWriter out, String name, String phase, int worker, long micros)
      throws IOException {
    return out.beginObject()
        .name("name")
        .value(name)
        .name("cat")
        .value("procession") // some readers take no event without one
        .name("ph")
        .value(phase)
        .name("ts")
        .value(micros)
        .name("pid")
        .value(pool.pid())
        .name("tid")
        .value(worker);
  }

  private void write(JsonWriter out, Segment segment) throws IOException {
    List<String> names = seen.names();
    begin(out, names.get(segment.name()), "X", segment.worker(), segment.began());
    out.name("dur").value(Math.max(1, segment.took()));
    if (segment.isBad()) {
      out.name("cname").value("terrible");
    }
    out.name("args")
        .beginObject()
        .name("task")
        .value(segment.task())
        .name("tasks")
        .value(segment.tasks())
        .name("failed")
        .value(segment.failed())
        .name("waited_us")
        .value(Math.max(0, segment.began() - segment.submitted()))
        .name("busy_us")
        .value(segment.busy())
        .name("end")
        .value(segment.end().name().toLowerCase(Locale.ROOT));
    if (segment.note() != null) {
      out.name("note").value(segment.note());
    }
    out.endObject().endObject();
    if (segment.reading() > 0) {
      part(out, "read", segment.worker(), segment.began(), segment.reading());
    }
    if (segment.writing() > 0) {
      part(out, "write", segment.worker(), segment.over() - segment.writing(), segment.writing());
    }
  }

  private void part(JsonWriter out, String name, int worker, long at, long micros)
      throws IOException {
    begin(out, name, "X", worker, at);
    out.name("dur").value(micros).endObject();
  }

  private void write(JsonWriter out, Point point) throws IOException {
    begin(out, "tasks", "C", 0, point.at() * 1_000);
    out.name("args")
        .beginObject()
        .name("waiting")
        .value(point.waiting())
        .name("running")
        .value(point.running())
        .endObject()
        .endObject();
    begin(out, "memory of workers, MiB", "C", 0, point.at() * 1_000);
    out.name("args").beginObject();
    long bytes = point.memory().values().stream().mapToLong(Long::longValue).sum();
    out.name("resident").value(bytes >> 20).endObject().endObject();
  }
}
