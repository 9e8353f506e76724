package dev.procession.cluster.internal.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EngineJarsTest {
  @TempDir Path tmp;

  @Test
  @DisplayName("the index names the jars that the build has put there, neither more nor fewer")
  void index_isComplete() throws Exception {
    Path engine =
        Path.of(EngineJars.class.getResource("/META-INF/procession/engine/index").toURI())
            .getParent();
    try (Stream<Path> there = Files.list(engine)) {
      List<String> jars =
          there.map(Path::getFileName).map(Path::toString).filter(n -> n.endsWith(".jar")).toList();
      assertThat(Files.readAllLines(engine.resolve("index")))
          .containsExactlyInAnyOrderElementsOf(jars);
    }
  }

  @Test
  @DisplayName("the class path has the engine, ourselves and what we need")
  void classPath_isWhole() throws Exception {
    assertThat(EngineJars.classPath(tmp))
        .allMatch(path -> new File(path.toString()).exists())
        .extracting(path -> path.getFileName().toString())
        .anyMatch(name -> name.startsWith("ignite-core"))
        .anyMatch(name -> name.startsWith("fory-core"))
        .anyMatch(name -> name.startsWith("slf4j-api"));
  }
}
