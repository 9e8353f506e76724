/** How submitters and members of a cluster talk to each other, whatever carries it. */
@NullMarked
package dev.procession.cluster.internal.link;

import org.jspecify.annotations.NullMarked;
