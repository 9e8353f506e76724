/** The side of who runs: a pool of workers for each submitter. */
@NullMarked
package dev.procession.cluster.internal.member;

import org.jspecify.annotations.NullMarked;
