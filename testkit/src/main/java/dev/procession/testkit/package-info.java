/**
 * Saboteurs: tasks that hurt the worker they run in, to test how code copes with a pool whose
 * workers crash, hang, run out of memory or lie.
 *
 * <pre>{@code
 * var future = pool.submit(Saboteur.SEGFAULT);
 * assertThat(future.exception()).containsInstanceOf(WorkerCrashedException.class);
 * }</pre>
 *
 * <p>{@link dev.procession.testkit.Saboteur} lists what they do, {@link
 * dev.procession.testkit.Saboteurs} where else than in a task's run they may do it.
 */
@NullMarked
package dev.procession.testkit;

import org.jspecify.annotations.NullMarked;
