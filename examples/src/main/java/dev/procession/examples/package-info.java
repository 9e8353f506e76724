/** Small programs that each show one thing the pool does; every one is run by a test. */
@NullMarked
package dev.procession.examples;

import org.jspecify.annotations.NullMarked;
