package dev.procession.benchmarks.stress;

import dev.procession.internal.wire.Doorbell;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/**
 * No wake-up is lost between one side that publishes and another that goes to sleep.
 *
 * <pre>
 *   VERDICT
 * </pre>
 */
public final class DoorbellStress {
  private DoorbellStress() {}

  private static Doorbell bell(StressRing ring) {
    return new Doorbell(SharedBytes.BUFFER, ring.at + StressRing.FREE_AT);
  }

  /** A record is published while its reader goes to sleep: rung, found. */
  @JCStressTest
  @State
  @Outcome(id = "true, false", expect = Expect.ACCEPTABLE, desc = "asleep and woken")
  @Outcome(id = "false, true", expect = Expect.ACCEPTABLE, desc = "found before sleep")
  @Outcome(id = "true, true", expect = Expect.ACCEPTABLE, desc = "found, and rung in vain")
  @Outcome(id = "false, false", expect = Expect.FORBIDDEN, desc = "a lost wake-up")
  public static class Sleep {
    private final StressRing ring = new StressRing();
    private final Doorbell bell = bell(ring);

    @Actor
    public void publisher(ZZ_Result r) {
      ring.put(7, 42);
      r.r1 = bell.take();
    }

    @Actor
    public void sleeper(ZZ_Result r) {
      bell.want(true);
      r.r2 = ring.poll() >= 0;
    }
  }

  /** The control: the same with release and acquire alone, to see that this test can see it. */
  @JCStressTest
  @State
  @Outcome(id = "true, false", expect = Expect.ACCEPTABLE, desc = "asleep and woken")
  @Outcome(id = "false, true", expect = Expect.ACCEPTABLE, desc = "found before sleep")
  @Outcome(id = "true, true", expect = Expect.ACCEPTABLE, desc = "found, and rung in vain")
  @Outcome(
      id = "false, false",
      expect = Expect.ACCEPTABLE_INTERESTING,
      desc = "a lost wake-up, as must be without the fence")
  public static class SleepWithoutFence {
    private static final VarHandle INT =
        MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());

    private final StressRing ring = new StressRing();
    private final int at = ring.at + StressRing.FREE_AT;

    @Actor
    public void publisher(ZZ_Result r) {
      ring.put(7, 42);
      r.r1 = (int) INT.getAcquire(SharedBytes.BUFFER, at) == 1;
    }

    @Actor
    public void sleeper(ZZ_Result r) {
      INT.setRelease(SharedBytes.BUFFER, at, 1);
      r.r2 = ring.poll() >= 0;
    }
  }

  /** Room is made while the writer of a full ring goes to sleep: told, found. */
  @JCStressTest
  @State
  @Outcome(id = "true, false", expect = Expect.ACCEPTABLE, desc = "asleep and told of room")
  @Outcome(id = "false, true", expect = Expect.ACCEPTABLE, desc = "room found before sleep")
  @Outcome(id = "true, true", expect = Expect.ACCEPTABLE, desc = "found, and told in vain")
  @Outcome(id = "false, false", expect = Expect.FORBIDDEN, desc = "sleeps although there is room")
  public static class Room {
    private final StressRing ring = new StressRing();
    private final Doorbell bell = bell(ring);

    public Room() {
      ring.put(1, 11);
      ring.put(2, 22);
    }

    @Actor
    public void reader(ZZ_Result r) {
      ring.poll();
      ring.release();
      r.r1 = bell.take();
    }

    @Actor
    public void writer(ZZ_Result r) {
      bell.want(true);
      r.r2 = ring.put(3, 33);
    }
  }

  /** Two publishers see the sleeper: one of them rings. */
  @JCStressTest
  @State
  @Outcome(id = "true, false", expect = Expect.ACCEPTABLE, desc = "the first rings")
  @Outcome(id = "false, true", expect = Expect.ACCEPTABLE, desc = "the second rings")
  @Outcome(expect = Expect.FORBIDDEN, desc = "rung twice, or not at all")
  public static class Once {
    private final Doorbell bell = new Doorbell(SharedBytes.BUFFER, SharedBytes.take());

    public Once() {
      bell.want(true);
    }

    @Actor
    public void first(ZZ_Result r) {
      r.r1 = bell.take();
    }

    @Actor
    public void second(ZZ_Result r) {
      r.r2 = bell.take();
    }
  }
}
