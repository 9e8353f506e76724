package dev.procession.benchmarks.chaos;

import java.io.Serializable;

/**
 * What one task, or one element of a map, is told to do; it crosses to a worker.
 *
 * @param id the run's own number of the task or map
 * @param element index in the map, 0 for a task
 * @param deed what to do
 * @param millis how long, where that applies
 * @param resultBytes length of the result, where it is an array
 * @param payload what to send back, else empty
 * @param evidence path of the pool's evidence file
 * @param mark the argument by which the run knows the processes its tasks started
 */
record Order(
    long id,
    int element,
    Deed deed,
    int millis,
    int resultBytes,
    byte[] payload,
    String evidence,
    String mark)
    implements Serializable {

  /** The value that this order returns unless its deed has a better one. */
  long token() {
    return token(id, element);
  }

  /** The same without what took most of its room. */
  Order withoutPayload() {
    return new Order(id, element, deed, millis, resultBytes, new byte[0], evidence, mark);
  }

  static long token(long id, int element) {
    long mixed = (id * 31 + element) * 0x9E3779B97F4A7C15L;
    return mixed ^ (mixed >>> 29);
  }

  /** Bytes that only this id, element and length have. */
  static byte[] pattern(long id, int element, int length) {
    byte[] bytes = new byte[length];
    long state = token(id, element) | 1;
    for (int i = 0; i < length; i += 64) { // sparse: filling megabytes is not what is tried here
      state = state * 6364136223846793005L + 1442695040888963407L;
      bytes[i] = (byte) (state >>> 56);
    }
    return bytes;
  }
}
