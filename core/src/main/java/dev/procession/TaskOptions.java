package dev.procession;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How a task is run; an immutable value.
 *
 * @param nameOrNull see {@link Builder#name}
 * @param timeoutOrNull see {@link Builder#timeout}
 * @param retries see {@link Builder#retries}
 * @param priority see {@link Builder#priority}
 */
public record TaskOptions(
    @Nullable String nameOrNull, @Nullable Duration timeoutOrNull, int retries, int priority) {

  /** Neither name nor deadline of its own, no retries, priority 0. */
  public static final TaskOptions DEFAULT = new TaskOptions(null, null, 0, 0);

  /** More attempts than this are taken for a mistake. */
  private static final int MOST_RETRIES = 100;

  /** Checks the values. */
  public TaskOptions {
    if (nameOrNull != null) {
      Options.notBlank("name", nameOrNull);
    }
    if (timeoutOrNull != null) {
      timeoutOrNull = Options.positive("timeout", timeoutOrNull);
    }
    Options.inRange("retries", retries, 0, MOST_RETRIES);
  }

  /** The task's name. */
  public Optional<String> name() {
    return Optional.ofNullable(nameOrNull);
  }

  /** The task's deadline, counted from the moment a worker begins it. */
  public Optional<Duration> timeout() {
    return Optional.ofNullable(timeoutOrNull);
  }

  /** Starts from the defaults. */
  public static Builder builder() {
    return new Builder();
  }

  /** Collects the options; not for several threads. */
  public static final class Builder {
    private @Nullable String name;
    private @Nullable Duration timeout;
    private int retries;
    private int priority;

    private Builder() {}

    /**
     * Name shown in {@link TaskStory}, messages and output prefixes; not blank. Default: made from
     * the task's class.
     */
    public Builder name(String name) {
      this.name = Options.notBlank("name", name);
      return this;
    }

    /**
     * Time from the moment a worker begins the task after which it is stopped, by killing its
     * worker if need be, and fails with {@link TaskTimeoutException}; more than zero. Default: the
     * pool's {@code taskTimeout}.
     */
    public Builder timeout(Duration timeout) {
      this.timeout = Options.positive("timeout", timeout);
      return this;
    }

    /**
     * How often the task, or an element of a map, is begun anew if its worker crashed under it,
     * each time in a fresh worker; 0 to 100. Not after an exception, a deadline or a cancellation.
     * Only for work that may safely be done twice: a crash does not say how far it had come.
     * Default: 0, at most once.
     */
    public Builder retries(int retries) {
      this.retries = Options.inRange("retries", retries, 0, MOST_RETRIES);
      return this;
    }

    /**
     * Among tasks that wait the one with the higher priority goes first, and within one priority
     * the one submitted first. Tasks of lower priority are not starved: after sixteen that went
     * before, the task that has waited longest is taken. Any int. Default: 0.
     */
    public Builder priority(int priority) {
      this.priority = priority;
      return this;
    }

    /** The finished options. */
    public TaskOptions build() {
      return new TaskOptions(name, timeout, retries, priority);
    }
  }
}
