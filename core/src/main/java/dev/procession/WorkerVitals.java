package dev.procession;

import java.io.Serializable;
import java.time.Duration;

/**
 * What a worker's JVM says of itself.
 *
 * @param heapUsedBytes of its heap, what is in use
 * @param heapCommittedBytes what it has taken of the system for its heap
 * @param heapMaxBytes what its heap may grow to
 * @param gcCount garbage collections so far
 * @param gcTime how long they took; with a concurrent collector also what ran beside the task
 * @param threads live threads, Procession's own among them
 */
public record WorkerVitals(
    long heapUsedBytes,
    long heapCommittedBytes,
    long heapMaxBytes,
    long gcCount,
    Duration gcTime,
    int threads)
    implements Serializable {}
