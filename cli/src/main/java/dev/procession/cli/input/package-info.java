/**
 * Where the inputs of {@code procession run} come from, one after another and never all at once.
 */
@NullMarked
package dev.procession.cli.input;

import org.jspecify.annotations.NullMarked;
