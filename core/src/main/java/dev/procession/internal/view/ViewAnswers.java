package dev.procession.internal.view;

import dev.procession.internal.view.ViewProtocol.Answer;
import dev.procession.observe.PoolView;
import dev.procession.observe.UnreachablePoolException;
import java.io.Serializable;
import java.time.Duration;
import java.util.List;

/** The pool's side of {@link ViewProtocol}. */
public final class ViewAnswers {
  private ViewAnswers() {}

  /**
   * Asks a view what an observer wants to know.
   *
   * @param question one of {@link ViewProtocol}
   */
  public static Answer answer(PoolView view, byte question, long argument) {
    try {
      return switch (question) {
        case ViewProtocol.SNAPSHOT -> new Answer(view.snapshot(), null, null);
        case ViewProtocol.ACTIVITY -> new Answer(view.activity(argument), null, null);
        case ViewProtocol.OUTPUT -> new Answer(view.output(argument), null, null);
        case ViewProtocol.COUNTS ->
            new Answer((Serializable) List.copyOf(view.counts()), null, null);
        case ViewProtocol.FAILURE -> new Answer(view.failure(argument).orElse(null), null, null);
        case ViewProtocol.PROFILE -> {
          Duration time = Duration.ofSeconds(argument >> Integer.SIZE);
          yield new Answer(view.profile((int) argument, time), null, null);
        }
        case ViewProtocol.THREADS -> new Answer(view.threads((int) argument), null, null);
        case ViewProtocol.CANCEL -> new Answer(view.cancel(argument), null, null);
        case ViewProtocol.RETIRE -> {
          view.retire((int) argument);
          yield new Answer(null, null, null);
        }
        case ViewProtocol.KILL -> {
          view.kill((int) argument);
          yield new Answer(null, null, null);
        }
        default ->
            new Answer(null, "this version of Procession knows no question " + question, null);
      };
    } catch (IllegalArgumentException e) {
      return new Answer(null, e.getMessage(), null);
    } catch (UnreachablePoolException e) {
      return new Answer(null, null, e.getMessage());
    }
  }
}
