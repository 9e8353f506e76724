/** Procession with Apache Arrow. */
@NullMarked
package dev.procession.examples.arrow;

import org.jspecify.annotations.NullMarked;
