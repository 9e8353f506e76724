/** The process that makes a class archive: see {@code ClassArchive}. */
@NullMarked
package dev.procession.internal.training;

import org.jspecify.annotations.NullMarked;
