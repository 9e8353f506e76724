/** The side of who submits: which member gets which task, and what comes of it. */
@NullMarked
package dev.procession.cluster.internal.submitter;

import org.jspecify.annotations.NullMarked;
