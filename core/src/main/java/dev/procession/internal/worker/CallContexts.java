package dev.procession.internal.worker;

import dev.procession.TaskContext;
import dev.procession.internal.wire.ControlMessages;
import dev.procession.internal.wire.ProgressReport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The contexts of a worker's calls: one is made when it is first asked for, so that calls which ask
 * for none pay nothing.
 */
public final class CallContexts {
  /*
   * Of the task's thread it is a question, whose answer changes with each call; a thread that is made
   * there inherits the answer of that moment.
   */
  private static final InheritableThreadLocal<Supplier<@Nullable TaskContext>> OF_THREAD =
      new InheritableThreadLocal<>() {
        @Override
        protected Supplier<@Nullable TaskContext> childValue(
            Supplier<@Nullable TaskContext> parent) {
          TaskContext now = parent == null ? null : parent.get();
          return () -> now;
        }
      };

  private final ParentLink link;
  private final TaskThread taskThread;
  private final ProgressSender sender;
  private long sequence; // of the call that runs, 0 for none; for the task's thread alone
  private volatile @Nullable CallContext current;

  CallContexts(ParentLink link, TaskThread taskThread) {
    this.link = link;
    this.taskThread = taskThread;
    this.sender = new ProgressSender(link);
  }

  /** The context of the task that the calling thread works for, or null. */
  public static @Nullable TaskContext ofThread() {
    Supplier<@Nullable TaskContext> question = OF_THREAD.get();
    return question == null ? null : question.get();
  }

  ParentLink link() {
    return link;
  }

  ProgressSender sender() {
    return sender;
  }

  boolean isInterrupted(long call) {
    return taskThread.isInterrupted(call);
  }

  /** The calling thread is the one that runs tasks. */
  void enter() {
    OF_THREAD.set(this::current);
  }

  private @Nullable TaskContext current() {
    if (sequence == 0) {
      return null;
    }
    CallContext made = current;
    if (made == null) {
      made = new CallContext(sequence, this);
      current = made;
    }
    return made;
  }

  void begin(long call) {
    sequence = call;
  }

  /** The call ends; returns what it reported last, if anything. */
  @Nullable ProgressReport end() {
    sequence = 0;
    CallContext made = current;
    if (made == null) {
      return null;
    }
    current = null;
    return made.end();
  }

  /** The parent has answered. */
  void told(ControlMessages.Told told) {
    CallContext asker = current;
    if (asker != null && asker.sequence() == told.sequence()) {
      asker.told(told);
    }
  }
}
