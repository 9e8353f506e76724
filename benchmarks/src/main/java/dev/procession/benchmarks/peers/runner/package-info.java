/** What runs in a process of its own and measures one thing of one pool. */
package dev.procession.benchmarks.peers.runner;
