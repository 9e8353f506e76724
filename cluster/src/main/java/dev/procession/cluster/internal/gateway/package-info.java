/** A process between a submitter and the engine, so that nothing of that is in the user's JVM. */
@NullMarked
package dev.procession.cluster.internal.gateway;

import org.jspecify.annotations.NullMarked;
