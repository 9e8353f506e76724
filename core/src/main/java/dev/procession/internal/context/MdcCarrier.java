package dev.procession.internal.context;

import dev.procession.spi.ContextCarrier;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.MDC;

/** The diagnostic context of SLF4J. */
final class MdcCarrier implements ContextCarrier {
  @Override
  public String name() {
    return "mdc";
  }

  @Override
  public Map<String, String> capture() {
    Map<String, String> copy = MDC.getCopyOfContextMap();
    return copy == null ? Map.of() : copy;
  }

  @Override
  public Scope restore(Map<String, String> captured) {
    Map<String, String> both = new HashMap<>(capture()); // an initializer's, say
    both.putAll(captured);
    return MdcScope.of(both);
  }
}
