package dev.procession.internal.parent;

/** Is told that a task is done; part of Procession, never user code: it must be short and not throw. */
@FunctionalInterface
public interface CompletionListener {
  /** The future is done. Called once, by the thread that completed it, with no lock held. */
  void completed(TaskFuture<?> future);
}
