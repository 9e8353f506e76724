/**
 * The chaos run, {@code ./procession chaos}: tasks of every temper in small pools whose workers are
 * killed, stopped and starved at random, and the proof afterwards that each task ended once, as its
 * own evidence allows, and that nothing is left over.
 *
 * <pre>
 *   Chaos ─► Round, one pool after another
 *              ├─ Submitter × 8 ──► Order ──► pool ──► Performer, in a worker ──► Evidence, a file
 *              ├─ Tormentor: kill, stop, renice, burn                                │
 *              └─ Ledger of Entry and MapEntry ──────────► Judge ◄───────────────────┘
 *                                                            └──► Violations, Figures
 * </pre>
 */
package dev.procession.benchmarks.chaos;
