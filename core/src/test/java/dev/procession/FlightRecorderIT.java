package dev.procession;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.testing.NoLeaks;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What Java Flight Recorder, and so JDK Mission Control, gets to know of a pool. */
@NoLeaks
class FlightRecorderIT {
  @TempDir Path directory;

  private List<RecordedEvent> recorded(Recording recording) throws Exception {
    Path file = directory.resolve("flight.jfr");
    recording.dump(file);
    return RecordingFile.readAllEvents(file);
  }

  private static List<RecordedEvent> of(List<RecordedEvent> events, String type) {
    return events.stream()
        .filter(event -> event.getEventType().getName().equals("dev.procession." + type))
        .toList();
  }

  private static RecordedEvent named(List<RecordedEvent> events, String task) {
    return events.stream()
        .filter(event -> task.equals(event.getString("taskName")))
        .findFirst()
        .orElseThrow();
  }

  @Test
  @DisplayName("tasks, their wait, and the starts, kills and ends of workers are recorded")
  void recording_lifeOfAPool_everyEvent() throws Exception {
    try (Recording recording = new Recording()) {
      recording.start();
      try (ProcessPoolExecutor pool =
          ProcessPoolExecutor.builder().name("flown").workers(1).build()) {
        ProcessExecutorService good = named(pool, "good");
        ProcessFuture<Integer> value = good.submit(() -> 7);
        ProcessFuture<Object> bad =
            named(pool, "bad")
                .submit(
                    () -> {
                      throw new IllegalStateException("as it should");
                    });
        ProcessFuture<Void> endless =
            pool.with(TaskOptions.builder().name("endless").timeout(Duration.ofMillis(100)).build())
                .submit(
                    () -> {
                      while (true) {
                        Thread.onSpinWait();
                      }
                    });
        assertThat(value.result()).isEqualTo(7);
        assertThat(bad.exception()).isPresent();
        assertThatThrownBy(endless::result).isInstanceOf(TaskTimeoutException.class);
        try (MapResults<Integer> squares =
            pool.with(TaskOptions.builder().name("squares").build())
                .map(
                    MapOptions.builder().chunkSize(5).build(),
                    (Integer x) -> x * x,
                    IntStream.range(0, 10).boxed().toList())) {
          assertThat(squares.stream().mapToInt(Integer::intValue).sum()).isEqualTo(285);
        }
      }
      List<RecordedEvent> events = recorded(recording);

      RecordedEvent task = named(of(events, "Task"), "good");
      assertThat(task.getString("pool")).isEqualTo("flown");
      assertThat(task.getString("outcome")).isEqualTo("SUCCEEDED");
      assertThat(task.getLong("workerPid")).isPositive();
      assertThat(task.getInt("attempt")).isEqualTo(1);
      assertThat(task.getLong("bytesIn")).isPositive();
      assertThat(task.getDuration()).isGreaterThanOrEqualTo(task.getDuration("runTime"));
      assertThat(task.getDuration("queueTime")).isPositive();
      RecordedEvent failed = named(of(events, "Task"), "bad");
      assertThat(failed.getString("outcome")).isEqualTo("FAILED");
      assertThat(failed.getString("failure")).contains("IllegalStateException: as it should");
      assertThat(named(of(events, "Task"), "endless").getDuration("runTime"))
          .isGreaterThanOrEqualTo(Duration.ofMillis(100));
      assertThat(named(of(events, "QueueWait"), "endless").getDuration()).isPositive();
      assertThat(of(events, "Task").stream().filter(event -> event.getInt("elements") == 5))
          .hasSize(2)
          .allMatch(event -> event.getString("taskName").equals("squares"));

      List<RecordedEvent> starts = of(events, "WorkerStart");
      assertThat(starts).hasSize(2);
      assertThat(starts.get(0).getDuration()).isPositive();
      assertThat(of(events, "WorkerKill"))
          .singleElement()
          .satisfies(
              kill -> {
                assertThat(kill.getLong("workerPid")).isEqualTo(starts.get(0).getLong("workerPid"));
                assertThat(kill.getStackTrace()).isNotNull();
              });
      assertThat(of(events, "WorkerEnd"))
          .extracting(event -> event.getString("reason"))
          .containsExactlyInAnyOrder("TIMED_OUT", "RETIRED");
      assertThat(named(of(events, "WorkerEnd"), "endless").getString("signal"))
          .isEqualTo("SIGKILL");
    }
  }

  private static ProcessExecutorService named(ProcessPoolExecutor pool, String name) {
    return pool.with(TaskOptions.builder().name(name).build());
  }
}
