/** A pool as a live page in a browser, as a page to keep, and as a trace. */
@NullMarked
package dev.procession.dashboard;

import org.jspecify.annotations.NullMarked;
