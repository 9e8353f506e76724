package dev.procession.internal.context;

import dev.procession.spi.ContextCarrier.Scope;
import java.util.Map;
import org.slf4j.MDC;

/** Gives the calling thread another diagnostic context for a while. */
public final class MdcScope {
  private MdcScope() {}

  /**
   * Sets these entries in place of all that the thread has.
   *
   * @return sets again what it had
   */
  public static Scope of(Map<String, String> entries) {
    Map<String, String> before = MDC.getCopyOfContextMap();
    MDC.setContextMap(entries);
    return () -> {
      if (before == null) {
        MDC.clear();
      } else {
        MDC.setContextMap(before);
      }
    };
  }
}
