/**
 * The demo: reads every class file of the running JDK in a pool of worker processes, three of whose
 * tasks are sabotaged.
 */
@NullMarked
package dev.procession.examples.demo;

import org.jspecify.annotations.NullMarked;
