/**
 * What other tools see of a pool: {@link dev.procession.observability.PoolMetrics} for Micrometer,
 * {@link dev.procession.observability.TracedExecutor} for OpenTelemetry.
 *
 * <p>Each needs only the library that it is named for.
 */
@NullMarked
package dev.procession.observability;

import org.jspecify.annotations.NullMarked;
