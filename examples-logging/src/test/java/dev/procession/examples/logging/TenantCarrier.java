package dev.procession.examples.logging;

import dev.procession.spi.ContextCarrier;
import java.util.Map;

/** A carrier of somebody's own. */
public final class TenantCarrier implements ContextCarrier {
  static final ThreadLocal<String> TENANT = new ThreadLocal<>();

  @Override
  public String name() {
    return "tenant";
  }

  @Override
  public Map<String, String> capture() {
    String tenant = TENANT.get();
    return tenant == null ? Map.of() : Map.of("id", tenant);
  }

  @Override
  public Scope restore(Map<String, String> captured) {
    TENANT.set(captured.get("id"));
    return TENANT::remove;
  }
}
