/** What tests of the cluster and its chaos run share. */
package dev.procession.cluster.testing;
