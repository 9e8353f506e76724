/** The worker's main and its task loop. */
@NullMarked
package dev.procession.internal.worker;

import org.jspecify.annotations.NullMarked;
