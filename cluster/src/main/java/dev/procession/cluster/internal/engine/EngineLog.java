package dev.procession.cluster.internal.engine;

import org.apache.ignite.IgniteLogger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where the engine's own words go: errors are told, the rest only where somebody looks for it. */
final class EngineLog implements IgniteLogger {
  private static final Logger LOG = LoggerFactory.getLogger(EngineLog.class);

  @Override
  public IgniteLogger getLogger(Object category) {
    return this;
  }

  @Override
  public void trace(String message) {}

  @Override
  public void debug(String message) {}

  @Override
  public void info(String message) {
    LOG.debug("{}", message);
  }

  @Override
  public void warning(String message, @Nullable Throwable failure) {
    LOG.debug("{}", message, failure);
  }

  @Override
  public void error(String message, @Nullable Throwable failure) {
    LOG.warn("{}{}", message, failure == null ? "" : ": " + failure.getMessage());
    LOG.debug("that is", failure);
  }

  @Override
  public boolean isTraceEnabled() {
    return false;
  }

  @Override
  public boolean isDebugEnabled() {
    return false;
  }

  @Override
  public boolean isInfoEnabled() {
    return LOG.isDebugEnabled();
  }

  @Override
  public boolean isQuiet() {
    return false; // quiet is when it prints by itself
  }

  @Override
  public @Nullable String fileName() {
    return null;
  }
}
