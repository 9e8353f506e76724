package dev.procession.benchmarks.stress;

import dev.procession.internal.wire.Progress;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZI_Result;

/**
 * No element of a chunk runs unseen by a parent that has cut the chunk and then looks.
 *
 * <pre>
 *   VERDICT
 * </pre>
 */
public final class ProgressStress {
  private static final long SEQUENCE = 5;
  private static final int NEXT = 7;

  private ProgressStress() {}

  /** The worker goes from an element to the next while the parent cuts the call: may run, seen. */
  @JCStressTest
  @State
  @Outcome(id = "true, 7", expect = Expect.ACCEPTABLE, desc = "it runs, and is known to")
  @Outcome(id = "false, 0", expect = Expect.ACCEPTABLE, desc = "it does not run")
  @Outcome(id = "false, 7", expect = Expect.ACCEPTABLE, desc = "announced, but it does not run")
  @Outcome(id = "true, 0", expect = Expect.FORBIDDEN, desc = "the wrong element is stopped")
  public static class Cut {
    private final Progress progress;

    public Cut() {
      int at = SharedBytes.take();
      progress =
          new Progress(
              SharedBytes.BUFFER,
              at,
              at + Long.BYTES,
              /* cutAt= */ at + SharedBytes.LINE + Long.BYTES);
    }

    @Actor
    public void worker(ZI_Result r) {
      progress.begun(NEXT, 1);
      r.r1 = progress.mayRun(SEQUENCE);
    }

    @Actor
    public void parent(ZI_Result r) {
      progress.cut(SEQUENCE);
      r.r2 = progress.element();
    }
  }
}
