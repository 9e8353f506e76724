/**
 * jcstress tests of the wire; run by {@code ./procession stress}. Each class comment has the
 * outcomes and the verdict of the last run.
 */
package dev.procession.benchmarks.stress;
