package dev.procession.cluster.internal.member;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class SharesTest {
  @Test
  @DisplayName("who is alone has all, also before it has work")
  void alone() {
    assertThat(Shares.of(8, new boolean[] {true}, 0)).containsExactly(8);
    assertThat(Shares.of(8, new boolean[] {false}, 0)).containsExactly(8);
    assertThat(Shares.of(8, new boolean[0], 0)).isEmpty();
  }

  @Test
  @DisplayName("who have work share evenly, what is left over goes from one to the next")
  void several() {
    boolean[] three = {true, true, true};
    assertThat(Shares.of(8, three, 0)).containsExactly(3, 3, 2);
    assertThat(Shares.of(8, three, 1)).containsExactly(2, 3, 3);
    assertThat(Shares.of(8, new boolean[] {true, false, true}, 0)).containsExactly(4, 2, 4);
  }

  @Test
  @DisplayName("more submitters than workers: each has its turn")
  void moreThanWorkers() {
    int[] turns = new int[5];
    for (int turn = 0; turn < 5; turn++) {
      int[] shares = Shares.of(2, new boolean[] {true, true, true, true, true}, turn);
      assertThat(Arrays.stream(shares).sum()).isEqualTo(2);
      for (int i = 0; i < 5; i++) {
        turns[i] += shares[i];
      }
    }
    assertThat(turns).containsExactly(2, 2, 2, 2, 2);
  }

  @Test
  @DisplayName("those that have work get all workers together, and never differ by more than one")
  void anyNumber() {
    Random random = new Random(7);
    for (int i = 0; i < 10_000; i++) {
      boolean[] hasWork = new boolean[1 + random.nextInt(12)];
      int active = 0;
      for (int j = 0; j < hasWork.length; j++) {
        hasWork[j] = random.nextBoolean();
        active += hasWork[j] ? 1 : 0;
      }
      int workers = 1 + random.nextInt(64);
      int[] shares = Shares.of(workers, hasWork, random.nextInt());
      int sum = 0;
      int least = Integer.MAX_VALUE;
      int most = 0;
      for (int j = 0; j < hasWork.length; j++) {
        if (hasWork[j]) {
          sum += shares[j];
          least = Math.min(least, shares[j]);
          most = Math.max(most, shares[j]);
        } else {
          assertThat(shares[j]).isPositive();
        }
      }
      if (active > 0) {
        assertThat(sum).isEqualTo(workers);
        assertThat(most - least).isLessThanOrEqualTo(1);
      }
    }
  }
}
