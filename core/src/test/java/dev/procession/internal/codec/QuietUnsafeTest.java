package dev.procession.internal.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.procession.spi.TaskSerializer;
import java.io.IOException;
import java.io.Serializable;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The first use of Fory in a fresh JVM of the newest kind at hand says nothing on the console. */
class QuietUnsafeTest {
  interface Task extends Callable<Integer>, Serializable {}

  /** The forked program: a round trip, then a use of Unsafe of the user's own if asked for. */
  static final class Program {
    public static void main(String[] args) throws Exception {
      TaskSerializer fory = TaskSerializer.fory();
      fory.warmUp();
      int captured = 41;
      Task task = () -> captured + 1;
      byte[] bytes = fory.serialize(List.of(task));
      Object back = fory.deserialize(bytes, 0, bytes.length, Program.class.getClassLoader());
      if (((Task) ((List<?>) back).get(0)).call() != 42) {
        throw new AssertionError(back);
      }
      if (args.length > 0) {
        ownUse();
      }
    }

    private static void ownUse() throws Exception {
      Class<?> type = Class.forName("sun.misc.Unsafe");
      Field field = type.getDeclaredField("theUnsafe");
      field.setAccessible(true);
      Object unsafe = field.get(null);
      long address = (long) type.getMethod("allocateMemory", long.class).invoke(unsafe, 8L);
      type.getMethod("freeMemory", long.class).invoke(unsafe, address);
    }
  }

  @Test
  void call_inFreshJvm_printsNothing(@TempDir Path folder) throws Exception {
    assertThat(consoleOf(newestJava(), folder)).isEmpty();
  }

  @Test
  void call_beforeUsersOwnUse_leavesTheirWarning(@TempDir Path folder) throws Exception {
    Path java = newestJava();
    assumeTrue(featureOf(java) >= 24, "older JVMs do not warn");
    assertThat(consoleOf(java, folder, "own"))
        .contains("WARNING")
        .contains("sun.misc.Unsafe::")
        .contains(Program.class.getName());
  }

  @Test
  void call_ofFailingStep_restoresAndThrows() {
    RuntimeException failure = new RuntimeException("step");
    assertThat(
            catchThrowable(
                () ->
                    QuietUnsafe.call(
                        () -> {
                          throw failure;
                        })))
        .isSameAs(failure);
  }

  private static String consoleOf(Path java, Path folder, String... args) throws Exception {
    return ForkedJava.consoleOf(java, folder, List.of(), Program.class, args);
  }

  /** The running JDK, or the newest beside it where several are installed. */
  private static Path newestJava() throws IOException {
    Path home =
        Path.of(System.getProperty("procession.test.newestJdk", System.getProperty("java.home")));
    if (Runtime.version().feature() >= 24
        || System.getProperty("procession.test.newestJdk") != null) {
      return home.resolve("bin/java");
    }
    try (Stream<Path> siblings = Files.list(home.getParent())) {
      return siblings
          .filter(jdk -> Files.isExecutable(jdk.resolve("bin/java")))
          .max((a, b) -> Integer.compare(featureIn(a), featureIn(b)))
          .map(jdk -> jdk.resolve("bin/java"))
          .orElse(home.resolve("bin/java"));
    }
  }

  private static int featureOf(Path java) {
    return featureIn(java.getParent().getParent());
  }

  private static int featureIn(Path jdk) {
    try {
      return Files.readAllLines(jdk.resolve("release")).stream()
          .filter(line -> line.startsWith("JAVA_VERSION="))
          .map(line -> line.replaceAll("[^0-9.]", "").split("\\.")[0])
          .mapToInt(Integer::parseInt)
          .findFirst()
          .orElse(0);
    } catch (IOException | NumberFormatException e) {
      return 0;
    }
  }
}
