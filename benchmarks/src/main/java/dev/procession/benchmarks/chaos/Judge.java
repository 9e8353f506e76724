package dev.procession.benchmarks.chaos;

import dev.procession.CrashReport;
import dev.procession.ExitReason;
import dev.procession.PoolSnapshot;
import dev.procession.PoolState;
import dev.procession.TaskStory;
import dev.procession.benchmarks.chaos.Evidence.Attempt;
import dev.procession.benchmarks.chaos.Evidence.Key;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Compares what the futures of an ended pool say with what its tasks have written. */
final class Judge {
  /** From so many kills on a pool may lose its belief that workers can be started. */
  private static final int BREAKING_KILLS = 8;

  /** The pool's clock and the evidence agree, but durations are told in milliseconds here. */
  private static final Duration SLACK = Duration.ofMillis(2);

  private final String pool;
  private final Ledger ledger;
  private final Map<Key, List<Attempt>> evidence;
  private final Violations violations;
  private final Figures figures;

  Judge(
      String pool,
      Ledger ledger,
      Map<Key, List<Attempt>> evidence,
      Violations violations,
      Figures figures) {
    this.pool = pool;
    this.ledger = ledger;
    this.evidence = evidence;
    this.violations = violations;
    this.figures = figures;
  }

  /** Judges everything; when nothing of the pool runs any more. */
  void judge(PoolSnapshot last) {
    ledger.entries.forEach(this::judgeEntry);
    ledger.maps.forEach(this::judgeMap);
    evidence.forEach((key, attempts) -> violations.add(pool, "nobody ordered " + key + attempts));
    judgeCounters(last);
    judgeWorkers();
  }

  /** What can be said of one order, be it a task or an element. */
  private final class Case {
    private final Object who;
    private final Order order;
    private final int retries;
    private final @Nullable Duration timeout;
    private final List<Attempt> attempts;

    Case(Object who, Order order, int retries, @Nullable Duration timeout) {
      this.who = who;
      this.order = order;
      this.retries = retries;
      this.timeout = timeout;
      List<Attempt> known = evidence.remove(new Key(order.id(), order.element()));
      this.attempts = known == null ? List.of() : known;
    }

    void wrong(String what) {
      violations.add(
          pool,
          what
              + ": "
              + who
              + ", element "
              + order.element()
              + " "
              + order.deed()
              + ", attempts "
              + attempts
              + ", pool "
              + (ledger.cutting ? "cut off" : ledger.closing ? "closed" : "running")
              + ", killed "
              + ledger.killed);
    }

    void need(boolean holds, String orElse) {
      if (!holds) {
        wrong(orElse);
      }
    }

    boolean hasEnded() {
      return !attempts.isEmpty() && attempts.get(attempts.size() - 1).ended;
    }

    /** At most once, or as often as retries allow, and again only after a crash. */
    void judgeAttempts() {
      need(attempts.size() <= 1 + retries, "begun too often");
      Set<Long> pids = new HashSet<>();
      for (int i = 0; i < attempts.size(); i++) {
        need(pids.add(attempts.get(i).pid), "begun twice in one worker");
        if (i < attempts.size() - 1) {
          ExitReason reason = endOf(attempts.get(i).pid);
          need(reason != null && isCrash(reason), "begun anew after " + reason);
          figures.second.increment();
        }
      }
    }

    void judgeOutcome(Outcome outcome) {
      switch (outcome.kind()) {
        case VALUE -> need(order.deed().returns && hasEnded(), "a value that cannot be");
        case THREW -> need(order.deed() == Deed.THROW && hasEnded(), "a failure that cannot be");
        case CRASHED -> judgeCrash(outcome);
        case TIMED_OUT ->
            need(
                timeout != null && outcome.ranFor().plus(SLACK).compareTo(timeout) >= 0,
                "stopped before its deadline, after " + outcome.ranFor());
        case CANCELLED -> {} // who cancelled it is the caller's question
        case NOT_STARTED -> {
          boolean killed = outcome.text().contains("SIGKILL") || outcome.text().contains("timeout");
          need(ledger.killed.sum() > 0 && killed, "no worker could be started");
          need(attempts.size() <= retries, "never started, but begun");
        }
        case BROKEN -> need(ledger.killed.sum() >= BREAKING_KILLS, "a broken pool");
        case WRONG -> wrong("an outcome that nobody ordered: " + outcome.text());
      }
    }

    private void judgeCrash(Outcome outcome) {
      ExitReason reason = outcome.reason();
      boolean possible =
          reason == ExitReason.KILLED
              ? ledger.killed.sum() > 0
              : reason == ExitReason.EXIT_CALLED
                  ? order.deed() == Deed.EXIT || order.deed() == Deed.HALT
                  : reason == ExitReason.NATIVE_CRASH && order.deed() == Deed.SEGFAULT;
      need(possible, "a crash that cannot be: " + outcome.text());
    }
  }

  private @Nullable ExitReason endOf(long pid) {
    for (CrashReport report : ledger.ended.values()) {
      if (report.pid() == pid) {
        return report.reason();
      }
    }
    return null;
  }

