package dev.procession.internal.parent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.internal.codec.CallKind;
import dev.procession.internal.parent.PendingTask.Place;
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
  private final TaskQueue queue = new TaskQueue();

  private static final class Task extends PendingTask {
    Task(long id) {
      super(id, CallKind.values()[0], 1, new byte[0], "task " + id, 0);
    }

    @Override
    void element(ElementResult result) {}

    @Override
    void over(@Nullable Throwable failure) {}
  }

  private void cancel(PendingTask task) {
    task.place = Place.OVER;
    queue.withdrawn();
  }

  private PendingTask take() {
    PendingTask task = queue.peek();
    if (task != null) {
      queue.removeFirst();
    }
    return task;
  }

  @Test
  void anEmptyQueue_hasNothing() {
    assertThat(queue.isEmpty()).isTrue();
    assertThat(queue.size()).isZero();
    assertThat(queue.peek()).isNull();
    assertThat(queue.drain()).isEmpty();
  }

  @Test
  void tasks_leaveInOrderAndComeBackToTheFront() {
    Task one = new Task(1);
    Task two = new Task(2);
    queue.addLast(one);
    queue.addLast(two);
    assertThat(take()).isSameAs(one);
    queue.addFirst(one);
    assertThat(queue.size()).isEqualTo(2);
    assertThat(take()).isSameAs(one);
    assertThat(take()).isSameAs(two);
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
    assertThat(take()).isSameAs(tasks.get(1));
    assertThat(queue.drain()).containsExactly(tasks.get(3));
    assertThat(queue.isEmpty()).isTrue();
  }

  @Test
  void allCancelled_isEmptyAndUsableAgain() {
    Task only = new Task(1);
    queue.addLast(only);
    cancel(only);
    assertThat(queue.isEmpty()).isTrue();
    assertThat(queue.peek()).isNull();
    Task next = new Task(2);
    queue.addLast(next);
    assertThat(take()).isSameAs(next);
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
          assertThat(tested.peek()).isSameAs(model.peekFirst());
          if (!model.isEmpty()) {
            tested.removeFirst();
            model.removeFirst();
          }
        }
      }
      assertThat(tested.size()).isEqualTo(model.size());
      assertThat(tested.isEmpty()).isEqualTo(model.isEmpty());
    }
    assertThat(tested.drain()).containsExactlyElementsOf(model);
  }
}
