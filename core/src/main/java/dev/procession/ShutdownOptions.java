package dev.procession;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How a pool shuts down; an immutable value.
 *
 * @param cancelPending see {@link Builder#cancelPending}
 * @param killAfterOrNull see {@link Builder#killAfter}
 */
public record ShutdownOptions(boolean cancelPending, @Nullable Duration killAfterOrNull) {

  /** Checks the values. */
  public ShutdownOptions {
    if (killAfterOrNull != null) {
      killAfterOrNull = Options.notNegative("killAfter", killAfterOrNull);
    }
  }

  /** The deadline after which workers are killed. */
  public Optional<Duration> killAfter() {
    return Optional.ofNullable(killAfterOrNull);
  }

  /** Starts from the defaults: run everything, however long it takes. */
  public static Builder builder() {
    return new Builder();
  }

  /** Collects the options; not for several threads. */
  public static final class Builder {
    private boolean cancelPending;
    private @Nullable Duration killAfter;

    private Builder() {}

    /** Whether tasks that no worker has begun are cancelled. Default: they still run. */
    public Builder cancelPending(boolean cancelPending) {
      this.cancelPending = cancelPending;
      return this;
    }

    /**
     * Time after which whatever is left is cancelled and the workers are killed; zero or more.
     * Default: never.
     */
    public Builder killAfter(Duration killAfter) {
      this.killAfter = Options.notNegative("killAfter", killAfter);
      return this;
    }

    /** The finished options. */
    public ShutdownOptions build() {
      return new ShutdownOptions(cancelPending, killAfter);
    }
  }
}
