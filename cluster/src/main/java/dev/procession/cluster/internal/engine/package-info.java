/** Apache Ignite, the engine: all that knows it is here, in processes of their own. */
@NullMarked
package dev.procession.cluster.internal.engine;

import org.jspecify.annotations.NullMarked;
