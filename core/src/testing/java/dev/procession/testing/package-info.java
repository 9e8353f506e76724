/**
 * What the tests share: the check that nothing is left behind ({@link
 * dev.procession.testing.NoLeaks}), latches that work across processes ({@link
 * dev.procession.testing.Gate}, {@link dev.procession.testing.Tally}), pools with short names
 * ({@link dev.procession.testing.Pools}) and programs in JVMs of their own ({@link
 * dev.procession.testing.ChildJvm}).
 */
package dev.procession.testing;
