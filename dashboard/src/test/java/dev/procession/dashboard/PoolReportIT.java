package dev.procession.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.procession.ProcessPoolExecutor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A pool as a page to keep and as a trace. */
class PoolReportIT {
  @TempDir Path tmp;

  private static JsonObject dataIn(Path page) throws Exception {
    String html = Files.readString(page);
    String start = "<script type=\"application/json\" id=\"data\">";
    int from = html.indexOf(start) + start.length();
    return JsonParser.parseString(html.substring(from, html.indexOf("</script>", from)))
        .getAsJsonObject();
  }

  private static Map<String, Long> doneByName(JsonObject data) {
    Map<String, Long> done = new TreeMap<>();
    for (JsonElement count : data.getAsJsonArray("counts")) {
      JsonArray row = count.getAsJsonArray();
      done.put(row.get(0).getAsString(), row.get(4).getAsLong());
    }
    return done;
  }

  @Test
  @DisplayName("report and trace hold what the pool did, also once it has ended")
  void write() throws Exception {
    Path page = tmp.resolve("report.html");
    Path trace = tmp.resolve("trace.json");
    PoolReport kept;
    try (var pool = ProcessPoolExecutor.builder().name("kept").workers(2).build()) {
      kept = PoolReport.start(pool);
      Work.some(pool);
      await()
          .atMost(Work.SOON)
          .until(
              () -> {
                kept.write(page);
                return dataIn(page).getAsJsonArray("failures").size() == 3;
              });
    }
    kept.write(page);
    kept.writeTrace(trace);
    kept.close();

    JsonObject data = dataIn(page);
    assertThat(data.getAsJsonObject("pool").get("name").getAsString()).isEqualTo("kept");
    assertThat(doneByName(data))
        .isEqualTo(Map.of("thumbnails", 200L, "parse", 1L, "crash", 1L, "late", 1L, "talk", 1L));
    long tasks = 0;
    for (JsonElement segment : data.getAsJsonArray("segments")) {
      tasks += segment.getAsJsonArray().get(5).getAsLong();
    }
    assertThat(tasks).isEqualTo(202); // what was stopped or crashed has not ended by itself
    assertThat(data.getAsJsonObject("texts").entrySet())
        .anyMatch(text -> text.getValue().getAsString().contains("NumberFormatException"))
        .anyMatch(text -> text.getValue().getAsString().contains("exit code 3"))
        .anyMatch(text -> text.getValue().getAsString().contains("'late'"));
    assertThat(data.getAsJsonArray("lines").toString()).contains("hello from a worker");
    assertThat(data.getAsJsonArray("marks")).isNotEmpty();
    assertThat(Files.readString(page)).doesNotContain("src=\"", "href=\"http", "x<b>y");

    JsonArray events =
        JsonParser.parseString(Files.readString(trace))
            .getAsJsonObject()
            .getAsJsonArray("traceEvents");
    long spans = 0;
    for (JsonElement event : events) {
      JsonObject one = event.getAsJsonObject();
      assertThat(one.keySet()).contains("name", "cat", "ph", "ts", "pid", "tid");
      boolean ofTask = one.get("ph").getAsString().equals("X") && one.has("args");
      spans += ofTask ? one.getAsJsonObject("args").get("tasks").getAsLong() : 0;
    }
    assertThat(spans).isEqualTo(202);
    assertThat(events.toString()).contains("thread_name", "terrible", "worker ended");
    try (var files = Files.list(tmp)) {
      assertThat(files).hasSize(2);
    }
  }
}
