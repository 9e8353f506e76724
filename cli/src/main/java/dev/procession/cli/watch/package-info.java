/** What {@code procession ls}, {@code top} and {@code dump} show of pools that run elsewhere. */
@NullMarked
package dev.procession.cli.watch;

import org.jspecify.annotations.NullMarked;
