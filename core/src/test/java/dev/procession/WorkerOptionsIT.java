package dev.procession;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.assertj.core.api.InstanceOfAssertFactories.THROWABLE;

import com.sun.management.HotSpotDiagnosticMXBean;
import dev.procession.spi.TaskSerializer;
import dev.procession.testing.Jdks;
import dev.procession.testing.NoLeaks;
import dev.procession.testing.Pools;
import dev.procession.testing.Sources;
import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What a worker's JVM is given: every option of the builder that reaches its command line. */
@NoLeaks
class WorkerOptionsIT {
  @TempDir Path tmp;

  private static String property(String name) {
    return String.valueOf(System.getProperty(name));
  }

  @Test
  @DisplayName("environment is set beside what is inherited")
  void environment() throws Exception {
    try (var pool =
        Pools.builder(1)
            .environment("PROCESSION_IT", "a b\"c=$d")
            .environment("EMPTY", "")
            .build()) {
      assertThat(pool.submit(() -> System.getenv("PROCESSION_IT")).get()).isEqualTo("a b\"c=$d");
      assertThat(pool.submit(() -> System.getenv("EMPTY")).get()).isEmpty();
      assertThat(pool.submit(() -> System.getenv("PATH")).get()).isEqualTo(System.getenv("PATH"));
    }
  }

  @Test
  @DisplayName("workingDirectory, with a blank in its name, is where relative paths begin")
  void workingDirectory() throws Exception {
    Path directory = Files.createDirectory(tmp.resolve("working directory"));
    try (var pool = Pools.builder(1).workingDirectory(directory).build()) {
      assertThat(pool.submit(() -> new File("").getAbsolutePath()).get())
          .isEqualTo(directory.toString());
      assertThat(pool.submit((String dot) -> Path.of(dot).toRealPath().toString(), ".").get())
          .isEqualTo(directory.toRealPath().toString());
    }
  }

  @Test
  @DisplayName("Default: the parent's class path and working directory")
  void defaults() throws Exception {
    try (var pool = Pools.of(1)) {
      assertThat(pool.submit(() -> property("user.dir")).get()).isEqualTo(property("user.dir"));
      List<String> entries =
          List.of(pool.submit(() -> property("java.class.path")).get().split(File.pathSeparator));
      List<String> own =
          Arrays.stream(property("java.class.path").split(File.pathSeparator, -1))
              .map(entry -> new File(entry).getAbsolutePath())
              .toList();
      assertThat(entries).containsExactlyInAnyOrderElementsOf(own);
      // Procession and what it needs may have been moved to the front.
      List<String> others = entries.subList(3, entries.size());
      assertThat(own).containsSubsequence(others);
      assertThat(entries.subList(0, 3)).allMatch(entry -> entry.endsWith(".jar"));
      assertThat(pool.submit(() -> property("java.home")).get()).isEqualTo(property("java.home"));
    }
  }

  private static final ThreadLocal<String> OF_THREAD = new InheritableThreadLocal<>();
  private static String ofClass = "as compiled";

  @Test
  @DisplayName("X12: properties, fields and thread locals that are set here later stay here")
  void stateStaysHere() throws Exception {
    try (var pool = Pools.of(1)) {
      assertThat(pool.submit(Pools::pid).get()).isNotEqualTo(Pools.pid());
      System.setProperty("procession.later", "set");
      OF_THREAD.set("set");
      ofClass = "changed";
      assertThat(pool.submit(() -> property("procession.later")).get()).isEqualTo("null");
      assertThat(pool.submit(() -> OF_THREAD.get()).get()).isNull();
      assertThat(pool.submit(() -> ofClass).get()).isEqualTo("as compiled");
    } finally {
      System.clearProperty("procession.later");
      OF_THREAD.remove();
      ofClass = "as compiled";
    }
  }

  /** A compilation at the start left 6 MB in the heap of malloc for good. */
  @Test
  @EnabledOnOs(OS.LINUX)
  @EnabledForJreRange(min = JRE.JAVA_22)
  @DisplayName("native memory that is free goes back to the system, unless jvmArgs say otherwise")
  void nativeHeapIsTrimmed() throws Exception {
    try (var pool = Pools.of(1)) {
      assertThat(pool.submit(() -> vmOption("TrimNativeHeapInterval")).get()).isEqualTo("30000");
    }
    try (var pool = Pools.builder(1).jvmArgs("-XX:TrimNativeHeapInterval=0").build()) {
      assertThat(pool.submit(() -> vmOption("TrimNativeHeapInterval")).get()).isEqualTo("0");
    }
  }

  private static String vmOption(String name) {
    return ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
        .getVMOption(name)
        .getValue();
  }

