package dev.procession.testing;

import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.Set;

/**
 * Pools that a failed test has left running, which would start new workers for those that are
 * killed and so spoil the tests that follow. Reached by reflection: nothing in the product needs
 * this.
 */
final class LeftPools {
  private LeftPools() {}

  /** Ends them as the exit of the JVM would. */
  static void end() {
    try {
      Field live =
          Class.forName("dev.procession.internal.parent.LivePools").getDeclaredField("LIVE");
      live.setAccessible(true);
      for (Object supervisor : Set.copyOf((Set<?>) live.get(null))) {
        for (String step : new String[] {"exitNow", "end"}) {
          Method method = supervisor.getClass().getDeclaredMethod(step);
          method.setAccessible(true);
          method.invoke(supervisor);
        }
      }
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    }
  }
}
