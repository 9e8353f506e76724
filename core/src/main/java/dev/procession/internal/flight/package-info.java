/**
 * Events for Java Flight Recorder: of tasks, of their wait, and of workers' lives.
 *
 * <p>The JDK's module {@code jdk.jfr} is optional: without it, and while nothing records, a task
 * costs one look at a field.
 */
@NullMarked
package dev.procession.internal.flight;

import org.jspecify.annotations.NullMarked;
