package dev.procession.cluster.internal.submitter;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MemberHeapTest {
  @Test
  void least_isAlwaysTheLeastLoaded() {
    Random random = new Random(7);
    MemberHeap heap = new MemberHeap();
    List<Member> in = new ArrayList<>();
    for (int step = 0; step < 20_000; step++) {
      if (in.size() < 50 && random.nextBoolean()) {
        in.add(new Member("m" + step, 1 + random.nextInt(8), 0));
        heap.put(in.get(in.size() - 1));
      } else if (!in.isEmpty()) {
        Member one = in.get(random.nextInt(in.size()));
        if (random.nextInt(4) == 0) {
          in.remove(one);
          heap.remove(one);
        } else {
          one.given = random.nextInt(100);
          heap.put(one);
        }
      }
      Member least = heap.least();
      assertThat(least == null).isEqualTo(in.isEmpty());
      if (least != null) {
        assertThat(in).noneMatch(one -> one.isLessLoadedThan(least));
      }
    }
  }
}
