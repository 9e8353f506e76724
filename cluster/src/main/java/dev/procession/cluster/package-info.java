/**
 * The same pool over several machines: {@link dev.procession.cluster.ClusterPool} submits, {@link
 * dev.procession.cluster.ClusterNode} runs.
 */
@NullMarked
package dev.procession.cluster;

import org.jspecify.annotations.NullMarked;
