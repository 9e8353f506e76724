package dev.procession.internal.worker;

import dev.procession.internal.codec.CodeLoaders;
import dev.procession.internal.codec.LoaderTable;
import dev.procession.internal.codec.SeveralLoaders;
import dev.procession.internal.wire.ClassAnswer;
import dev.procession.internal.wire.ClassRequest;
import dev.procession.internal.wire.ControlMessages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The images in a worker of the parent's class loaders, by their numbers. Any thread may call it,
 * but for the questions: the link's own thread must not ask, for it brings the answers.
 */
final class RemoteLoaders implements CodeLoaders {
  private final ParentLink link;
  private final RemoteLoader own;
  private final Map<Integer, RemoteLoader> loaders = new ConcurrentHashMap<>();
  private final Map<Integer, CompletableFuture<ClassAnswer>> waiting = new ConcurrentHashMap<>();
  private final AtomicInteger lastRequest = new AtomicInteger();

  RemoteLoaders(ParentLink link) {
    this.link = link;
    this.own = new RemoteLoader(OWN, this);
  }

  @Override
  public ClassLoader own() {
    return own;
  }

  @Override
  public RemoteLoader loader(int number) {
    if (number == OWN) {
      return own;
    }
    RemoteLoader known = loaders.get(number);
    return known != null
        ? known
        : loaders.computeIfAbsent(number, missing -> new RemoteLoader(number, this));
  }

  @Override
  public boolean areChecked() {
    return true;
  }

  /** A result is read by the loader of its task: its number need not be said. */
  @Override
  public Route route(@Nullable Object value, int code) {
    return value != null && value.getClass().getClassLoader() instanceof RemoteLoader loader
        ? new Route(OWN, loader)
        : Route.OWN;
  }

  @Override
  public Route widened(Route route, Class<?> foreign) throws ClassNotFoundException {
    ClassLoader further = Objects.requireNonNull(foreign.getClassLoader());
    ClassLoader before = route.loader();
    ClassLoader wider = before == null ? further : new SeveralLoaders(List.of(before, further));
    if (!LoaderTable.finds(wider, foreign)) {
      throw new ClassNotFoundException(
          foreign.getName() + ": two classes have this name; they cannot cross in one result");
    }
    return new Route(OWN, wider);
  }

  /* ---- Questions ---- */

  /** Asks the parent; waits for the answer whatever interrupts it. */
  ClassAnswer ask(int loader, ClassRequest.Kind kind, String name) {
    if (!ClassRequest.canName(name)) {
      return ClassAnswer.missing(0, "its name is too long");
    }
    int id = lastRequest.incrementAndGet();
    CompletableFuture<ClassAnswer> answer = new CompletableFuture<>();
    waiting.put(id, answer);
    link.send(ControlMessages.load(new ClassRequest(id, loader, kind, name)));
    return answer.join();
  }

  /** The parent has answered. */
  void answered(ClassAnswer answer) {
    CompletableFuture<ClassAnswer> asked = waiting.remove(answer.id());
    if (asked != null) {
      asked.complete(answer);
    }
  }

  /**
   * What was found.
   *
   * @throws IOException if it is gone
   */
  static byte[] bytes(ClassAnswer.Found found) throws IOException {
    byte[] bytes = Files.readAllBytes(Path.of(found.file()));
    if (bytes.length != found.size()) {
      throw new IOException(found.file() + " has " + bytes.length + " bytes, not " + found.size());
    }
    return bytes;
  }

  /** Nobody will ask for that loader any more. */
  void release(int number) {
    loaders.remove(number);
  }
}
