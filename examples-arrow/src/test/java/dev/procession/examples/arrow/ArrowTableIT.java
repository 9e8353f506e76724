package dev.procession.examples.arrow;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ArrowTableIT {
  @Test
  @DisplayName("workers find in the table what a loop over plain numbers finds")
  void filter() throws Exception {
    int rows = 3_000_000;
    long expected = 0;
    double price = 0;
    for (int row = 0; row < rows; row++) {
      if (row % 7 != 0 && row % 100 > 90) {
        expected++;
        price += row % 1_000;
      }
    }
    assertThat(ArrowTable.run(rows, 2)).isEqualTo(new ArrowTable.Found(expected, price));
  }
}
