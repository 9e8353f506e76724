/** What {@code procession doctor} looks at, and what it says of it. */
@NullMarked
package dev.procession.cli.doctor;

import org.jspecify.annotations.NullMarked;
