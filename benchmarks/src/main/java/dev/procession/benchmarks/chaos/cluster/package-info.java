/**
 * The chaos run on a cluster: nodes and submitters are processes, which are killed, frozen, cut off
 * and added at random; what the tasks wrote down is held against what the futures said.
 */
package dev.procession.benchmarks.chaos.cluster;
