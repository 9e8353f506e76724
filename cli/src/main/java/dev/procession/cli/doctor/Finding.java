package dev.procession.cli.doctor;

import org.jspecify.annotations.Nullable;

/**
 * One thing that was looked at.
 *
 * @param what it is, a word or two
 * @param verdict how it is
 * @param seen what was seen
 * @param meaning what that means for a pool and what can be done, null if nothing need be
 */
public record Finding(String what, Verdict verdict, String seen, @Nullable String meaning) {

  /** How something is. */
  public enum Verdict {
    /** As it should be. */
    GOOD("ok"),
    /** Pools work, but something is slower or missing. */
    LACKING("note"),
    /** Pools do not work, or not reliably. */
    BAD("BAD");

    private final String word;

    Verdict(String word) {
      this.word = word;
    }

    /** As it is printed. */
    public String word() {
      return word;
    }
  }

  static Finding good(String what, String seen) {
    return new Finding(what, Verdict.GOOD, seen, null);
  }

  static Finding good(String what, String seen, String meaning) {
    return new Finding(what, Verdict.GOOD, seen, meaning);
  }

  static Finding lacking(String what, String seen, String meaning) {
    return new Finding(what, Verdict.LACKING, seen, meaning);
  }

  static Finding bad(String what, String seen, String meaning) {
    return new Finding(what, Verdict.BAD, seen, meaning);
  }
}
