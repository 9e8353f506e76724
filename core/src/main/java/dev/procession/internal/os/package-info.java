/**
 * What the operating system tells of processes and memory, and how it ends them.
 *
 * <p>Most of it is Linux's; elsewhere a number is -1, a question is answered with no, and a cgroup
 * is absent. Nothing here knows of pools or workers beyond one environment variable.
 */
@NullMarked
package dev.procession.internal.os;

import org.jspecify.annotations.NullMarked;
