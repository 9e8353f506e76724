package dev.procession.internal.parent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.TaskNotSerializableException;
import dev.procession.internal.codec.CodeLoaders;
import dev.procession.internal.codec.PiecesWriter;
import dev.procession.spi.TaskSerializer;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import org.junit.jupiter.api.Test;

class PoolCodecTest {
  private final PoolCodec codec =
      PoolCodec.of(TaskSerializer.jdk(), CodeLoaders.of(PoolCodecTest.class.getClassLoader()));

  private static final class Refusing implements Serializable {
    private static final long serialVersionUID = 1;

    private void writeObject(ObjectOutputStream out) {
      throw new IllegalArgumentException("not me");
    }
  }

  /** It was taken for the writer's own complaint, that a chunk is too large, and ended the map. */
  @Test
  void argumentWhoseOwnCodeRefuses_costsItselfAndNotTheMap() {
    PiecesWriter chunk = new PiecesWriter(0);
    assertThatThrownBy(() -> codec.encodeArgument(new Refusing(), chunk, null))
        .isInstanceOf(TaskNotSerializableException.class)
        .hasRootCauseMessage("not me");
    assertThat(chunk.count()).isZero();
  }
}
