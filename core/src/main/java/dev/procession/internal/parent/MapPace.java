package dev.procession.internal.parent;

/**
 * How a map is cut and how far it runs ahead: the longer the way to a worker, the more has to be
 * under way.
 *
 * @param chunkNanos for how long a chunk should keep a worker busy
 * @param chunksAhead chunks for each worker that are submitted before their results are taken
 * @param mostWorkers for how many workers at the most, should more come while it runs
 */
public record MapPace(long chunkNanos, int chunksAhead, int mostWorkers) {}
