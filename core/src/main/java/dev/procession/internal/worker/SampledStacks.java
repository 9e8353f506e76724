package dev.procession.internal.worker;

import dev.procession.internal.codec.CallKind;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import javax.management.JMException;
import javax.management.ObjectName;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordedMethod;
import jdk.jfr.consumer.RecordedStackTrace;
import jdk.jfr.consumer.RecordedThread;
import jdk.jfr.consumer.RecordingFile;

/**
 * Stacks of this JVM's threads, sampled by the flight recorder: a line for each, outermost frame
 * first and separated by semicolons, with how often it was seen, the most frequent first. That is
 * what flame graphs are drawn from. Apart from who uses it, since a JVM may lack the recorder.
 */
final class SampledStacks {
  private static final Duration PERIOD = Duration.ofMillis(10);
  private static final int DEEPEST = 128;
  private static final String OWN_PACKAGE = "dev.procession.internal.";
  private static final String OWN_WORK = "(procession)";
  private static final String OWN_THREADS = "procession-";
  private static final String LAMBDA = "$$Lambda";
  private static final List<String> SAMPLES =
      List.of("jdk.ExecutionSample", "jdk.NativeMethodSample");

  private SampledStacks() {}

  /**
   * Watches for a while.
   *
   * @param directory for the recorder's files, which it leaves there until the JVM exits
   */
  static String take(Duration time, Path directory) throws IOException, InterruptedException {
    Files.createDirectories(directory);
    if (!FlightRecorder.isInitialized()) { // else a recording of the user's own would move with it
      keepFilesIn(directory);
    }
    Path file = directory.resolve("profile.jfr");
    try (Recording recording = new Recording()) {
      SAMPLES.forEach(event -> recording.enable(event).withPeriod(PERIOD));
      recording.start();
      Thread.sleep(time.toMillis());
      recording.stop();
      recording.dump(file);
      return folded(file);
    } finally {
      Files.deleteIfExists(file);
    }
  }

  /**
   * The recorder's own place is one for all JVMs, where the files of one that is killed stay. It is
   * told by a diagnostic command, as there is no other way once the JVM runs, and cannot be told
   * once something has been recorded.
   */
  private static void keepFilesIn(Path directory) {
    try {
      var unused =
          ManagementFactory.getPlatformMBeanServer()
              .invoke(
                  new ObjectName("com.sun.management:type=DiagnosticCommand"),
                  "jfrConfigure",
                  new Object[] {new String[] {"repositorypath=" + directory}},
                  new String[] {String[].class.getName()});
    } catch (JMException | RuntimeException e) {
      // Then they are where they always are.
    }
  }

  private static String folded(Path file) throws IOException {
    Map<String, Integer> stacks = new HashMap<>();
    try (RecordingFile events = new RecordingFile(file)) {
      while (events.hasMoreEvents()) {
        RecordedEvent event = events.readEvent();
        RecordedStackTrace stack = event.getStackTrace();
        if (stack != null && isSample(event)) {
          stacks.merge(line(stack), 1, Integer::sum);
        }
      }
    }
    return stacks.entrySet().stream()
        .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
        .map(stack -> stack.getKey() + " " + stack.getValue() + "\n")
        .collect(Collectors.joining());
  }

  /** Whether it is one of a thread that is not there for the pool. */
  private static boolean isSample(RecordedEvent event) {
    RecordedThread thread = event.getThread("sampledThread");
    String name = thread == null ? null : thread.getJavaName();
    return SAMPLES.contains(event.getEventType().getName())
        && (name == null || !name.startsWith(OWN_THREADS));
  }

  /** Without the pool's own frames around the task, and without the numbers of hidden classes. */
  private static String line(RecordedStackTrace stack) {
    List<RecordedFrame> frames = stack.getFrames();
    StringBuilder line = new StringBuilder();
    boolean isCall = true; // or a thread of the task's own
    for (int i = Math.min(DEEPEST, frames.size()) - 1; i >= 0; i--) {
      RecordedMethod method = frames.get(i).getMethod();
      String type = method.getType().getName();
      if (line.isEmpty() && type.startsWith(OWN_PACKAGE) && i > 0) {
        isCall = type.equals(CallKind.class.getName());
        continue;
      }
      if (line.isEmpty() && !isCall) {
        line.append(OWN_WORK);
      }
      int hidden = type.indexOf(LAMBDA);
      line.append(line.isEmpty() ? "" : ";")
          .append(hidden < 0 ? type : type.substring(0, hidden + LAMBDA.length()))
          .append('.')
          .append(method.getName());
    }
    return line.toString();
  }
}