  @Test
  @DisplayName("jvmArgs arrive as they are, whatever is in them, and win over Procession's own")
  void jvmArgs() throws Exception {
    List<String> values =
        List.of(
            "plain",
            "",
            "two words",
            " edge ",
            "quote\" 'single'",
            "back\\slash\\",
            "#comment",
            "@file",
            "$HOME %PATH% *",
            "tab\tline\nnext\rform\f.");
    List<String> arguments = new ArrayList<>();
    for (int i = 0; i < values.size(); i++) {
      arguments.add("-Dvalue." + i + "=" + values.get(i));
    }
    arguments.add("-XX:+UseParallelGC");
    arguments.add("-Xss512k");
    try (var pool = Pools.builder(1).jvmArgs(arguments.toArray(new String[0])).build()) {
      for (int i = 0; i < values.size(); i++) {
        assertThat(pool.submit(WorkerOptionsIT::property, "value." + i).get())
            .isEqualTo(values.get(i));
      }
      List<String> given =
          pool.submit(
                  () -> new ArrayList<>(ManagementFactory.getRuntimeMXBean().getInputArguments()))
              .get();
      assertThat(given).contains("-XX:+UseParallelGC", "-Xss512k");
    }
  }

  @Test
  @DisplayName("jvmArgs beyond ASCII arrive if the system's encoding has them")
  void jvmArgsBeyondAscii() throws Exception {
    String encoding = property("sun.jnu.encoding");
    assumeThat(encoding).isEqualTo("UTF-8");
    try (var pool = Pools.builder(1).jvmArgs("-Dumlaut=äöü→日本").build()) {
      assertThat(pool.submit(() -> property("umlaut")).get()).isEqualTo("äöü→日本");
    }
  }

  @Test
  @DisplayName("maxHeap is the worker's -Xmx")
  void maxHeap() throws Exception {
    try (var pool = Pools.builder(1).maxHeap("64m").build()) {
      assertThat(pool.submit(() -> Runtime.getRuntime().maxMemory()).get())
          .isLessThanOrEqualTo(64L << 20)
          .isGreaterThan(32L << 20);
    }
  }

  @Test
  @DisplayName("classPath replaces the parent's; Procession is added; entries may hold blanks")
  void classPath() throws Exception {
    Path classes = tmp.resolve("my classes #1");
    Sources.compile(
        classes,
        Map.of(
            "extra/Extra.java",
            "package extra; public class Extra { public String toString() { return \"found\"; } }"));
    List<Path> path = new ArrayList<>();
    path.add(classes);
    for (String entry : property("java.class.path").split(File.pathSeparator)) {
      if (entry.contains("test-classes") || Files.isDirectory(Path.of(entry))) {
        path.add(Path.of(entry));
      }
    }
    try (var pool = Pools.builder(1).classPath(path).build()) {
      assertThat(
              pool.submit(
                      (String name) ->
                          Class.forName(name).getDeclaredConstructor().newInstance().toString(),
                      "extra.Extra")
                  .get())
          .isEqualTo("found");
      // What only the parent has on its class path is not there.
      String missing = "org.awaitility.Awaitility";
      assertThat(pool.submit((String name) -> Class.forName(name).getName(), missing).exception())
          .containsInstanceOf(ClassNotFoundException.class);
    }
  }

  @Test
  @DisplayName("A class path of 2,000 entries, one of them with blanks, works")
  void longClassPath() throws Exception {
    Path wanted = Files.createDirectories(tmp.resolve("the wanted one"));
    Files.writeString(wanted.resolve("wanted.txt"), "found");
    List<Path> path = new ArrayList<>();
    for (int i = 0; i < 2_000; i++) {
      path.add(tmp.resolve("a-rather-long-directory-name-that-makes-the-path-long/entry " + i));
    }
    path.add(wanted);
    for (String entry : property("java.class.path").split(File.pathSeparator)) {
      path.add(Path.of(entry));
    }
    try (var pool = Pools.builder(1).classPath(path).build()) {
      assertThat(
              pool.submit(
                      () -> {
                        try (var in = ClassLoader.getSystemResourceAsStream("wanted.txt")) {
                          return new String(in.readAllBytes());
                        }
                      })
                  .get())
          .isEqualTo("found");
      assertThat(
              pool.submit(() -> property("java.class.path").split(File.pathSeparator).length).get())
          .isGreaterThan(2_000);
    }
  }

