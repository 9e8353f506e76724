package dev.procession.cli;

import dev.procession.ArrivingInputs;
import dev.procession.BrokenProcessPoolException;
import dev.procession.MapOptions;
import dev.procession.MapResults;
import dev.procession.ProcessPoolExecutor;
import dev.procession.ProgressBar;
import dev.procession.SharedBuffer;
import dev.procession.TaskFunction;
import dev.procession.TaskOptions;
import dev.procession.WorkerStartException;
import dev.procession.cli.function.Invocation;
import dev.procession.cli.function.Ran;
import dev.procession.cli.function.Target;
import dev.procession.cli.input.Input;
import dev.procession.cli.input.Inputs;
import dev.procession.cli.result.Finished;
import dev.procession.cli.result.Result;
import dev.procession.cli.result.ResultWriter;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Calls a target with each input in a pool and writes what becomes of them. One thread reads
 * inputs, one submits and writes; Ctrl-C is heard on a third.
 */
final class Run {
  private final ProcessPoolExecutor pool;
  private final Target target;
  private final TaskOptions taskOptions;
  private final MapOptions mapOptions;
  private final Finished finished;
  private final ResultWriter writer;
  private final ProgressBar bar;
  private final Console console;
  private final long maxFailures;
  private final Tally tally = new Tally();

  /** What was given to the map and has no result yet, by its place there. */
  private final Map<Long, Input> begun = new HashMap<>();

  private boolean tooMany;

  /** What broke the whole pool. */
  private @Nullable Throwable broken;

  private volatile boolean stopping;
  private volatile boolean killed;

  /**
   * Everything that a run needs.
   *
   * @param maxFailures after how many failures it stops
   */
  Run(
      ProcessPoolExecutor pool,
      Target target,
      TaskOptions taskOptions,
      MapOptions mapOptions,
      Finished finished,
      ResultWriter writer,
      ProgressBar bar,
      Console console,
      long maxFailures) {
    this.pool = pool;
    this.target = target;
    this.taskOptions = taskOptions;
    this.mapOptions = mapOptions;
    this.finished = finished;
    this.writer = writer;
    this.bar = bar;
    this.console = console;
    this.maxFailures = maxFailures;
  }

  /** Runs to the end and returns the exit code; closes the inputs. */
  @SuppressWarnings("try") // signals are heard, not asked
  int run(Inputs inputs) {
    try (ReadAhead ahead = new ReadAhead(inputs);
        SharedBuffer stop = pool.allocate(1);
        Interrupts interrupts =
            Interrupts.handledBy(
                () -> {
                  console.say("procession: finishing what has begun; Ctrl-C again kills it");
                  stop(stop, ahead);
                },
                this::kill)) {
      return run(stop, ahead);
    } catch (BrokenProcessPoolException
        | WorkerStartException
        | RejectedExecutionException
        | UncheckedIOException e) {
      return broken(e); // what has ended before is written
    }
  }

  private int run(SharedBuffer stop, ReadAhead ahead) {
    Target called = target;
    TaskFunction<@Nullable Object, Ran> function = plain -> Invocation.run(called, stop, plain);
    try (MapResults<Ran> results =
        pool.with(taskOptions).map(mapOptions, function, () -> new Plain(ahead))) {
      for (MapResults.Outcome<Ran> outcome : results.outcomes()) {
        take(Objects.requireNonNull(begun.remove(outcome.index())), outcome);
        if (broken != null && !stopping) {
          stop(stop, ahead); // what has ended has its result yet to come
        }
        if (tally.failed() >= maxFailures && !stopping) {
          tooMany = true;
          console.say("procession: " + maxFailures + " failed, which is as many as may; stopping");
          stop(stop, ahead);
        }
      }
    } catch (CancellationException | NoSuchElementException e) {
      if (!killed) {
        throw e;
      }
    }
    Throwable why = broken;
    return why == null ? exitCode() : broken(why);
  }

  private int exitCode() {
    return tooMany
        ? ExitCode.TOO_MANY_FAILED
        : stopping ? ExitCode.INTERRUPTED : tally.failed() > 0 ? ExitCode.SOME_FAILED : ExitCode.OK;
  }

  private int broken(Throwable why) {
    if (killed) {
      return ExitCode.INTERRUPTED;
    }
    console.say("procession: " + why.getMessage());
    return ExitCode.BROKEN;
  }

  /** Takes note of an outcome. */
  private void take(Input input, MapResults.Outcome<Ran> outcome) {
    Ran ran = outcome.value();
    Throwable failure = outcome.failure();
    if (failure instanceof BrokenProcessPoolException || failure instanceof WorkerStartException) {
      broken = broken == null ? failure : broken;
      tally.addNotBegun();
      return;
    }
    boolean notBegun =
        ran != null
            ? ran.outcome() == Ran.Outcome.NOT_BEGUN
            : killed && failure instanceof CancellationException; // else somebody stopped it
    if (notBegun) {
      tally.addNotBegun();
      return;
    }
    Result result =
        ran != null
            ? Result.of(input.plain(), ran)
            : Result.of(input.plain(), Objects.requireNonNull(failure));
    tally.add(result);
    writer.write(result);
    bar.step(target.label(), !result.isOk());
  }

  /** What the run has come to. */
  String summary() {
    return tally.told();
  }

  private void stop(SharedBuffer stop, ReadAhead ahead) {
    stopping = true;
    stop.buffer().put(0, (byte) 1);
    ahead.stop();
  }

  private void kill() {
    if (killed) {
      Runtime.getRuntime().halt(ExitCode.INTERRUPTED); // it does not even end
    }
    killed = true;
    console.say("procession: killing what runs");
    var unused = pool.shutdownNow();
  }

  /** The inputs as the map takes them, without those that an earlier run has finished. */
  private final class Plain implements ArrivingInputs<@Nullable Object> {
    private final ReadAhead ahead;
    private final ArrayDeque<Input> next = new ArrayDeque<>(1);
    private long index;

    Plain(ReadAhead ahead) {
      this.ahead = ahead;
    }

    @Override
    public boolean isReady() {
      while (next.isEmpty() && ahead.isReady()) {
        if (ahead.hasFailed() || !take()) {
          return true; // for hasNext to tell
        }
      }
      return !next.isEmpty();
    }

    /** Takes the next one if it is still to be done; false at the end. */
    private boolean take() {
      Input input = ahead.poll();
      if (input == null) {
        return false;
      }
      if (finished.take(input.plain())) {
        tally.addSkipped();
      } else {
        next.add(input);
      }
      return true;
    }

    @Override
    public void whenReady(Runnable wake) {
      ahead.whenReady(wake);
    }

    @Override
    public boolean hasNext() {
      boolean more = true;
      while (more && next.isEmpty()) {
        more = take();
      }
      return !next.isEmpty();
    }

    @Override
    public @Nullable Object next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      Input input = next.remove();
      begun.put(index++, input);
      return input.plain();
    }
  }
}
