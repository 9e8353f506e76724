/** How a pool is looked at from another process: where it is found, and what goes to and fro. */
@NullMarked
package dev.procession.internal.view;

import org.jspecify.annotations.NullMarked;
