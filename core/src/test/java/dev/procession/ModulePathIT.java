package dev.procession;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.testing.ChildJvm;
import dev.procession.testing.NoLeaks;
import dev.procession.testing.SharedFiles;
import dev.procession.testing.Sources;
import java.io.File;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A parent on the module path: a program in a named module, which opens nothing to anybody. */
@NoLeaks
class ModulePathIT {
  private static final String MODULE = "module demo.named { requires dev.procession; }";

  private static final String MAIN =
      """
      package demo.app;

      import org.slf4j.LoggerFactory;
      import org.slf4j.event.Level;
      import dev.procession.ProcessPoolExecutor;
      import dev.procession.spi.TaskSerializer;
      import java.io.Serializable;
      import java.util.List;
      import java.util.concurrent.ExecutionException;

      public final class Main {
        record Point(int x, List<String> names) implements Serializable {}

        private static final class Refused extends RuntimeException {
          private final int code;

          Refused(String message, int code) {
            super(message);
            this.code = code;
          }
        }

        private static int refuse(int code) {
          throw new Refused("refused", code);
        }

        public static void main(String[] args) throws Exception {
          TaskSerializer serializer =
              args[0].equals("fory") ? TaskSerializer.fory() : TaskSerializer.jdk();
          try (var pool =
              ProcessPoolExecutor.builder().workers(1).serializer(serializer).forwardLogs(Level.WARN).build()) {
            int captured = 40;
            System.out.println("value " + pool.submit(() -> captured + 2).result());
            System.out.println("task " + pool.submit(() -> whatModules()).result());
            System.out.println("here " + whatModules());
            System.out.println(
                "worker path " + pool.submit(() -> System.getProperty("jdk.module.path")).result());
            System.out.println(
                "worker class path "
                    + pool.submit(() -> System.getProperty("java.class.path", "")).result());
            Point point =
                pool.submit(
                        (Point p, Integer by) -> new Point(p.x() + by, p.names()),
                        new Point(1, List.of("a")),
                        2)
                    .result();
            System.out.println("point " + point);
            pool.submit(() -> LoggerFactory.getLogger("demo").warn("logged there")).result();
            System.out.println("length " + pool.submit(String::length, "four").result());
            try {
              pool.submit(Main::refuse, 7).get();
            } catch (ExecutionException e) {
              System.out.println("failure " + e.getCause().getMessage()
                  + " " + ((Refused) e.getCause()).code);
            }
            try (var squares = pool.map((Integer i) -> i * i, List.of(1, 2, 3))) {
              System.out.println("squares " + squares.stream().toList());
            }
          }
        }

        private static String whatModules() {
          return Main.class.getModule().getName() + " with "
              + ProcessPoolExecutor.class.getModule().getName();
        }
      }
      """;

  @TempDir Path tmp;

  private String path;

  /** Compiles the program, and puts it, Procession and what that runs on onto a module path. */
  @BeforeEach
  void compile() throws URISyntaxException {
    Path own =
        Path.of(
            ProcessPoolExecutor.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    List<String> entries = new ArrayList<>(List.of(own.toString()));
    Stream.of("fory-core", "janino", "commons-compiler", "slf4j-api", "slf4j-simple", "jspecify")
        .map(ModulePathIT::jar)
        .forEach(entries::add);
    path = String.join(File.pathSeparator, entries);
    Sources.compile(
        tmp.resolve("demo named"),
        Map.of("module-info.java", MODULE, "demo/app/Main.java", MAIN),
        "--module-path",
        path);
    path += File.pathSeparator + tmp.resolve("demo named");
  }

  private static String jar(String artifact) {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(entry -> Path.of(entry).getFileName().toString().matches(artifact + "-[0-9].*jar"))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no " + artifact + " on the class path"));
  }

  private void assertWorks(String serializer) throws Exception {
    List<String> command =
        List.of(
            ChildJvm.java(), "--module-path", path, "-m", "demo.named/demo.app.Main", serializer);
    try (var parent = ChildJvm.start(command)) {
      int exit = parent.awaitExit();
      String printed = parent.lines().stream().collect(Collectors.joining("\n"));
      assertThat(exit).as(printed).isZero();
      assertThat(printed).doesNotContain("WARNING");
      assertThat(parent.lines())
          .contains(
              "value 42",
              "task demo.named with dev.procession",
              "here demo.named with dev.procession",
              "worker path " + path,
              "worker class path ",
              "point Point[x=3, names=[a]]",
              "length 4",
              "failure refused 7",
              "squares [1, 4, 9]");
      assertThat(parent.lines())
          .anyMatch(line -> line.matches("\\[procession-.*callback.*] WARN demo - logged there"));
      Awaitility.await().until(() -> SharedFiles.of(parent.pid()).isEmpty());
    }
  }

  @Test
  @DisplayName("workers inherit the module path, and lambdas of a named module run in them")
  void parentInNamedModule_lambdas_cross() throws Exception {
    assertWorks("fory");
  }

  @Test
  @DisplayName("the same with JDK serialisation")
  void parentInNamedModule_jdkSerializer_cross() throws Exception {
    assertWorks("jdk");
  }
}
