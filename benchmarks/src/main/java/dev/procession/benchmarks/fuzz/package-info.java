/**
 * The fuzzer, {@code ./procession fuzz}: malformed bytes for everything that reads what the other
 * side wrote.
 *
 * <p>A {@link dev.procession.benchmarks.fuzz.Target} is one such reader. It lives in the package of
 * what it tests where it needs that package's own view, so some are in packages named as core's are
 * ({@code dev.procession.internal}); on the class path that is allowed.
 */
package dev.procession.benchmarks.fuzz;
