package dev.procession.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.observe.TaskSpan;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class SegmentsTest {
  private static Segment segment(int worker, long began, long took) {
    return segment(worker, began, took, 0, TaskSpan.End.ENDED);
  }

  private static Segment segment(int worker, long began, long took, int failed, TaskSpan.End end) {
    return new Segment(
        worker,
        worker,
        100 + worker,
        began,
        0,
        1,
        failed,
        -1,
        began,
        began,
        took,
        took,
        0,
        0,
        end,
        null);
  }

  @Test
  @DisplayName("a million short tasks stay bounded, none is lost, and the newest are as they were")
  void add_many_bounded() {
    Segments segments = new Segments(10_000);
    long at = 0;
    for (int i = 0; i < 1_000; i++) {
      List<Segment> more = new ArrayList<>();
      for (int j = 0; j < 1_000; j++) {
        more.add(segment(j % 2, at, 900));
        at += j % 2 * 1_000;
      }
      segments.add(more);
      assertThat(segments.all()).hasSizeLessThanOrEqualTo(10_000);
    }
    assertThat(segments.all().stream().mapToLong(Segment::tasks).sum()).isEqualTo(1_000_000);
    assertThat(segments.all().stream().mapToLong(Segment::busy).sum()).isEqualTo(900_000_000);
    assertThat(segments.all().get(segments.all().size() - 1).took()).isEqualTo(900);
    assertThat(segments.all().get(0).took()).isGreaterThan(10_000);
    assertThat(segments.all().get(0).began()).isZero();
  }

  @Test
  @DisplayName("what failed, was stopped or is long is never merged away")
  void merge_keepsWhatMatters() {
    List<Segment> merged =
        Segments.merge(
            List.of(
                segment(1, 0, 100),
                segment(1, 110, 100),
                segment(1, 220, 100, 1, TaskSpan.End.ENDED),
                segment(1, 330, 100),
                segment(1, 440, 100, 0, TaskSpan.End.CRASHED),
                segment(1, 550, 50_000),
                segment(2, 600, 100),
                segment(2, 90_000, 100)),
            5_000);
    assertThat(merged)
        .extracting(Segment::worker, Segment::began, Segment::tasks)
        .containsExactlyInAnyOrder(
            org.assertj.core.groups.Tuple.tuple(1, 0L, 2),
            org.assertj.core.groups.Tuple.tuple(1, 220L, 1),
            org.assertj.core.groups.Tuple.tuple(1, 330L, 1),
            org.assertj.core.groups.Tuple.tuple(1, 440L, 1),
            org.assertj.core.groups.Tuple.tuple(1, 550L, 1),
            org.assertj.core.groups.Tuple.tuple(2, 600L, 1),
            org.assertj.core.groups.Tuple.tuple(2, 90_000L, 1));
  }

  @Test
  @DisplayName("nothing but failures is bounded all the same: the oldest go")
  void add_failuresOnly_bounded() {
    Segments segments = new Segments(1_000);
    for (int i = 0; i < 10_000; i++) {
      segments.add(List.of(segment(1, i * 10L, 5, 1, TaskSpan.End.ENDED)));
      assertThat(segments.all()).hasSizeLessThanOrEqualTo(1_000);
    }
    assertThat(segments.all().get(segments.all().size() - 1).began()).isEqualTo(99_990);
  }
}
