package dev.procession.internal.flight;

import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import org.jspecify.annotations.Nullable;

/** What all events have. */
@Category("Procession")
abstract class PoolEvent extends Event {
  @Label("Pool")
  @Nullable String pool;
}
