/** What goes along with tasks from thread to thread: MDC, traces, and what users add. */
@NullMarked
package dev.procession.internal.context;

import org.jspecify.annotations.NullMarked;
