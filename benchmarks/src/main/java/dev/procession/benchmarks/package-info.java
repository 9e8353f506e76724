/** JMH benchmarks; run by {@code ./procession bench}, results in {@code benchmarks/README.md}. */
package dev.procession.benchmarks;
