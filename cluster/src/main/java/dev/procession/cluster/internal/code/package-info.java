/** Code on its way to members: whole jars, by their content. */
@NullMarked
package dev.procession.cluster.internal.code;

import org.jspecify.annotations.NullMarked;
