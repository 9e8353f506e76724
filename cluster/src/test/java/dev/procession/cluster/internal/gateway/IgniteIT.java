package dev.procession.cluster.internal.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.cluster.internal.engine.EngineConfig;
import dev.procession.cluster.internal.member.NodeMain;
import dev.procession.cluster.internal.process.EngineProcess;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Members and gateways as processes, with the real engine between them. */
class IgniteIT {
  @TempDir Path tmp;

  private EngineProcess node(String name, int port, int workers) throws Exception {
    Properties properties = new Properties();
    new EngineConfig(name, true, List.of("127.0.0.1:47600"), "127.0.0.1", port, tmp.resolve(name))
        .write(properties);
    properties.setProperty(NodeMain.WORKERS, Integer.toString(workers));
    EngineProcess process = EngineProcess.start(NodeMain.class, properties, List.of());
    byte[] said = process.pipe().receive();
    assertThat(said).as(process.printed()).isNotNull();
    assertThat(new String(said, StandardCharsets.UTF_8)).as(process.printed()).isEqualTo("ready");
    return process;
  }

  @Test
  @DisplayName("two members and a submitter's gateway find each other")
  void find() throws Exception {
    try (EngineProcess a = node("a", 47600, 1);
        EngineProcess b = node("b", 47610, 1)) {
      assertThat(a.pid()).isNotEqualTo(b.pid());
    }
  }
}
