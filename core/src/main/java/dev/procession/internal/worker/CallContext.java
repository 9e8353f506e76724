package dev.procession.internal.worker;

import dev.procession.TaskContext;
import dev.procession.TaskProgress;
import dev.procession.internal.wire.ControlMessages;
import dev.procession.internal.wire.ProgressReport;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** The context of one call in a worker. */
final class CallContext implements TaskContext {
  private final long sequence;
  private final CallContexts of;
  private final CompletableFuture<Facts> facts = new CompletableFuture<>();
  private boolean asked; // guarded by this
  private boolean over; // guarded by this
  private @Nullable ProgressReport last; // guarded by this

  private record Facts(long id, String name, int attempt, Optional<Instant> deadline) {}

  CallContext(long sequence, CallContexts of) {
    this.sequence = sequence;
    this.of = of;
  }

  long sequence() {
    return sequence;
  }

  private Facts facts() {
    synchronized (this) {
      if (!asked && !over) {
        asked = true;
        of.link().send(ControlMessages.ask(sequence));
      }
    }
    try {
      return facts.join(); // an interrupt does not end it: the answer comes, or the task's end
    } catch (CompletionException e) {
      throw new IllegalStateException(
          "the task has ended: what was not asked before is not known any more", e.getCause());
    }
  }

  void told(ControlMessages.Told told) {
    Optional<Instant> deadline =
        told.nanosLeft() == Long.MAX_VALUE
            ? Optional.empty()
            : Optional.of(Instant.now().plusNanos(told.nanosLeft()));
    facts.complete(new Facts(told.id(), told.name(), told.attempt(), deadline));
  }

  @Override
  public long id() {
    return facts().id();
  }

  @Override
  public String name() {
    return facts().name();
  }

  @Override
  public int attempt() {
    return facts().attempt();
  }

  @Override
  public Optional<Instant> deadline() {
    return facts().deadline();
  }

  @Override
  public boolean isCancelled() {
    synchronized (this) {
      return !over && of.isInterrupted(sequence);
    }
  }

  @Override
  public void report(long done, long total, String message) {
    String text =
        message.length() <= TaskProgress.MAX_MESSAGE
            ? message
            : message.substring(0, TaskProgress.MAX_MESSAGE);
    synchronized (this) {
      int order = last == null ? 1 : last.order() + 1;
      ProgressReport report = new ProgressReport(sequence, order, done, total, text);
      if (!over) {
        last = report;
        of.sender().report(report);
      }
    }
  }

  /** The call ends; returns what it reported last. */
  synchronized @Nullable ProgressReport end() {
    over = true;
    facts.completeExceptionally(new IllegalStateException("call " + sequence + " has ended"));
    if (last != null) {
      of.sender().forget(sequence);
    }
    return last;
  }
}
