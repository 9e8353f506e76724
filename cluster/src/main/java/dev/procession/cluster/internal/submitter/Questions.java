package dev.procession.cluster.internal.submitter;

import dev.procession.cluster.internal.link.Frame;
import dev.procession.internal.view.ViewProtocol;
import dev.procession.observe.UnreachablePoolException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** What members were asked about their workers and have not answered yet. Any thread may use it. */
final class Questions {
  private final AtomicInteger last = new AtomicInteger();
  private final Map<Integer, Open> open = new ConcurrentHashMap<>();

  private record Open(Attachment to, CompletableFuture<byte[]> answer) {}

  /**
   * Asks a member.
   *
   * @return its answer as it came; to be cancelled by who does not wait for it any more. It fails
   *     if the member is lost.
   */
  CompletableFuture<byte[]> ask(Attachment member, byte question, long argument) {
    int id = last.incrementAndGet();
    CompletableFuture<byte[]> answer = new CompletableFuture<>();
    open.put(id, new Open(member, answer));
    var unused = answer.whenComplete((bytes, failure) -> open.remove(id));
    member.outgoing.add(new Frame.Ask(id, question, argument));
    return answer;
  }

  /** One has answered; what nobody asked it is ignored. */
  void answered(Attachment by, Frame.Answer answer) {
    Open asked = open.get(answer.id());
    if (asked != null && asked.to == by && answer.answer().length <= ViewProtocol.LONGEST) {
      asked.answer.complete(answer.answer());
    }
  }

  /** That member answers nothing more. */
  void lost(Attachment member) {
    for (Open asked : open.values()) {
      if (asked.to == member) {
        asked.answer.completeExceptionally(
            new UnreachablePoolException("member '" + member.peer.name() + "' is gone", null));
      }
    }
  }
}
