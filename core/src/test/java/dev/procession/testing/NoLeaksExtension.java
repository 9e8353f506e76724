package dev.procession.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Set;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.PreInterruptCallback;
import org.junit.jupiter.api.extension.PreInterruptContext;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;

/** Behind {@link NoLeaks}. */
final class NoLeaksExtension
    implements BeforeEachCallback,
        AfterEachCallback,
        TestExecutionExceptionHandler,
        PreInterruptCallback {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final ExtensionContext.Namespace NAMESPACE =
      ExtensionContext.Namespace.create(NoLeaksExtension.class);

  static {
    // Of its first socket the JDK itself keeps a descriptor for good.
    try (SocketChannel first = SocketChannel.open()) {
      first.configureBlocking(false);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    context.getStore(NAMESPACE).put("stock", Stock.take());
  }

  @Override
  public void afterEach(ExtensionContext context) {
    Stock before = context.getStore(NAMESPACE).get("stock", Stock.class);
    try {
      Awaitility.await()
          .pollDelay(Duration.ZERO)
          .pollInterval(Duration.ofMillis(20))
          .atMost(PATIENCE)
          .until(() -> Stock.take().beyond(before).isEmpty());
    } catch (ConditionTimeoutException e) {
      Set<String> left = Stock.take().beyond(before);
      if (!left.isEmpty()) {
        ThreadDumps.print("left behind by " + context.getDisplayName() + ": " + left);
        LeftPools.end();
        Workers.live().forEach(ProcessHandle::destroyForcibly);
        throw new AssertionError(
            "left behind, " + PATIENCE.toSeconds() + " s after the test: " + left);
      }
    }
  }

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
