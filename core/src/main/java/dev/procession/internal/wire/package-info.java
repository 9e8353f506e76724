/** The bytes between two JVMs: mapped rings, state words, segments and the private channel; knows no task. */
@NullMarked
package dev.procession.internal.wire;

import org.jspecify.annotations.NullMarked;
