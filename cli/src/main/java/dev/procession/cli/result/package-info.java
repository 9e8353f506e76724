/** The results of {@code procession run}: a line of JSON for each input. */
@NullMarked
package dev.procession.cli.result;

import org.jspecify.annotations.NullMarked;
