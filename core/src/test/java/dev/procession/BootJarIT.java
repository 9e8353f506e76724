package dev.procession;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.testing.ChildJvm;
import dev.procession.testing.NoLeaks;
import dev.procession.testing.Sources;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.loader.tools.Library;
import org.springframework.boot.loader.tools.LibraryScope;
import org.springframework.boot.loader.tools.Repackager;

/** An executable jar of Spring Boot: the application and Procession in it, nothing beside it. */
@NoLeaks
class BootJarIT {
  private static final String MAIN =
      """
      package app;

      import dev.procession.*;
      import java.io.*;
      import java.nio.charset.StandardCharsets;
      import java.util.*;

      public final class Main {
        record Point(int x, List<String> names) {}

        static String resource(String name) throws IOException {
          try (InputStream in = Main.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
          }
        }

        static Point refuse(Point point) {
          throw new IllegalStateException("refused " + point);
        }

        public static void main(String[] args) throws Exception {
          try (var pool = ProcessPoolExecutor.create(1)) {
            int captured = 40;
            System.out.println("lambda " + pool.submit(() -> captured + 2).result());
            System.out.println("object " + pool.submit((Point p) -> new Point(p.x() + 1, p.names()),
                new Point(1, List.of("a"))).result());
            System.out.println("resource " + pool.submit(() -> resource("text.txt")).result());
            System.out.println("library " + pool.submit(() -> lib.Tool.name()).result());
            System.out.println("failure " + pool.submit(Main::refuse, new Point(1, List.of())).exception().get());
            System.out.println("loader " + pool.submit(() -> Main.class.getClassLoader().toString()).result());
          }
        }
      }
      """;

  @TempDir Path tmp;

  private static Path jar(Path to, Path classes) throws IOException {
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().putValue("Manifest-Version", "1.0");
    try (OutputStream file = Files.newOutputStream(to);
        JarOutputStream jar = new JarOutputStream(file, manifest);
        Stream<Path> files = Files.walk(classes)) {
      for (Path each : files.filter(Files::isRegularFile).toList()) {
        jar.putNextEntry(new JarEntry(classes.relativize(each).toString()));
        Files.copy(each, jar);
      }
    }
    return to;
  }

  /** Procession and what it runs on, as jars. */
  private List<Path> libraries() throws Exception {
    Path own =
        Path.of(
            ProcessPoolExecutor.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    List<Path> jars = new ArrayList<>();
    jars.add(Files.isDirectory(own) ? jar(tmp.resolve("procession-1.jar"), own) : own);
    Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .map(Path::of)
        .filter(
            path ->
                path.getFileName()
                    .toString()
                    .matches("(fory-core|slf4j-api|slf4j-simple|jspecify)-.*jar"))
        .forEach(jars::add);
    return jars;
  }

  private Path executable() throws Exception {
    Sources.compile(
        tmp.resolve("lib"),
        Map.of(
            "lib/Tool.java",
            "package lib; public class Tool { public static String name() { return \"tool\"; } }"));
    Sources.compile(
        tmp.resolve("app"),
        Map.of("app/Main.java", MAIN),
        "-cp",
        System.getProperty("java.class.path") + File.pathSeparator + tmp.resolve("lib"));
    Files.writeString(tmp.resolve("app/app/text.txt"), "text in a jar");
    List<Path> jars = libraries();
    jars.add(jar(tmp.resolve("tool-1.jar"), tmp.resolve("lib")));
    Path executable = tmp.resolve("executable.jar");
    Repackager repackager =
        new Repackager(jar(tmp.resolve("app-1.jar"), tmp.resolve("app")).toFile());
    repackager.setMainClass("app.Main");
    repackager.repackage(
        executable.toFile(),
        callback -> {
          for (Path library : jars) {
            callback.library(new Library(library.toFile(), LibraryScope.COMPILE));
          }
        });
    return executable;
  }

  @Test
  @DisplayName(
      "java -jar app.jar: its classes, its libraries and its resources are there in workers")
  void executableJar() throws Exception {
    runJar(tmp.resolve("cache").toString());
  }

  @Test
  @DisplayName("the same without a cache, and nothing is left in the temporary directory")
  void executableJar_noCache() throws Exception {
    runJar("");
    assertThat(tmp.resolve("tmp")).isEmptyDirectory();
  }

  private void runJar(String cache) throws Exception {
    List<String> command =
        List.of(
            ChildJvm.java(),
            "-Dprocession.cacheDirectory=" + cache,
            "-Djava.io.tmpdir=" + Files.createDirectories(tmp.resolve("tmp")),
            "-XX:-UsePerfData", // the JVM's own file there
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
            "-jar",
            executable().toString());
    try (var parent = ChildJvm.start(command)) {
      int exit = parent.awaitExit();
      assertThat(parent.lines())
          .containsExactly(
              "lambda 42",
              "object Point[x=2, names=[a]]",
              "resource text in a jar",
              "library tool",
              "failure java.lang.IllegalStateException: refused Point[x=1, names=[]]",
              "loader the image of the parent's class loader 1");
      assertThat(exit).isZero();
    }
  }
}
