package dev.procession.cluster.internal.member;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.cluster.internal.ScriptedSubmitter;
import dev.procession.cluster.internal.code.CodeStore;
import dev.procession.cluster.internal.link.Frame;
import dev.procession.cluster.internal.link.MemoryNetwork;
import dev.procession.testing.NoLeaks;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A member that is spoken to by hand, and never has to start a worker. */
@NoLeaks
class MemberServerTest {
  private static final long MOST_BYTES = 1 << 20;

  private final MemoryNetwork network = new MemoryNetwork();

  private MemberServer member() throws IOException {
    MemberServer member =
        new MemberServer(
            "a",
            /* workers= */ 1,
            MOST_BYTES,
            Duration.ofHours(1),
            MOST_BYTES,
            CodeStore.open(),
            network.link("a", /* member= */ true));
    member.start();
    return member;
  }

  @Test
  @DisplayName("a session whose lease is over ends and says so")
  void expired() throws Exception {
    try (MemberServer member = member();
        ScriptedSubmitter submitter = new ScriptedSubmitter(network)) {
      submitter.attach();
      member.expired(member.sessions().get(0));
      submitter.await(Frame.Refused.class);
      assertThat(member.sessions()).isEmpty();
    }
  }

  @Test
  @DisplayName("it does not take with it the one that its submitter has begun meanwhile")
  void expired_begunAnew() throws Exception {
    try (MemberServer member = member();
        ScriptedSubmitter submitter = new ScriptedSubmitter(network)) {
      submitter.attach();
      Session before = member.sessions().get(0); // as the clock's thread sees it, and is frozen
      submitter.attach();
      member.expired(before);
      assertThat(before.isEnded()).isTrue();
      assertThat(member.sessions()).hasSize(1).noneMatch(Session::isEnded);
      assertThat(submitter.heard()).noneMatch(Frame.Refused.class::isInstance);
    }
  }
}
