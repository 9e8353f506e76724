package dev.procession.cluster.internal.submitter;

import dev.procession.cluster.internal.link.Frame;
import dev.procession.internal.parent.PendingTask;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a pool gives to members to be run whatever becomes of it, and what it asks them for by its
 * id. All of it is guarded by the backend's lock; those that wait do so by its condition.
 */
final class DetachedTasks {
  private final Supplier<Collection<Attachment>> attachments;
  private final AtomicLong numbers;
  private final Condition answered;
  private final BiConsumer<Attachment, Call> onClaimed;
  private final Map<Long, Question> open = new HashMap<>(); // by the calls' numbers

  /**
   * Without any.
   *
   * @param attachments those there are
   * @param numbers gives a number to each call
   * @param answered is signalled after each answer, and when a member is lost
   * @param onClaimed takes the call that a claimed task has become
   */
  DetachedTasks(
      Supplier<Collection<Attachment>> attachments,
      AtomicLong numbers,
      Condition answered,
      BiConsumer<Attachment, Call> onClaimed) {
    this.attachments = attachments;
    this.numbers = numbers;
    this.answered = answered;
    this.onClaimed = onClaimed;
  }

  /** What a member was asked. */
  private static final class Question {
    final Attachment to;

    /** What is claimed, as long as somebody waits for it; null where a task is given. */
    @Nullable PendingTask claimed;

    /** Null until it was answered, or cannot be any more. */
    Frame.@Nullable Entrusted answer;

    boolean isOver;

    Question(Attachment to, @Nullable PendingTask claimed) {
      this.to = to;
      this.claimed = claimed;
    }
  }

  /* ---- Giving ---- */

  /**
   * Gives a task to the member that has least to do, and waits until that has it.
   *
   * @return the task's id
   * @throws RejectedExecutionException if none takes it
   */
  String entrust(PendingTask task) {
    Set<Attachment> tried = new HashSet<>();
    String why = "no node takes tasks, or none one of " + task.size() + " bytes (maxEnvelope)";
    Attachment to;
    while ((to = leastLoaded(task.size(), tried)) != null) {
      tried.add(to);
      to.entrusted++;
      long number = numbers.incrementAndGet();
      Question question = new Question(to, null);
      open.put(number, question);
      to.outgoing.add(new Frame.Entrust(to.frameOf(task, number)));
      while (!question.isOver) {
        answered.awaitUninterruptibly(); // until that is answered, or the member lost
      }
      if (question.answer == null) {
        throw new RejectedExecutionException(
            "node '"
                + to.peer.name()
                + "' was lost while it was given detached task '"
                + task.name()
                + "'; whether that runs is not known");
      }
      if (!question.answer.id().isEmpty()) {
        return question.answer.id();
      }
      why = question.answer.why();
    }
    throw new RejectedExecutionException("detached task '" + task.name() + "': " + why);
  }

  /** What it was given before counts for ever: it is not told when that ends. */
  private @Nullable Attachment leastLoaded(long size, Set<Attachment> except) {
    Attachment least = null;
    for (Attachment each : attachments.get()) {
      Member member = each.member;
      boolean takes = member != null && !member.draining && size <= each.mostBytes;
      if (takes && !except.contains(each) && (least == null || each.load() < least.load())) {
        least = each;
      }
    }
    return least;
  }

  /* ---- Asking ---- */

  /**
   * Asks all members for a task, those too that only come, and waits until one has it.
   *
   * @param task is that one from then on
   * @param checkOpen throws if the pool is shut down meanwhile
   * @return false if none has it
   */
  boolean claim(PendingTask task, String id, long patienceNanos, Runnable checkOpen)
      throws InterruptedException {
    Map<Attachment, Question> asked = new HashMap<>();
    long left = patienceNanos;
    try {
      while (task.place == PendingTask.Place.NEW) {
        checkOpen.run();
        boolean isAwaited = false;
        for (Attachment each : attachments.get()) {
          if (each.member != null && !asked.containsKey(each)) {
            asked.put(each, ask(each, task, id));
          }
          Question question = asked.get(each);
          isAwaited |= question == null ? each.refusal == null : !question.isOver;
        }
        if (!isAwaited || left <= 0) {
          return false;
        }
        left = answered.awaitNanos(left);
      }
      return true;
    } catch (InterruptedException e) {
      if (task.place == PendingTask.Place.NEW) {
        throw e;
      }
      Thread.currentThread().interrupt(); // it came at the same time
      return true;
    } finally {
      asked.values().forEach(question -> question.claimed = null);
    }
  }

  private Question ask(Attachment member, PendingTask task, String id) {
    long number = numbers.incrementAndGet();
    Question question = new Question(member, task);
    open.put(number, question);
    member.noted = false; // it is not to go before it has answered
    member.outgoing.add(new Frame.Claim(number, id));
    return question;
  }

  /** Has no member keep the outcome of that task. */
  void forget(String id) {
    for (Attachment each : attachments.get()) {
      if (each.member != null) {
        each.outgoing.add(new Frame.Forget(id));
      }
    }
  }

  /* ---- Answers ---- */

  void take(Attachment from, Frame.Entrusted entrusted) {
    Question question = answered(from, entrusted.call());
    if (question != null) {
      question.answer = entrusted;
    }
  }

  void take(Attachment from, Frame.Claimed claimed) {
    Question question = answered(from, claimed.call());
    if (question == null || !claimed.known()) {
      return;
    }
    PendingTask task = question.claimed;
    if (task != null && task.place == PendingTask.Place.NEW) { // else nobody waits any more
      Call call = new Call(task);
      call.number = claimed.call();
      call.keptAt = from;
      onClaimed.accept(from, call);
    }
  }

  private @Nullable Question answered(Attachment from, long number) {
    Question question = open.get(number);
    if (question == null || question.to != from) {
      return null;
    }
    open.remove(number);
    question.isOver = true;
    return question;
  }

  /** Whether an answer of that member is awaited. */
  boolean asks(Attachment member) {
    return open.values().stream().anyMatch(question -> question.to == member);
  }

  /** A member does not answer any more. */
  void lost(Attachment member) {
    List<Long> its = new ArrayList<>();
    open.forEach(
        (number, question) -> {
          if (question.to == member) {
            question.isOver = true;
            its.add(number);
          }
        });
    its.forEach(open::remove);
  }
}
