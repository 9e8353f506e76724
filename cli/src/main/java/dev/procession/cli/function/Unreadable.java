package dev.procession.cli.function;

import java.io.Serializable;

/**
 * An input that cannot be read; it takes its way through the pool like the others, so that its
 * failure has its place among the results.
 *
 * @param text what is there instead
 * @param why what is wrong with it, and where
 */
public record Unreadable(String text, String why) implements Serializable {}
