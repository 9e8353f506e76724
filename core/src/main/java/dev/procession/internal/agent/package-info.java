/** What a JVM lets only an agent do. */
@NullMarked
package dev.procession.internal.agent;

import org.jspecify.annotations.NullMarked;