  @Test
  @DisplayName(
      "javaHome: the workers run on another JDK than the parent, values and failures cross")
  void otherJdk() throws Exception {
    Optional<Path> other = Jdks.other();
    assumeThat(other).as("a JDK of another version").isPresent();
    try (var pool = Pools.builder(1).javaHome(other.get()).build()) {
      assertThat(pool.submit(() -> Runtime.version().feature()).get())
          .isEqualTo(Jdks.version(other.get()))
          .isNotEqualTo(Runtime.version().feature());
      assertThat(pool.submit((List<String> in) -> String.join("+", in), List.of("a", "b")).get())
          .isEqualTo("a+b");
      assertThat(pool.submit(() -> Map.of("key", List.of(1, 2))).get())
          .isEqualTo(Map.of("key", List.of(1, 2)));
      var failing =
          pool.submit(
              () -> {
                throw new IOException("there", new IllegalStateException("deep"));
              });
      assertThat(failing.exception())
          .get()
          .isInstanceOf(IOException.class)
          .asInstanceOf(THROWABLE)
          .hasMessage("there")
          .hasRootCauseMessage("deep");
    }
  }

  @Test
  @DisplayName("A JDK that warns of Unsafe prints nothing through a worker")
  void quietWorker() throws Exception {
    List<String> lines = new CopyOnWriteArrayList<>();
    Path newest =
        Jdks.other()
            .filter(home -> Jdks.version(home) > Runtime.version().feature())
            .orElse(Jdks.home());
    try (var pool =
        Pools.builder(1).javaHome(newest).outputListener(line -> lines.add(line.text())).build()) {
      assertThat(pool.submit((Map<String, int[]> map) -> map, Map.of("a", new int[] {1})).get())
          .containsOnlyKeys("a");
    }
    assertThat(lines).isEmpty();
  }

  @Test
  @DisplayName("serializer jdk(): everything that is Serializable crosses, as with Fory")
  void jdkSerializer() throws Exception {
    try (var pool = Pools.builder(1).serializer(TaskSerializer.jdk()).build()) {
      int captured = 5;
      assertThat(pool.submit(() -> captured * 2).get()).isEqualTo(10);
      assertThat(
              pool.submit((ArrayList<String> list) -> list.get(0), new ArrayList<>(List.of("x")))
                  .get())
          .isEqualTo("x");
      assertThat(pool.submit(Pools::pid).get()).isNotEqualTo(Pools.pid());
      assertThat(
              pool.submit(
                      () -> {
                        throw new IllegalStateException("crosses");
                      })
                  .exception())
          .get()
          .isInstanceOf(IllegalStateException.class);
      List<Integer> squares = new ArrayList<>();
      try (var results = pool.map((Integer x) -> x * x, List.of(1, 2, 3))) {
        results.forEach(squares::add);
      }
      assertThat(squares).containsExactly(1, 4, 9);
    }
  }

  @Test
  @DisplayName("launcher: starts every worker, and may change what is prepared")
  void launcher() throws Exception {
    AtomicInteger launched = new AtomicInteger();
    try (var pool =
        Pools.builder(1)
            .launcher(
                prepared -> {
                  launched.incrementAndGet();
                  prepared.environment().put("LAUNCHED", "by the test");
                  if (Files.isExecutable(Path.of("/usr/bin/nice"))) {
                    prepared.command().addAll(0, List.of("/usr/bin/nice", "-n", "1"));
                  }
                  return prepared.start();
                })
            .maxTasksPerWorker(1)
            .build()) {
      assertThat(pool.submit(() -> System.getenv("LAUNCHED")).get()).isEqualTo("by the test");
      assertThat(pool.submit(() -> System.getenv("LAUNCHED")).get()).isEqualTo("by the test");
      assertThat(launched.get()).isBetween(2, 3); // the last one's successor may be under way
    }
  }

  @Test
  @DisplayName(
      "B10: a launcher that cannot start a process fails the tasks with its exception as cause")
  void failingLauncher() throws Exception {
    try (var pool =
        Pools.builder(1)
            .launcher(
                prepared -> {
                  throw new IOException("no more processes");
                })
            .build()) {
      assertThat(pool.submit(() -> 1).exception())
          .get()
          .isInstanceOf(WorkerStartException.class)
          .asInstanceOf(THROWABLE)
          .hasMessageContaining("no more processes")
          .hasCauseInstanceOf(IOException.class);
    }
    try (var pool =
        Pools.builder(1)
            .launcher(
                prepared -> {
                  throw new IllegalStateException("a bug in the launcher");
                })
            .build()) {
      assertThat(pool.submit(() -> 1).exception())
          .get()
          .isInstanceOf(WorkerStartException.class)
          .asInstanceOf(THROWABLE)
          .hasMessageContaining("a bug in the launcher")
          .hasCauseInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  @DisplayName("A launcher that returns null is a failed start like any other")
  void launcherReturnsNull() throws Exception {
    try (var pool = Pools.builder(1).launcher(prepared -> null).build()) {
      assertThat(pool.submit(() -> 1).exception())
          .get()
          .isInstanceOf(WorkerStartException.class)
          .asString()
          .contains("the launcher returned no process");
    }
  }
}
