/** How a progress bar counts and draws; knows no pool. */
@NullMarked
package dev.procession.internal.progress;

import org.jspecify.annotations.NullMarked;
