package dev.procession.benchmarks.stress;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IJ_Result;
import org.openjdk.jcstress.infra.results.JJ_Result;
import org.openjdk.jcstress.infra.results.JZ_Result;
import org.openjdk.jcstress.infra.results.ZI_Result;

/**
 * What a ring publishes is whole and in order, and what it gives back is not needed any more.
 *
 * <pre>
 *   VERDICT
 * </pre>
 */
public final class SpscRingStress {
  private SpscRingStress() {}

  /** Who sees the tail sees type, length and payload. */
  @JCStressTest
  @State
  @Outcome(id = "-1, 0", expect = Expect.ACCEPTABLE, desc = "not yet published")
  @Outcome(id = "7, 42", expect = Expect.ACCEPTABLE, desc = "published as a whole")
  @Outcome(expect = Expect.FORBIDDEN, desc = "a record seen in part")
  public static class Publish {
    private final StressRing ring = new StressRing();

    @Actor
    public void producer() {
      ring.put(7, 42);
    }

    @Actor
    public void consumer(IJ_Result r) {
      r.r1 = ring.poll();
      r.r2 = ring.payload();
    }
  }

  /** Two records come in order. */
  @JCStressTest
  @State
  @Outcome(id = "0, 0", expect = Expect.ACCEPTABLE, desc = "neither yet")
  @Outcome(id = "0, 11", expect = Expect.ACCEPTABLE, desc = "the first, at the second look")
  @Outcome(id = "11, 0", expect = Expect.ACCEPTABLE, desc = "the first")
  @Outcome(id = "11, 22", expect = Expect.ACCEPTABLE, desc = "both")
  @Outcome(expect = Expect.FORBIDDEN, desc = "out of order, or seen in part")
  public static class Order {
    private final StressRing ring = new StressRing();

    @Actor
    public void producer() {
      ring.put(1, 11);
      ring.put(2, 22);
    }

    @Actor
    public void consumer(JJ_Result r) {
      if (ring.poll() >= 0) {
        r.r1 = ring.payload();
        ring.release();
      }
      ring.poll();
      r.r2 = ring.payload();
    }
  }

  /** A full ring: bytes are written anew only after the consumer has read them. */
  @JCStressTest
  @State
  @Outcome(id = "11, false", expect = Expect.ACCEPTABLE, desc = "still full")
  @Outcome(id = "11, true", expect = Expect.ACCEPTABLE, desc = "room was given back")
  @Outcome(expect = Expect.FORBIDDEN, desc = "written over before it was read")
  public static class GiveBack {
    private final StressRing ring = new StressRing();

    public GiveBack() {
      ring.put(1, 11);
      ring.put(2, 22);
    }

    @Actor
    public void producer(JZ_Result r) {
      r.r2 = ring.put(3, 33);
    }

    @Actor
    public void consumer(JZ_Result r) {
      ring.poll();
      r.r1 = ring.payload();
      ring.release();
    }
  }

  /** Who is told of a record finds it. */
  @JCStressTest
  @State
  @Outcome(id = "false, -1", expect = Expect.ACCEPTABLE, desc = "neither told nor found")
  @Outcome(id = "false, 7", expect = Expect.ACCEPTABLE, desc = "published between the two looks")
  @Outcome(id = "true, 7", expect = Expect.ACCEPTABLE, desc = "told and found")
  @Outcome(expect = Expect.FORBIDDEN, desc = "told of a record that is not there")
  public static class Hint {
    private final StressRing ring = new StressRing();

    @Actor
    public void producer() {
      ring.put(7, 42);
    }

    @Actor
    public void consumer(ZI_Result r) {
      r.r1 = ring.hasRecord();
      r.r2 = ring.poll();
    }
  }
}
