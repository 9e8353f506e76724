package dev.procession.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FiguresTest {
  @Test
  void percentiles_countWithTheirWeight() {
    Percentiles percentiles = new Percentiles();
    assertThat(percentiles.take()).containsExactly(Double.NaN, Double.NaN, Double.NaN);
    percentiles.add(1, 90);
    percentiles.add(100, 1);
    percentiles.add(10, 9);
    percentiles.add(7, 0);
    assertThat(percentiles.take()).containsExactly(1, 10, 10);
    assertThat(percentiles.take()).containsExactly(Double.NaN, Double.NaN, Double.NaN);
  }

  @Test
  void lanes_whoReplacesAnother_goesOnInItsRow() {
    Lanes lanes = new Lanes();
    assertThat(lanes.of(1)).isZero();
    assertThat(lanes.of(2)).isEqualTo(1);
    assertThat(lanes.of(1)).isZero();
    lanes.keep(Set.of(2));
    assertThat(lanes.of(3)).isZero();
    assertThat(lanes.of(4)).isEqualTo(2);
    lanes.giveUp(2);
    assertThat(lanes.of(5)).isEqualTo(1);
    assertThat(lanes.of(2)).isEqualTo(1); // what it did last is drawn where it was
    lanes.keep(Set.of(3, 4, 5));
    assertThat(lanes.of(6)).isEqualTo(3);
  }

  @Test
  void points_ofLongAgo_areJoinedAndLoseNoTask() {
    List<Point> points = new ArrayList<>();
    for (int i = 1; i <= 5_000; i++) {
      double[] millis = {i, i, i};
      points.add(new Point(i * 1_000L, 1_000, 10, 1, i, 1, millis, millis, Map.of(0, (long) i)));
      points = Point.thinned(points, 100);
      assertThat(points).hasSizeLessThanOrEqualTo(100);
    }
    assertThat(points.stream().mapToLong(Point::done).sum()).isEqualTo(50_000);
    assertThat(points.stream().mapToLong(Point::millis).sum()).isEqualTo(5_000_000);
    assertThat(points.get(points.size() - 1).at()).isEqualTo(5_000_000);
    assertThat(points.get(points.size() - 1).millis()).isEqualTo(1_000);
    assertThat(points.get(0).memory()).containsKey(0);
  }

  @Test
  void pageWith_textsThatLookLikeTags_cannotLeaveTheData() {
    String json = Json.of(out -> out.value("</script><script>alert(1)</script>"));
    assertThat(json).doesNotContain("<");
    String page = WebFiles.pageWith(json);
    assertThat(page).contains(json).doesNotContain("src=\"", "href=\"style", "href=\"uPlot");
  }
}
