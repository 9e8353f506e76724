package dev.procession.testing;

import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Behind {@link NoLeaks}. */
final class NoLeaksExtension implements BeforeEachCallback, AfterEachCallback {
  private static final ExtensionContext.Namespace NAMESPACE =
      ExtensionContext.Namespace.create(NoLeaksExtension.class);

  @Override
  public void beforeEach(ExtensionContext context) {
    context.getStore(NAMESPACE).put("stock", Stock.take());
  }

  @Override
  public void afterEach(ExtensionContext context) {
    context
        .getStore(NAMESPACE)
        .get("stock", Stock.class)
        .awaitNothingMore("left behind by " + context.getDisplayName());
  }
}
