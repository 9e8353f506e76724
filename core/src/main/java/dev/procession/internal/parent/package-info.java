/** The parent's side: queue, scheduler, supervisor, futures. */
@NullMarked
package dev.procession.internal.parent;

import org.jspecify.annotations.NullMarked;
