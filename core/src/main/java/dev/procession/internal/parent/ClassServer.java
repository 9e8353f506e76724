package dev.procession.internal.parent;

import dev.procession.internal.parent.ClassFinder.Content;
import dev.procession.internal.parent.ClassFinder.Finding;
import dev.procession.internal.wire.ClassAnswer;
import dev.procession.internal.wire.ClassAnswer.Found;
import dev.procession.internal.wire.ClassAnswer.Status;
import dev.procession.internal.wire.ClassRequest;
import dev.procession.internal.wire.ClassRequest.Kind;
import dev.procession.internal.wire.ControlMessages;
import dev.procession.internal.wire.SharedDirectory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntConsumer;

/**
 * Gives workers the classes and resources that they lack, in files, and nothing else. What it is
 * asked is untrusted. Any thread may call it.
 */
final class ClassServer {
  /** A worker has as many questions as it has threads that load classes; this is another thing. */
  private static final int MOST_AT_ONCE = 1_000;

  private final LocalServices pool;
  private final ContentFiles contents;
  private final Map<Question, ClassAnswer> answers = new ConcurrentHashMap<>(); // good ones
  private final IntConsumer onRelease = this::release;

  private record Question(int loader, Kind kind, String name) {}

  ClassServer(LocalServices pool, SharedDirectory directory) {
    this.pool = pool;
    this.contents = new ContentFiles(directory);
    pool.code().addReleaseListener(onRelease);
  }

  /** Answers a worker, in time. */
  void serve(WorkerSlot slot, ClassRequest request) {
    if (!pool.config().remoteClassLoading() || slot.questions.incrementAndGet() > MOST_AT_ONCE) {
      pool.scheduler()
          .losses()
          .breakOff(slot, "it asks for classes and resources that it may not have", null);
      return;
    }
    Question question = new Question(request.loader(), request.kind(), request.name());
    ClassAnswer known = answers.get(question);
    if (known != null) {
      tell(slot, known.to(request.id()));
      return;
    }
    pool.code().find(request, finding -> tell(slot, answer(question, finding).to(request.id())));
  }

  private void tell(WorkerSlot slot, ClassAnswer answer) {
    slot.questions.decrementAndGet();
    slot.send(ControlMessages.loaded(bytes(answer)));
  }

  private static byte[] bytes(ClassAnswer answer) {
    try {
      return answer.toBytes();
    } catch (IOException e) {
      try {
        return ClassAnswer.missing(answer.id(), "it cannot be told: " + e.getMessage()).toBytes();
      } catch (IOException impossible) {
        throw new AssertionError(impossible);
      }
    }
  }

  /** An answer to nobody in particular yet. */
  private ClassAnswer answer(Question question, Finding finding) {
    List<Found> found = new ArrayList<>();
    boolean isClass = question.kind == Kind.CLASS || question.kind == Kind.CLASS_BYTES;
    try {
      for (Content content : finding.contents()) {
        byte[] bytes = content.bytes();
        int loader = isClass ? finding.loader() : question.loader;
        found.add(
            bytes == null
                ? new Found(content.url(), "", 0)
                : new Found(content.url(), contents.of(bytes, loader).toString(), bytes.length));
      }
    } catch (IOException e) {
      return ClassAnswer.missing(0, Finding.missing("there is no room for it: " + e).text());
    }
    ClassAnswer answer =
        new ClassAnswer(0, finding.status(), finding.loader(), finding.text(), found);
    if (isClass && finding.status() != Status.MISSING) {
      answers.put(question, answer);
    }
    return answer;
  }

  private void release(int loader) {
    answers.keySet().removeIf(question -> question.loader() == loader);
    answers.values().removeIf(answer -> answer.loader() == loader);
    contents.release(loader);
    pool.scheduler().tellAll(ControlMessages.release(loader));
  }

  /** The pool has ended. */
  void end() {
    pool.code().removeReleaseListener(onRelease);
  }
}
