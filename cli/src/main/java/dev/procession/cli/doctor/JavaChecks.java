package dev.procession.cli.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.ToolProvider;

/** The Java that runs, and others that workers could. */
final class JavaChecks {
  private static final List<String> HOMES =
      List.of("/usr/lib/jvm", "/usr/java", "/opt/java", "/Library/Java/JavaVirtualMachines");

  private JavaChecks() {}

  static Stream<Finding> all() {
    return Stream.of(own(), options(), others());
  }

  private static Finding own() {
    String seen =
        Runtime.version()
            + ", "
            + System.getProperty("java.vm.name")
            + ", "
            + System.getProperty("java.home");
    if (!System.getProperty("java.vm.name", "").contains("HotSpot")
        && !System.getProperty("java.vm.name", "").contains("OpenJDK")) {
      return Finding.lacking("java", seen, "Procession is proved on HotSpot, not on this JVM");
    }
    return ToolProvider.getSystemJavaCompiler() == null
        ? Finding.lacking(
            "java", seen, "it has no compiler, which run --source needs: install a JDK")
        : Finding.good("java", seen);
  }

  /** Options that every JVM of this user takes, workers too, unless a pool takes them out. */
  private static Finding options() {
    String seen =
        Stream.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS")
            .filter(name -> System.getenv(name) != null)
            .map(name -> name + "=" + System.getenv(name))
            .collect(Collectors.joining(", "));
    return seen.isEmpty()
        ? Finding.good("java options", "none from the environment")
        : Finding.lacking(
            "java options",
            seen,
            "they are for this JVM. Workers do not get the first two; _JAVA_OPTIONS they do, and say"
                + " so on standard error");
  }

  private static Finding others() {
    TreeMap<String, Path> found = new TreeMap<>();
    for (String folder : HOMES) {
      try (Stream<Path> homes = Files.list(Path.of(folder))) {
        homes.filter(Files::isDirectory).forEach(home -> found.putIfAbsent(versionOf(home), home));
      } catch (IOException e) {
        // There is no such folder.
      }
    }
    found.remove("");
    return Finding.good(
        "other JDKs",
        found.isEmpty()
            ? "none in the usual places"
            : found.entrySet().stream()
                .map(each -> each.getKey() + " (" + each.getValue() + ")")
                .collect(Collectors.joining(", ")));
  }

  private static String versionOf(Path home) {
    Properties release = new Properties();
    try (var in = Files.newBufferedReader(home.resolve("release"))) {
      release.load(in);
    } catch (IOException | IllegalArgumentException e) {
      return "";
    }
    return release.getProperty("JAVA_VERSION", "").replace("\"", "");
  }
}
