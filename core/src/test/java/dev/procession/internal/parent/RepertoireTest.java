package dev.procession.internal.parent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RepertoireTest {
  private final Repertoire repertoire = new Repertoire();

  @Test
  void add_again_isKnown() {
    assertThat(repertoire.add(7)).isTrue();
    assertThat(repertoire.add(0)).isTrue();
    assertThat(repertoire.add(7)).isFalse();
    assertThat(repertoire.lambdas()).containsExactly(7, 0);
  }

  @Test
  void add_tooMany_theOldestGoAndMayComeAgain() {
    for (int i = 0; i < 70; i++) {
      assertThat(repertoire.add(i)).isTrue();
    }
    assertThat(repertoire.lambdas())
        .containsExactlyElementsOf(IntStream.range(6, 70).boxed().toList());
    assertThat(repertoire.add(6)).isFalse();
    assertThat(repertoire.add(0)).isTrue();
    assertThat(repertoire.lambdas()).doesNotContain(6).contains(0);
  }
}
