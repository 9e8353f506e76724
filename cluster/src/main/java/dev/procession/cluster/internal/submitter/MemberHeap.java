package dev.procession.cluster.internal.submitter;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Members by how little they have to do for each worker: a binary heap that knows who is where. */
final class MemberHeap {
  private final List<Member> heap = new ArrayList<>();

  @Nullable Member least() {
    return heap.isEmpty() ? null : heap.get(0);
  }

  /** Puts a member in, or where it belongs now. */
  void put(Member member) {
    if (member.at < 0) {
      member.at = heap.size();
      heap.add(member);
    }
    up(member);
    down(member);
  }

  /** Takes a member out, if it is in. */
  void remove(Member member) {
    if (member.at < 0) {
      return;
    }
    int hole = member.at;
    member.at = -1;
    Member last = heap.remove(heap.size() - 1);
    if (last != member) {
      last.at = hole;
      heap.set(hole, last);
      up(last);
      down(last);
    }
  }

  private void up(Member member) {
    while (member.at > 0) {
      Member above = heap.get((member.at - 1) / 2);
      if (!member.isLessLoadedThan(above)) {
        return;
      }
      swap(member, above);
    }
  }

  private void down(Member member) {
    while (true) {
      int left = 2 * member.at + 1;
      if (left >= heap.size()) {
        return;
      }
      Member below = heap.get(left);
      if (left + 1 < heap.size() && heap.get(left + 1).isLessLoadedThan(below)) {
        below = heap.get(left + 1);
      }
      if (!below.isLessLoadedThan(member)) {
        return;
      }
      swap(member, below);
    }
  }

  private void swap(Member one, Member other) {
    int at = one.at;
    one.at = other.at;
    other.at = at;
    heap.set(one.at, one);
    heap.set(other.at, other);
  }
}
