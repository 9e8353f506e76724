package dev.procession.benchmarks.stress;

import dev.procession.internal.wire.CallStates;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZZ_Result;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/**
 * A call is begun by its worker or taken back by the parent, never both and never neither.
 *
 * <pre>
 *   VERDICT
 * </pre>
 */
public final class CallStatesStress {
  private static final int SLOTS = 2;
  private static final long SEQUENCE = 5;

  private CallStatesStress() {}

  private static CallStates queued() {
    CallStates states = new CallStates(SharedBytes.BUFFER, SharedBytes.take(), SLOTS);
    states.queued(SEQUENCE);
    return states;
  }

  /** The worker begins a call that is being cancelled. */
  @JCStressTest
  @State
  @Outcome(id = "true, false", expect = Expect.ACCEPTABLE, desc = "begun")
  @Outcome(id = "false, true", expect = Expect.ACCEPTABLE, desc = "taken back")
  @Outcome(id = "true, true", expect = Expect.FORBIDDEN, desc = "a cancelled task runs")
  @Outcome(id = "false, false", expect = Expect.FORBIDDEN, desc = "a task is lost")
  public static class ClaimOrRevoke {
    private final CallStates states = queued();

    @Actor
    public void worker(ZZ_Result r) {
      r.r1 = states.claim(SEQUENCE);
    }

    @Actor
    public void parent(ZZ_Result r) {
      r.r2 = states.revoke(SEQUENCE);
    }
  }

  /** The parent uses the slot of a call it took back again; the worker comes late for the old. */
  @JCStressTest
  @State
  @Outcome(id = "true, false, false", expect = Expect.ACCEPTABLE, desc = "begun")
  @Outcome(id = "false, true, true", expect = Expect.ACCEPTABLE, desc = "the new call is untouched")
  @Outcome(expect = Expect.FORBIDDEN, desc = "one call was taken for another")
  public static class Reuse {
    private final CallStates states = queued();

    @Actor
    public void worker(ZZZ_Result r) {
      r.r1 = states.claim(SEQUENCE);
    }

    @Actor
    public void parent(ZZZ_Result r) {
      r.r2 = states.revoke(SEQUENCE);
      if (r.r2) {
        states.queued(SEQUENCE + SLOTS);
      }
    }

    @Arbiter
    public void after(ZZZ_Result r) {
      r.r3 = states.claim(SEQUENCE + SLOTS);
    }
  }
}
