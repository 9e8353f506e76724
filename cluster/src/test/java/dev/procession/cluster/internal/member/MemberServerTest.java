package dev.procession.cluster.internal.member;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.cluster.internal.ScriptedSubmitter;
import dev.procession.cluster.internal.code.CodeStore;
import dev.procession.cluster.internal.link.ClusterLink;
import dev.procession.cluster.internal.link.Frame;
import dev.procession.cluster.internal.link.MemoryNetwork;
import dev.procession.testing.NoLeaks;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A member that is spoken to by hand, and never has to start a worker. */
@NoLeaks
class MemberServerTest {
  private static final long MOST_BYTES = 1 << 20;

  private final MemoryNetwork network = new MemoryNetwork();

  private MemberServer member() throws IOException {
    return member(network.link("a", /* member= */ true));
  }

  private static MemberServer member(ClusterLink link) throws IOException {
    MemberServer member =
        new MemberServer(
            "a",
            /* workers= */ 1,
            MOST_BYTES,
            Duration.ofHours(1),
            MOST_BYTES,
            CodeStore.open(),
            link);
    member.start();
    return member;
  }

  /** Has no memory for some messages, whatever {@link ClusterLink} promises. */
  private static final class Failing implements ClusterLink {
    private final ClusterLink link;
    final AtomicInteger inVain = new AtomicInteger();

    Failing(ClusterLink link) {
      this.link = link;
    }

    @Override
    public void open(Events events) throws IOException {
      link.open(events);
    }

    @Override
    public void send(Peer peer, byte[] message) throws IOException, InterruptedException {
      if (message[0] == 0 && inVain.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
        throw new OutOfMemoryError("as if");
      }
      link.send(peer, message);
    }

    @Override
    public void close() {
      link.close();
    }
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

  @Test
  @DisplayName("who cannot be told something is told nothing, not even of his lease, and can begin")
  void wayFails() throws Exception {
    Failing link = new Failing(network.link("a", /* member= */ true));
    try (MemberServer member = member(link);
        ScriptedSubmitter submitter = new ScriptedSubmitter(network)) {
      submitter.attach();
      link.inVain.set(1);
      submitter.say(new Frame.Claim(1, "some"));
      Awaitility.await().atMost(Duration.ofSeconds(40)).until(() -> link.inVain.get() == 0);
      submitter.say(new Frame.Claim(2, "other"));
      submitter.await(Frame.Refused.class); // for its lease is over
      assertThat(member.sessions()).isEmpty();
      assertThat(submitter.heard()).noneMatch(Frame.Claimed.class::isInstance);
      submitter.attach();
      submitter.say(new Frame.Claim(3, "third"));
      submitter.await(Frame.Claimed.class);
    }
  }
}
