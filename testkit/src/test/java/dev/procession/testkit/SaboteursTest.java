package dev.procession.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The saboteurs that can be looked at without a worker. */
class SaboteursTest {
  @ParameterizedTest
  @EnumSource
  @DisplayName("a saboteur crosses as itself")
  void saboteur_serialised_isItself(Saboteur saboteur) throws Exception {
    assertThat(copy(saboteur)).isSameAs(saboteur);
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("what would ruin the reader's own JVM is not placed there")
  void whenResultIsRead_harmful_refused(Saboteur saboteur) throws Exception {
    if (saboteur.isHarmless()) {
      Serializable result = Saboteurs.whenResultIsRead(saboteur).call();
      assertThatThrownBy(() -> copy(result)).isNotNull();
    } else {
      assertThatThrownBy(() -> Saboteurs.whenResultIsRead(saboteur))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(saboteur.name())
          .hasMessageContaining("this very JVM");
    }
  }

  @Test
  @DisplayName(
      "harm while a task is read is done before it runs, while a result is written by then")
  void moments_reached_harm() throws Exception {
    Serializable task = Saboteurs.whenTaskIsRead(Saboteur.THROWS);
    byte[] bytes = written(task);
    assertThatThrownBy(() -> read(bytes)).hasMessage("sabotage");
    Serializable result = Saboteurs.whenResultIsWritten(Saboteur.THROWS).call();
    assertThatThrownBy(() -> written(result)).hasMessage("sabotage");
  }

  private static Object copy(Serializable value) throws Exception {
    return read(written(value));
  }

  private static byte[] written(Serializable value) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(value);
    }
    return bytes.toByteArray();
  }

  private static Object read(byte[] bytes) throws Exception {
    try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes))) {
      return in.readObject();
    }
  }
}
