/** Processes beside the user's JVM in which the engine runs, and how one speaks with them. */
@NullMarked
package dev.procession.cluster.internal.process;

import org.jspecify.annotations.NullMarked;
