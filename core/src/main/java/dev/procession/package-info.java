/**
 * A pool of worker JVM processes behind {@link java.util.concurrent.ExecutorService}, with futures
 * that tell the truth.
 *
 * <pre>
 *  |============================= parent JVM ==============================|= shared =|====== worker JVM 1..n ======|
 *
 *   submit() ─► PendingTask ─► queue ─► WorkerSlot ──────── CallFrame ───────► ring ───► deserialise ─► run ─┐
 *      ▲        (id, future)              (state,                                                            │
 *      └── ProcessFuture ◄── complete ◄──  in flight) ◄──── ResultFrame ◄───── ring ◄── serialise ◄──────────┘
 * </pre>
 *
 * <p>Start at {@link dev.procession.ProcessPoolExecutor}; a submitted task is a {@link
 * dev.procession.ProcessFuture}; many of them are waited for with {@link
 * dev.procession.ProcessFutures} or produced by {@link dev.procession.ProcessExecutorService#map
 * map}. {@code DESIGN.md} in the repository is the map of what lies beneath.
 */
@NullMarked
package dev.procession;

import org.jspecify.annotations.NullMarked;
