package dev.procession.cluster.internal.submitter;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Gives the workers of all members numbers, since each member begins with 1; for as many as have
 * been seen last. Any thread may use it.
 */
final class WorkerNumbers {
  private static final int MOST = 1 << 16;

  private final Map<Place, Integer> numbers =
      new LinkedHashMap<>(16, 0.75f, /* accessOrder= */ true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Place, Integer> eldest) {
          boolean isTooMany = size() > MOST;
          if (isTooMany) {
            places.remove(eldest.getValue());
          }
          return isTooMany;
        }
      };

  private final Map<Integer, Place> places = new HashMap<>();
  private int last;

  /**
   * A worker.
   *
   * @param member where it is
   * @param number which it has there
   */
  record Place(Attachment member, int number) {}

  /** The number of a worker, from 1 on. */
  synchronized int of(Attachment member, int number) {
    Place place = new Place(member, number);
    Integer known = numbers.get(place);
    if (known != null) {
      return known;
    }
    last++;
    numbers.put(place, last);
    places.put(last, place);
    return last;
  }

  /** Which worker has that number; null if it is not known, or not any more. */
  synchronized @Nullable Place place(int number) {
    return places.get(number);
  }
}
