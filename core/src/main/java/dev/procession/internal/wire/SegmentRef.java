package dev.procession.internal.wire;

/**
 * Where a payload lies that did not fit into the ring.
 *
 * @param id the segment's number, unique for its writer
 * @param capacity bytes of a segment that is mapped and used again, 0 for a file read once
 * @param length bytes of the payload
 */
public record SegmentRef(int id, int capacity, int length) {
  /** Whether it is in a segment that is used again. */
  public boolean isMapped() {
    return capacity > 0;
  }
}
