package dev.procession.testing;

import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.PreInterruptCallback;
import org.junit.jupiter.api.extension.PreInterruptContext;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;

/**
 * Prints the threads of this JVM and of all its workers when the time of a test, or of an
 * Awaitility condition, runs out.
 */
public final class HangDumps implements TestExecutionExceptionHandler, PreInterruptCallback {
  @Override
  public void beforeThreadInterrupt(PreInterruptContext interrupt, ExtensionContext context) {
    ThreadDumps.print("timed out: " + context.getDisplayName());
  }

  @Override
  public void handleTestExecutionException(ExtensionContext context, Throwable failure)
      throws Throwable {
    if (failure instanceof ConditionTimeoutException) {
      ThreadDumps.print("waited in vain: " + context.getDisplayName());
    }
    throw failure;
  }
}
