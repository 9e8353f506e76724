package dev.procession.internal.parent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.internal.codec.CallKind;
import dev.procession.internal.parent.PendingTask.Place;
import dev.procession.spi.TaskSerializer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class TaskQueueTest {
  private static final ResultDecoder DECODER =
      ResultDecoder.of(TaskSerializer.jdk(), TaskQueueTest.class.getClassLoader());

  private final TaskQueue queue = new TaskQueue();

  private static final class Task extends PendingTask {
    Task(long id) {
      this(id, 0);
    }

    Task(long id, int priority) {
      super(
          id,
          CallKind.values()[0],
          1,
          new byte[0],
          /* stored= */ null,
          new TaskTerms("task " + id, 0, priority, 0, null, DECODER));
    }

    @Override
    long submittedAt() {
      return 0;
    }

    @Override
    PendingTask again() {
      return this;
    }

    @Override
    public void element(ElementResult result) {}

    @Override
    public void over(@Nullable Throwable failure) {}
  }

  private void cancel(PendingTask task) {
    task.place = Place.OVER;
    queue.withdrawn();
  }

  @Test
  void anEmptyQueue_hasNothing() {
    assertThat(queue.isEmpty()).isTrue();
    assertThat(queue.size()).isZero();
    assertThat(queue.poll()).isNull();
    assertThat(queue.drain()).isEmpty();
  }

  @Test
  void tasks_leaveInOrderAndComeBackToTheFront() {
    Task one = new Task(1);
    Task two = new Task(2);
    queue.addLast(one);
    queue.addLast(two);
    assertThat(queue.poll()).isSameAs(one);
    queue.addFirst(one);
    assertThat(queue.size()).isEqualTo(2);
    assertThat(queue.poll()).isSameAs(one);
    assertThat(queue.poll()).isSameAs(two);
    assertThat(queue.isEmpty()).isTrue();
  }

  @Test
  void aCancelledTask_isNotCountedAndNeverReturned() {
    List<Task> tasks = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      tasks.add(new Task(i));
      queue.addLast(tasks.get(i));
    }
    cancel(tasks.get(0));
    cancel(tasks.get(2));
    assertThat(queue.size()).isEqualTo(2);
    assertThat(queue.poll()).isSameAs(tasks.get(1));
    assertThat(queue.drain()).containsExactly(tasks.get(3));
    assertThat(queue.isEmpty()).isTrue();
  }

  @Test
  void allCancelled_isEmptyAndUsableAgain() {
    Task only = new Task(1);
    queue.addLast(only);
    cancel(only);
    assertThat(queue.isEmpty()).isTrue();
    assertThat(queue.poll()).isNull();
    Task next = new Task(2);
    queue.addLast(next);
    assertThat(queue.poll()).isSameAs(next);
  }

  @Property(tries = 300)
  void anySequenceOfCalls_behavesLikeAPlainDeque(@ForAll long seed) {
    Random random = new Random(seed);
    Deque<PendingTask> model = new ArrayDeque<>();
    TaskQueue tested = new TaskQueue();
    for (int i = 0; i < 200; i++) {
      switch (random.nextInt(5)) {
        case 0, 1 -> {
          Task task = new Task(i);
          tested.addLast(task);
          model.addLast(task);
        }
        case 2 -> {
          Task task = new Task(i);
          tested.addFirst(task);
          model.addFirst(task);
        }
        case 3 -> {
          List<PendingTask> all = List.copyOf(model);
          if (!all.isEmpty()) {
            PendingTask gone = all.get(random.nextInt(all.size()));
            gone.place = Place.OVER;
            tested.withdrawn();
            model.remove(gone);
          }
        }
        default -> {
          PendingTask taken = tested.poll();
          assertThat(taken).isSameAs(model.peekFirst());
          if (taken != null && random.nextBoolean()) {
            tested.putBack(taken);
          } else {
            model.pollFirst();
          }
        }
      }
      assertThat(tested.size()).isEqualTo(model.size());
      assertThat(tested.isEmpty()).isEqualTo(model.isEmpty());
    }
    assertThat(tested.drain()).containsExactlyElementsOf(model);
  }

  @Test
  void aHigherPriority_goesFirst_andWithinOneTheOlder() {
    Task low = new Task(1, -1);
    Task first = new Task(2, 7);
    Task second = new Task(3, 7);
    Task normal = new Task(4);
    List.of(low, first, second, normal).forEach(queue::addLast);
    assertThat(List.of(queue.poll(), queue.poll(), queue.poll(), queue.poll()))
        .containsExactly(first, second, normal, low);
  }

  @Test
  void aLowPriority_isNotStarved_byAStreamOfHigherOnes() {
    Task low = new Task(0, -5);
    queue.addLast(low);
    for (int taken = 0; ; taken++) {
      queue.addLast(new Task(taken + 1, 5));
      if (queue.poll() == low) {
        assertThat(taken).isEqualTo(TaskQueue.PATIENCE);
        return;
      }
      assertThat(taken).isLessThan(TaskQueue.PATIENCE);
    }
  }

  /** A task that a worker gave back after its turn had to wait for as long once more. */
  @Test
  void whatComesBackAfterItsTurn_isNotOvertakenAgain() {
    Task low = new Task(0, -5);
    queue.addLast(low);
    for (int id = 1; id <= 3 * TaskQueue.PATIENCE; id++) {
      queue.addLast(new Task(id, 5));
    }
    for (int i = 0; i < TaskQueue.PATIENCE; i++) {
      assertThat(queue.poll()).isNotSameAs(low);
    }
    assertThat(queue.poll()).isSameAs(low);
    queue.addFirst(low);
    assertThat(queue.poll()).isSameAs(low);
  }

  @Test
  void whatIsPutBack_hasNotOvertakenAnybody() {
    Task low = new Task(0, -5);
    Task high = new Task(1, 5);
    queue.addLast(low);
    queue.addLast(high);
    for (int i = 0; i < 10 * TaskQueue.PATIENCE; i++) {
      assertThat(queue.poll()).isSameAs(high);
      queue.putBack(high);
    }
  }

  /** Memory was kept of every task that was cancelled behind one that waited. */
  @Test
  void cancelledTasksBehindALiveOne_areForgottenBeforeTheirTurn() {
    queue.addLast(new Task(0));
    for (int i = 1; i < 100_000; i++) {
      Task task = new Task(i);
      queue.addLast(task);
      cancel(task);
    }
    assertThat(queue.kept()).isLessThan(5_000);
  }

  @Property(tries = 300)
  void withPriorities_eachTaskLeavesOnce_inOrderWithinItsPriority(@ForAll long seed) {
    Random random = new Random(seed);
    TaskQueue tested = new TaskQueue();
    List<Task> waiting = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      if (random.nextInt(3) > 0) {
        Task task = new Task(i, random.nextInt(4));
        tested.addLast(task);
        waiting.add(task);
      }
      if (random.nextInt(3) > 0) {
        PendingTask taken = tested.poll();
        if (waiting.isEmpty()) {
          assertThat(taken).isNull();
          continue;
        }
        assertThat(waiting).contains((Task) taken);
        waiting.remove((Task) taken);
        for (Task left : waiting) {
          boolean sameAndOlder = left.priority == taken.priority && left.id < taken.id;
          assertThat(sameAndOlder).as("%s before %s", taken.id, left.id).isFalse();
        }
      }
    }
    assertThat(tested.size()).isEqualTo(waiting.size());
  }
}