  private static boolean isCrash(ExitReason reason) {
    return reason == ExitReason.KILLED
        || reason == ExitReason.EXIT_CALLED
        || reason == ExitReason.NATIVE_CRASH;
  }

  /* ---- Tasks ---- */

  private void judgeEntry(Entry entry) {
    Case it = new Case(entry, entry.order(), entry.retries, entry.timeout);
    it.judgeAttempts();
    Outcome outcome = entry.outcome();
    if (outcome == null || entry.completions() != 1) {
      it.wrong("ended " + entry.completions() + " times");
      return;
    }
    it.judgeOutcome(outcome);
    judgeCancel(entry, it, outcome);
    String second = entry.secondThoughts();
    it.need(second == null, "another state than before: " + second);
    TaskStory story = entry.story();
    if (story != null) {
      int begun = it.attempts.size();
      it.need(story.attempt() >= begun, "told to be attempt " + story.attempt());
      it.need(story.attempt() <= 1 + entry.retries, "told to be attempt " + story.attempt());
      boolean retried = outcome.kind() != Outcome.Kind.CRASHED || ledger.cutting;
      it.need(
          retried || story.attempt() == 1 + entry.retries, "not begun anew after a crash though");
    }
  }

  private void judgeCancel(Entry entry, Case it, Outcome outcome) {
    boolean isCancelled = outcome.kind() == Outcome.Kind.CANCELLED;
    switch (entry.cancel) {
      case NONE -> it.need(!isCancelled || ledger.cutting, "cancelled by nobody");
      case GENTLE_YES -> {
        it.need(isCancelled, "cancelled, but not so");
        it.need(it.attempts.isEmpty() || entry.cancelledLate, "cancel(false) of what has begun");
      }
      case HARD_YES -> it.need(isCancelled, "cancelled, but not so");
      case GENTLE_NO, HARD_NO ->
          it.need(!isCancelled || ledger.cutting, "cancelled although cancel() said no");
    }
  }

  /* ---- Maps ---- */

  private void judgeMap(MapEntry map) {
    map.wrongs().forEach(wrong -> violations.add(pool, wrong + ": " + map));
    for (int i = 0; i < map.size; i++) {
      Case it = new Case(map, map.order(i), map.retries, map.timeout);
      it.judgeAttempts();
      Outcome outcome = map.outcome(i);
      if (outcome != null) {
        it.judgeOutcome(outcome);
        it.need(
            outcome.kind() != Outcome.Kind.CANCELLED || ledger.cutting, "an element was cancelled");
      } else {
        it.need(!map.complete, "an element without an outcome");
        it.need(it.attempts.isEmpty() || i < map.read(), "begun, but its input was never read");
      }
    }
  }

  /* ---- The pool ---- */

  private void judgeCounters(PoolSnapshot last) {
    long least = 0;
    long most = 0;
    long values = 0;
    long open = 0;
    for (Entry entry : ledger.entries) {
      least++;
      most++;
      values += isValue(entry.outcome()) ? 1 : 0;
    }
    for (MapEntry map : ledger.maps) {
      least += map.taken();
      most += map.read();
      open += map.read() - map.taken(); // each of them may have succeeded or not
      for (int i = 0; i < map.size; i++) {
        values += isValue(map.outcome(i)) ? 1 : 0;
      }
    }
    long told = last.completed() + last.failed() + last.cancelled();
    boolean adds = told >= least && told <= most;
    boolean valuesAdd = last.completed() >= values && last.completed() <= values + open;
    if (!adds || !valuesAdd) {
      violations.add(
          pool,
          "counters: "
              + last
              + ", but "
              + least
              + " to "
              + most
              + " orders ended, "
              + values
              + " with a value and perhaps "
              + open
              + " more");
    }
    boolean isEmpty = last.workers().isEmpty() && last.pending() == 0 && last.running() == 0;
    if (last.state() != PoolState.TERMINATED || !isEmpty) {
      violations.add(pool, "ended, but " + last);
    }
    if (ledger.toldDone.sum() != ledger.entries.size()) {
      violations.add(
          pool,
          "the listener heard of " + ledger.toldDone + " tasks, not of " + ledger.entries.size());
    }
    long crashed = ledger.crashed();
    if (last.restarts() > crashed) {
      violations.add(pool, last.restarts() + " restarts after " + crashed + " ends");
    }
    figures.restarts.add(last.restarts());
  }

  private static boolean isValue(@Nullable Outcome outcome) {
    return outcome != null && outcome.kind() == Outcome.Kind.VALUE;
  }

  private void judgeWorkers() {
    if (ledger.endedTwice.sum() > 0) {
      violations.add(pool, "workers ended twice: " + ledger.endedTwice);
    }
    ledger.ready.forEach(
        (number, pid) -> {
          if (!ledger.ended.containsKey(number)) {
            violations.add(pool, "worker " + number + " (pid " + pid + ") is never told to end");
          }
        });
    for (CrashReport report : ledger.ended.values()) {
      if (report.reason() == ExitReason.PROTOCOL_ERROR
          || report.reason() == ExitReason.OUT_OF_MEMORY
          || report.reason() == ExitReason.MEMORY_LIMIT) {
        violations.add(pool, "a worker ended by what nobody did: " + report);
      }
    }
  }
}
