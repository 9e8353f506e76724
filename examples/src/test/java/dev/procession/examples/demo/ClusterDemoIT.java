package dev.procession.examples.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.examples.ChildJvm;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClusterDemoIT {
  @TempDir Path directory;

  @Test
  @DisplayName(
      "three nodes, one killed half-way: every file is read, and the answer is the right one")
  void readsAllOnThreeNodes() throws Exception {
    ChildJvm.Ended demo = ChildJvm.run(directory, ClusterDemo.class, "--limit", "3000");
    assertThat(demo.exitCode()).as("out:%n%s%nerr:%n%s", demo.out(), demo.err()).isZero();
    assertThat(demo.out())
        .containsPattern("(?m)^total +3,000 +[0-9,]+ +[0-9,]+$")
        .contains("'halts its JVM' failed with", "overran its deadline of 1 s", "sabotage")
        .contains("1 killed half-way, 2 left; the digest is the same as without the cluster");
    assertThat(demo.err())
        .containsPattern("(?m)^node gamma at 127\\.0\\.0\\.1:[0-9]+, workers: 1, process [0-9]+$")
        .containsPattern("killing node beta, process [0-9]+")
        .contains("100%  3,000/3,000");
  }
}
