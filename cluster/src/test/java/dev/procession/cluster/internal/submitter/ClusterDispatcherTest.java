package dev.procession.cluster.internal.submitter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.cluster.internal.submitter.Envelope.Place;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClusterDispatcherTest {
  private static final long MILLI = 1_000_000;

  private static final class Waiting extends ArrayDeque<Envelope>
      implements ClusterDispatcher.Waiting<Envelope> {}

  /** Writes down what is ordered, as "member: how many". */
  private static final class Orders implements ClusterDispatcher.Orders<Envelope> {
    final List<String> said = new ArrayList<>();

    @Override
    public void send(Member member, List<Envelope> batch) {
      said.add(member.name + " gets " + batch.size());
    }

    @Override
    public void recall(Member member, List<Envelope> envelopes) {
      said.add(member.name + " gives back " + envelopes.size());
    }

    List<String> take() {
      List<String> taken = List.copyOf(said);
      said.clear();
      return taken;
    }
  }

  private final Waiting waiting = new Waiting();
  private final Orders orders = new Orders();
  private final ClusterDispatcher<Envelope> dispatcher = new ClusterDispatcher<>(waiting, orders);

  private List<Envelope> submit(int tasks) {
    List<Envelope> made = new ArrayList<>();
    for (int i = 0; i < tasks; i++) {
      made.add(new Envelope(100));
    }
    waiting.addAll(made);
    return made;
  }

  /** Has it learnt that tasks take so long. */
  private void learn(long nanos) {
    Member teacher = dispatcher.join("teacher", 1, 1);
    Envelope task = submit(1).get(0);
    dispatcher.dispatch(-nanos);
    dispatcher.over(task, nanos, 0);
    dispatcher.leave(teacher);
    orders.take();
  }

  @Test
  void tasksThatAreFewerThanWorkers_areSpreadOverAllMembers() {
    dispatcher.join("a", 4, 100);
    dispatcher.join("b", 4, 100);
    submit(4);
    dispatcher.dispatch(0);
    assertThat(orders.take()).containsExactlyInAnyOrder("a gets 2", "b gets 2");
  }

  @Test
  void unknownOrLongTasks_areNotSentBeyondTheWorkers() {
    Member a = dispatcher.join("a", 2, 100);
    submit(5);
    dispatcher.dispatch(0);
    assertThat(orders.take()).containsExactly("a gets 2");
    assertThat(a.given).isEqualTo(2);
    assertThat(waiting).hasSize(3);
  }

  @Test
  void shortTasks_travelInBatches_butNoMoreThanTheCredit() {
    learn(MILLI / 10);
    dispatcher.join("a", 2, 100);
    dispatcher.join("b", 2, 3);
    submit(1_000);
    dispatcher.dispatch(0);
    assertThat(orders.take()).containsExactlyInAnyOrder("a gets 42", "b gets 3");
    assertThat(waiting).hasSize(955);
  }

  @Test
  void whatEndsFirst_isNotTakenForAll() {
    Member a = dispatcher.join("a", 100, 1_000);
    List<Envelope> tasks = submit(1_000);
    dispatcher.dispatch(0);
    for (int i = 0; i < 5; i++) { // five of a hundred in the first millisecond: some 20 ms each
      dispatcher.over(tasks.get(i), MILLI, MILLI);
      dispatcher.dispatch(MILLI);
    }
    assertThat(a.given).isEqualTo(100);
  }

  @Test
  void workersAndWhatTheyRun_areCountedAsMembersChange() {
    Member a = dispatcher.join("a", 2, 100);
    Member b = dispatcher.join("b", 3, 100);
    List<Envelope> tasks = submit(10);
    dispatcher.dispatch(0);
    assertThat(dispatcher.workers()).isEqualTo(5);
    assertThat(dispatcher.running()).isEqualTo(5);
    dispatcher.capacity(b, 1, 100);
    assertThat(dispatcher.workers()).isEqualTo(3);
    assertThat(dispatcher.running()).isEqualTo(3);
    dispatcher.leave(a);
    assertThat(dispatcher.workers()).isEqualTo(1);
    assertThat(dispatcher.running()).isEqualTo(1);
    tasks.forEach(task -> dispatcher.over(task, 0, 1)); // some of a member that is gone
    assertThat(dispatcher.running()).isZero();
  }

  @Test
  void credit_thatIsTakenBack_endsSending_andGivenAgainGoesOn() {
    Member a = dispatcher.join("a", 2, 2);
    List<Envelope> tasks = submit(4);
    dispatcher.dispatch(0);
    dispatcher.capacity(a, 2, 0);
    dispatcher.over(tasks.get(0), 0, 1);
    dispatcher.dispatch(1);
    assertThat(orders.take()).containsExactly("a gets 2");
    dispatcher.capacity(a, 2, 2);
    dispatcher.dispatch(2);
    assertThat(orders.take()).containsExactly("a gets 1");
  }

  @Test
  void tasksOfManyBytes_waitHere_butOneIsAlwaysSent() {
    learn(MILLI / 10);
    dispatcher.join("a", 4, 100);
    for (int i = 0; i < 3; i++) {
      waiting.add(new Envelope(ClusterDispatcher.MOST_BYTES + 1));
    }
    dispatcher.dispatch(0);
    assertThat(orders.take()).containsExactly("a gets 1");
  }

  @Test
  void whereAnotherIsIdle_whatWasSentAheadComesBack_onceItIsStuck() {
    learn(MILLI);
    dispatcher.join("a", 1, 100);
    List<Envelope> tasks = submit(3);
    dispatcher.dispatch(0);
    assertThat(orders.take()).containsExactly("a gets 3");
    dispatcher.begun(tasks.get(0));
    dispatcher.join("b", 1, 100);
    dispatcher.dispatch(MILLI); // it may only be on its way
    assertThat(orders.take()).isEmpty();
    assertThat(dispatcher.isToLookAgain()).isTrue();
    dispatcher.dispatch(5 * MILLI);
    assertThat(orders.take()).containsExactly("a gives back 1");
    dispatcher.dispatch(6 * MILLI); // asked already
    assertThat(orders.take()).isEmpty();
    dispatcher.returned(tasks.get(2));
    dispatcher.dispatch(7 * MILLI);
    assertThat(orders.take()).containsExactly("b gets 1");
  }

  @Test
  void whatABegunTaskSays_isTheLastWord() {
    learn(MILLI);
    Member a = dispatcher.join("a", 1, 100);
    List<Envelope> tasks = submit(2);
    dispatcher.dispatch(0);
    dispatcher.drain(a);
    dispatcher.kept(tasks.get(0));
    dispatcher.returned(tasks.get(0)); // a lie, or from before
    assertThat(tasks.get(0).place).isEqualTo(Place.BEGUN);
    dispatcher.returned(tasks.get(1));
    assertThat(waiting).containsExactly(tasks.get(1));
  }

  @Test
  void drained_takesNothingNew_andGivesBackWhatItHasNotBegun() {
    Member a = dispatcher.join("a", 2, 2);
    List<Envelope> tasks = submit(4);
    dispatcher.dispatch(0);
    dispatcher.begun(tasks.get(0));
    orders.take();
    dispatcher.drain(a);
    assertThat(orders.take()).containsExactly("a gives back 1");
    dispatcher.over(tasks.get(0), 0, 1);
    dispatcher.dispatch(1);
    assertThat(orders.take()).isEmpty();
  }

  @Test
  void lost_whatItHadIsTheCallersAgain_inTheOrderInWhichItWasGiven() {
    Member a = dispatcher.join("a", 2, 2);
    List<Envelope> tasks = submit(2);
    dispatcher.dispatch(0);
    dispatcher.begun(tasks.get(0));
    assertThat(dispatcher.leave(a)).containsExactlyElementsOf(tasks);
    assertThat(tasks).extracting(task -> task.place).containsExactly(Place.BEGUN, Place.SENT);
    dispatcher.over(tasks.get(0), 0, 1); // word that came late
    dispatcher.again(tasks.get(1));
    dispatcher.join("b", 1, 1);
    dispatcher.dispatch(1);
    assertThat(orders.take()).containsExactly("a gets 2", "b gets 1");
  }
}
