/**
 * What {@code procession run} calls: found and checked in the parent without running any of the
 * user's code, called in a worker. What crosses is plain: texts, numbers, lists and maps.
 */
@NullMarked
package dev.procession.cli.function;

import org.jspecify.annotations.NullMarked;
