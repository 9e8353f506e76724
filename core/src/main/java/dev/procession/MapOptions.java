package dev.procession;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How {@code map} cuts, bounds and orders its work; an immutable value.
 *
 * @param chunkSize see {@link Builder#chunkSize}; 0 means chosen by measuring
 * @param bufferSize see {@link Builder#bufferSize}; 0 means chosen from chunk size and workers
 * @param ordered see {@link Builder#ordered}
 * @param timeoutOrNull see {@link Builder#timeout}
 */
public record MapOptions(
    int chunkSize, int bufferSize, boolean ordered, @Nullable Duration timeoutOrNull) {

  /** In order, everything else chosen by measuring, no deadline. */
  public static final MapOptions DEFAULT = new MapOptions(0, 0, true, null);

  /** Checks the values. */
  public MapOptions {
    Options.inRange("chunkSize", chunkSize, 0, Integer.MAX_VALUE);
    Options.inRange("bufferSize", bufferSize, 0, Integer.MAX_VALUE);
    if (timeoutOrNull != null) {
      timeoutOrNull = Options.notNegative("timeout", timeoutOrNull);
    }
  }

  /** The deadline of the whole iteration, counted from the call of {@code map}. */
  public Optional<Duration> timeout() {
    return Optional.ofNullable(timeoutOrNull);
  }

  /** Starts from the defaults. */
  public static Builder builder() {
    return new Builder();
  }

  /** Collects the options; not for several threads. */
  public static final class Builder {
    private int chunkSize;
    private int bufferSize;
    private boolean ordered = true;
    private @Nullable Duration timeout;

    private Builder() {}

    /**
     * How many inputs travel to a worker together; at least 1. Each keeps an outcome of its own.
     * Default: grown and shrunk so that a chunk runs for about a millisecond, on a cluster four.
     */
    public Builder chunkSize(int chunkSize) {
      this.chunkSize = Options.inRange("chunkSize", chunkSize, 1, Integer.MAX_VALUE);
      return this;
    }

    /**
     * How many inputs are read ahead of the results taken; at least 1. With less than workers ×
     * chunk size some workers may idle. Default: enough for three chunks a worker, on a cluster for
     * eight.
     */
    public Builder bufferSize(int bufferSize) {
      this.bufferSize = Options.inRange("bufferSize", bufferSize, 1, Integer.MAX_VALUE);
      return this;
    }

    /** Whether results come in the order of the inputs (default) or as they are ready. */
    public Builder ordered(boolean ordered) {
      this.ordered = ordered;
      return this;
    }

    /**
     * Time from the call of {@code map} after which the iteration ends with a {@link
     * WaitTimeoutException} and what is left is cancelled; zero or more. Results that are ready are
     * given even then. Default: none.
     */
    public Builder timeout(Duration timeout) {
      this.timeout = Options.notNegative("timeout", timeout);
      return this;
    }

    /** The finished options. */
    public MapOptions build() {
      return new MapOptions(chunkSize, bufferSize, ordered, timeout);
    }
  }
}
