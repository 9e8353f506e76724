package dev.procession.observe;

import dev.procession.PoolSnapshot;
import dev.procession.internal.view.RemoteView;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A pool as one sees it from outside, with what can be done to it from there.
 *
 * <p>{@code ProcessPoolExecutor.view()} gives one of a pool of this process. Every pool of this
 * user on this machine can be looked at, unless it was built with {@code observable(false)};
 * nothing listens on a network for it. Any thread may use a view; one question to a pool of another
 * process waits for the one before it.
 */
public interface PoolView extends AutoCloseable {

  /** The pools of this user that can be looked at, oldest first; this process's are among them. */
  static List<PoolIdentity> list() {
    return RemoteView.list();
  }

  /**
   * Looks at a pool of another process, or of this one.
   *
   * @throws UnreachablePoolException if it has ended or does not answer
   */
  static PoolView attach(PoolIdentity pool) {
    return RemoteView.attach(pool);
  }

  /** Which pool it is. */
  PoolIdentity identity();

  /**
   * The pool at this instant. A view that the pool itself gave goes on to tell what it has seen
   * once the pool has ended: this, {@link #activity}, {@link #output}, {@link #counts} and {@link
   * #failure}; one of another process does not.
   *
   * @throws UnreachablePoolException if it has ended, or does not answer
   */
  PoolSnapshot snapshot();

  /**
   * What the workers have done since, as far as it is over: 5,000 spans at the most, so it may have
   * to be asked for again at once. The pool remembers it from the first call on and until this is
   * closed, the last 65,536 spans; before and after, its tasks cost nothing for it.
   *
   * @param from 0 at first, then {@link Activity#next} of the answer before
   * @throws UnreachablePoolException if it has ended, or does not answer
   */
  Activity activity(long from);

  /**
   * What the workers have printed and logged since: 1,000 lines at the most. The pool remembers the
   * last 5,000, from the first call of this or {@link #activity} on and until this is closed.
   *
   * @param from 0 at first, then {@link PrintedLines#next} of the answer before
   * @throws UnreachablePoolException if it has ended, or does not answer
   */
  PrintedLines output(long from);

  /**
   * How far the tasks of each name are. What has ended is counted from the first call of this or
   * {@link #activity} on and until this is closed.
   *
   * @throws UnreachablePoolException if it has ended, or does not answer
   */
  List<NameCount> counts();

  /**
   * What a task failed with: the stack trace of its exception in the worker, or the whole report of
   * what ended it. The pool remembers the last 2,000 that failed while somebody looked.
   *
   * @param task the task's number; of a chunk of a map, the last failure of an element in it
   * @return empty if nothing is remembered
   * @throws UnreachablePoolException if it has ended, or does not answer
   */
  Optional<String> failure(long task);

  /**
   * What a worker's threads spend their time with, sampled by its flight recorder a hundred times a
   * second: a line for each stack, outermost frame first and separated by semicolons, and how often
   * it was seen, the most frequent first. Flame graphs are drawn from that. Waits for so long; the
   * first one in a worker costs it half a second of processor time.
   *
   * @param worker the worker's number
   * @param time a second to a minute
   * @throws IllegalArgumentException if the pool has no such worker, or the time is out of range
   * @throws UnreachablePoolException if the pool has ended, or the worker ends meanwhile, does not
   *     answer, or cannot record
   */
  String profile(int worker, Duration time);

  /**
   * What the threads of a worker do, as text; the worker goes on.
   *
   * @param worker the worker's number
   * @throws IllegalArgumentException if the pool has no such worker
   * @throws UnreachablePoolException if the pool has ended, or the worker does not answer within a
   *     few seconds: it is stopped by a signal, or has not started yet
   */
  String threads(int worker);

  /**
   * Stops a task that a worker has begun, or was given, as {@code cancel(true)} does.
   *
   * @param task the task's number; of a chunk of a map, what is left of the chunk is cancelled
   * @return whether it is cancelled, by this or an earlier call; false if it has ended, or waits
   *     where no worker has it yet
   * @throws UnreachablePoolException if the pool has ended, or does not answer
   */
  boolean cancel(long task);

  /**
   * Has a worker end in good order once it has done what it was given; another one takes its place
   * when there is work.
   *
   * @param worker the worker's number
   * @throws IllegalArgumentException if the pool has no such worker, or it is still starting
   * @throws UnreachablePoolException if the pool has ended, or does not answer
   */
  void retire(int worker);

  /**
   * Kills a worker at once; the task that it runs fails as after any crash.
   *
   * @param worker the worker's number
   * @throws IllegalArgumentException if the pool has no such worker, or it is still starting
   * @throws UnreachablePoolException if the pool has ended, or does not answer
   */
  void kill(int worker);

  /** Looks no more; the pool goes on. Repeatable. */
  @Override
  void close();
}
