package dev.procession;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How a task is run; an immutable value.
 *
 * @param nameOrNull see {@link Builder#name}
 * @param timeoutOrNull see {@link Builder#timeout}
 */
public record TaskOptions(@Nullable String nameOrNull, @Nullable Duration timeoutOrNull) {

  /** Neither name nor deadline of its own. */
  public static final TaskOptions DEFAULT = new TaskOptions(null, null);

  /** Checks the values. */
  public TaskOptions {
    if (nameOrNull != null) {
      Options.notBlank("name", nameOrNull);
    }
    if (timeoutOrNull != null) {
      Options.positive("timeout", timeoutOrNull);
    }
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
     * Time from the moment a worker begins the task after which it is stopped, by killing its worker
     * if need be, and fails with {@link TaskTimeoutException}; more than zero. Default: the pool's
     * {@code taskTimeout}.
     */
    public Builder timeout(Duration timeout) {
      this.timeout = Options.positive("timeout", timeout);
      return this;
    }

    /** The finished options. */
    public TaskOptions build() {
      return new TaskOptions(name, timeout);
    }
  }
}
