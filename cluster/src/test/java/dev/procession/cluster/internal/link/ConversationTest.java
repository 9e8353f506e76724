package dev.procession.cluster.internal.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.cluster.internal.link.ClusterLink.Peer;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class ConversationTest {
  private static final Peer ONE = new Peer("1", "one", true, false);
  private static final Peer OTHER = new Peer("2", "other", false, false);
  private static final int LONG = 9_000_000;
  private static final int MESSAGES = 20;

  private final ExecutorService threads = Executors.newCachedThreadPool();

  @AfterEach
  void end() throws InterruptedException {
    threads.shutdownNow();
    assertThat(threads.awaitTermination(40, TimeUnit.SECONDS)).isTrue();
  }

  /** A way that takes everything at once, and on which it stays until it is fetched. */
  private static class Way implements ClusterLink {
    private final Queue<byte[]> messages = new ConcurrentLinkedQueue<>();
    private final AtomicLong bytes = new AtomicLong(); // without what was said aside
    private volatile long most;

    @Override
    public void open(Events events) {}

    @Override
    public synchronized void send(Peer peer, byte[] message) {
      if (!Incoming.isAside(message)) {
        most = Math.max(most, bytes.addAndGet(message.length));
      }
      messages.add(message);
    }

    /** What arrives at the other side next, null if nothing is on the way. */
    byte[] fetch() {
      byte[] message = messages.poll();
      if (message != null && !Incoming.isAside(message)) {
        bytes.addAndGet(-message.length);
      }
      return message;
    }

    @Override
    public void close() {}
  }

  private Conversation conversation(ClusterLink way, Peer with) {
    return new Conversation(way, with, Long.MAX_VALUE, threads);
  }

  private static void await(Callable<Boolean> condition) {
    Awaitility.await().atMost(Duration.ofSeconds(40)).until(condition);
  }

  private static void sayLong(Conversation to) {
    for (int i = 0; i < MESSAGES; i++) {
      to.outgoing().add(new Frame.Define(i, new byte[LONG]));
    }
  }

  private static void hear(Way way, Conversation by, List<Frame> heard) throws IOException {
    byte[] message;
    while ((message = way.fetch()) != null) {
      heard.addAll(by.received(message));
    }
  }

  private static void assertHeard(List<Frame> frames) {
    assertThat(frames).hasSize(MESSAGES);
    for (int i = 0; i < MESSAGES; i++) {
      Frame.Define frame = (Frame.Define) frames.get(i);
      assertThat(frame.lambda()).isEqualTo(i);
      assertThat(frame.definition()).hasSize(LONG);
    }
  }

  @Test
  @DisplayName("where nobody hears, only so much is said, until it is closed")
  void unheard_isBounded() {
    Way there = new Way();
    Conversation one = conversation(there, OTHER);
    sayLong(one);
    await(() -> one.outgoing().isUnheardFor(1));
    one.sayAside(new Frame.Renew(1, 1));
    await(() -> there.messages.stream().anyMatch(Incoming::isAside)); // it overtakes
    assertThat(there.most).isBetween(Outgoing.MOST_UNHEARD / 2, Outgoing.MOST_UNHEARD);
    assertThat(one.outgoing().isEmpty()).isFalse();
    one.close(); // whoever waits waits no more: see end()
    assertThat(one.outgoing().isClosed()).isTrue();
    one.sayAside(new Frame.Renew(1, 2));
    assertThat(there.messages.stream().filter(Incoming::isAside)).hasSize(1);
  }

  @Test
  @DisplayName("what nobody is left to hear is forgiven: as much again is said")
  void forgive() {
    Way there = new Way();
    Conversation one = conversation(there, OTHER);
    sayLong(one);
    await(() -> one.outgoing().isUnheardFor(1));
    one.forgive();
    await(() -> there.most > Outgoing.MOST_UNHEARD);
    await(() -> one.outgoing().isUnheardFor(1));
    assertThat(there.most).isLessThanOrEqualTo(2 * Outgoing.MOST_UNHEARD);
  }

  @Test
  @DisplayName("who cuts a message into crumbs, each of which costs memory, is not listened to")
  void crumbs_refused() throws IOException {
    Conversation other = conversation(new Way(), ONE);
    byte[] first = new byte[1 + Outgoing.LONGEST_PIECE];
    first[0] = Incoming.FIRST;
    assertThat(other.received(first)).isEmpty();
    assertThatThrownBy(() -> other.received(new byte[] {Incoming.MORE}))
        .isInstanceOf(IOException.class)
        .hasMessage("a piece of 1 bytes that is not the last");
    assertThat(other.received(new byte[] {Incoming.LAST}))
        .isEmpty(); // the rest of what was refused
    assertThatThrownBy(() -> other.received(new byte[] {Incoming.FIRST, 1}))
        .isInstanceOf(IOException.class);
  }

  @Test
  @DisplayName("both sides say more at a time than may be on the way: all of it arrives, in order")
  void bothLong() throws IOException {
    Way there = new Way();
    Way back = new Way();
    Conversation one = conversation(there, OTHER);
    Conversation other = conversation(back, ONE);
    List<Frame> heardByOne = new ArrayList<>();
    List<Frame> heardByOther = new ArrayList<>();
    sayLong(one);
    sayLong(other);
    await(() -> there.bytes.get() > 0 && back.bytes.get() > 0);
    await(
        () -> {
          hear(there, other, heardByOther);
          hear(back, one, heardByOne);
          return heardByOne.size() >= MESSAGES && heardByOther.size() >= MESSAGES;
        });
    assertHeard(heardByOne);
    assertHeard(heardByOther);
    assertThat(Math.max(there.most, back.most)).isLessThanOrEqualTo(Outgoing.MOST_UNHEARD);
  }

  @Test
  @DisplayName("what is said aside comes between the pieces of a long message, which stays whole")
  void aside() throws IOException {
    Way there = new Way();
    Conversation one = conversation(there, OTHER);
    Conversation other = conversation(new Way(), ONE);
    one.outgoing().add(new Frame.Define(0, new byte[3_000_000]));
    await(() -> there.messages.size() == 2);
    one.sayAside(new Frame.Renew(1, 7));
    await(() -> there.messages.size() == 3);
    List<byte[]> sent = new ArrayList<>(there.messages);
    assertThat(other.received(sent.get(0))).isEmpty();
    assertThat(other.received(sent.get(2))).containsExactly(new Frame.Renew(1, 7));
    assertThat(other.received(sent.get(1))).hasSize(1).allMatch(Frame.Define.class::isInstance);
  }

  @Test
  @DisplayName("a message that is cut off by a failure costs the one after it nothing")
  void cutOff() throws IOException {
    Way there = new Way();
    Conversation one = conversation(there, OTHER);
    Conversation other = conversation(new Way(), ONE);
    one.outgoing().add(new Frame.Define(0, new byte[4_000_000]));
    await(() -> there.messages.size() == 2);
    List<byte[]> pieces = List.of(there.fetch(), there.fetch());
    assertThat(other.received(pieces.get(0))).isEmpty();
    one.outgoing().add(new Frame.Cancel(1)); // as another way would say it
    await(() -> there.messages.size() == 1);
    assertThat(other.received(there.fetch())).containsExactly(new Frame.Cancel(1));
    assertThat(other.received(pieces.get(1))).isEmpty(); // whose beginning is forgotten
    one.outgoing().add(new Frame.Cancel(2));
    await(() -> there.messages.size() == 1);
    assertThat(other.received(there.fetch())).containsExactly(new Frame.Cancel(2));
  }

  @Test
  @DisplayName("that something was heard is said again if it could not be sent")
  void aside_fails() throws IOException {
    List<Runnable> left = new ArrayList<>();
    boolean[] fails = {true};
    Way there =
        new Way() {
          @Override
          public synchronized void send(Peer peer, byte[] message) {
            if (fails[0]) {
              throw new OutOfMemoryError("as if");
            }
            super.send(peer, message);
          }
        };
    Conversation one = new Conversation(there, OTHER, Long.MAX_VALUE, left::add);
    one.sayAside(new Frame.Heard(5));
    one.sayAside(new Frame.Renew(1, 1));
    assertThatThrownBy(left.get(0)::run).isInstanceOf(OutOfMemoryError.class);
    fails[0] = false;
    one.sayAside(new Frame.Renew(1, 2));
    left.get(1).run();
    assertThat(new Incoming(Long.MAX_VALUE).add(there.fetch()))
        .containsExactlyInAnyOrder(new Frame.Heard(5), new Frame.Renew(1, 2));
  }

  @Test
  @DisplayName("of what is said aside the newest counts, and of what was heard all")
  void aside_newest() throws IOException {
    List<Runnable> left = new ArrayList<>();
    Way there = new Way();
    Conversation one = new Conversation(there, OTHER, Long.MAX_VALUE, left::add);
    one.sayAside(new Frame.Heard(5));
    one.sayAside(new Frame.Renew(1, 1));
    one.sayAside(new Frame.Heard(7));
    one.sayAside(new Frame.Renew(1, 2));
    assertThat(left).hasSize(1);
    left.get(0).run();
    byte[] message = there.fetch();
    assertThat(new Incoming(Long.MAX_VALUE).add(message))
        .containsExactlyInAnyOrder(new Frame.Heard(12), new Frame.Renew(1, 2));
    assertThat(there.fetch()).isNull();
    one.sayAside(new Frame.Granted(3));
    assertThat(left).hasSize(2);
  }

  @Test
  @DisplayName("without a thread nothing is said aside; what comes next says it as well")
  void aside_noThread() {
    List<Runnable> left = new ArrayList<>();
    boolean[] isFull = {true};
    Way there = new Way();
    Conversation one =
        new Conversation(
            there,
            OTHER,
            Long.MAX_VALUE,
            work -> {
              if (isFull[0]) {
                throw new OutOfMemoryError("no thread");
              }
              left.add(work);
            });
    one.sayAside(new Frame.Heard(5));
    isFull[0] = false;
    one.sayAside(new Frame.Heard(7));
    left.get(0).run();
    assertThat(there.messages).hasSize(1);
  }

  @Test
  @DisplayName("aside are leases and what was heard, as much as can have been, and nothing else")
  void aside_hostile() throws IOException {
    Way there = new Way();
    Conversation one = conversation(there, OTHER);
    Conversation other = conversation(new Way(), ONE);
    List<Frame> wrong =
        List.of(new Frame.Cancel(1), new Frame.Heard(-1), new Frame.Heard(Long.MAX_VALUE));
    for (Frame frame : wrong) {
      one.sayAside(frame);
      await(() -> !there.messages.isEmpty());
      byte[] message = there.fetch();
      assertThatThrownBy(() -> other.received(message)).isInstanceOf(IOException.class);
    }
    byte[] longOne = new byte[1_000];
    longOne[0] = Incoming.ASIDE;
    assertThatThrownBy(() -> other.received(longOne)).hasMessageContaining("1000 bytes");
  }

  @Test
  @DisplayName("a message that is too long is refused once, and what follows it is heard")
  void tooLong() throws IOException {
    Way there = new Way();
    Way back = new Way();
    Conversation one = conversation(there, OTHER);
    Conversation other = new Conversation(back, ONE, /* mostBytes= */ 0, threads);
    one.outgoing().add(new Frame.Define(0, new byte[60 << 20]));
    one.outgoing().add(new Frame.Cancel(1));
    List<Frame> heard = new ArrayList<>();
    List<String> refused = new ArrayList<>();
    await(
        () -> {
          try {
            hear(there, other, heard);
          } catch (IOException e) {
            refused.add(e.getMessage());
          }
          hear(back, one, new ArrayList<>());
          return !heard.isEmpty();
        });
    assertThat(refused).hasSize(1).first().asString().contains("a message of more than");
    assertThat(heard).containsExactly(new Frame.Cancel(1));
  }
}
