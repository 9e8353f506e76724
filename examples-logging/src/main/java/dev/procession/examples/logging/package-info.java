/** Procession with Logback and OpenTelemetry. */
@NullMarked
package dev.procession.examples.logging;

import org.jspecify.annotations.NullMarked;
