package dev.procession;

/**
 * A line that a worker printed.
 *
 * @param pool name of the pool
 * @param pid the worker's process id
 * @param taskId id of the task that printed it, or -1 when none was running (start-up, shutdown hooks)
 * @param taskName name of that task, empty when none was running
 * @param error whether it came from standard error
 * @param text the line without its line end, decoded as UTF-8; a line longer than 64 KiB comes in pieces
 */
public record OutputLine(
    String pool, long pid, long taskId, String taskName, boolean error, String text) {}
