/** The side-by-side of Procession and other pools: {@code ./procession bench}. */
package dev.procession.benchmarks.peers;
