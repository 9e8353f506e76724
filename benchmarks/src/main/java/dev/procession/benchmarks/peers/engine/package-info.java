/** The cluster's engine by itself: what it costs to carry the same bytes there and back. */
package dev.procession.benchmarks.peers.engine;
