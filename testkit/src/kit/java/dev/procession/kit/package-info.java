/**
 * The backend compatibility kit: what is true of a pool wherever its workers are, as tests that run
 * unchanged against every backend. {@link dev.procession.kit.KitBackend} is where a new one begins.
 */
package dev.procession.kit;
