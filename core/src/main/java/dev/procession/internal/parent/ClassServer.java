package dev.procession.internal.parent;

import dev.procession.internal.codec.CodeLoaders;
import dev.procession.internal.codec.LoaderTable;
import dev.procession.internal.codec.ParentLoaders;
import dev.procession.internal.wire.ClassAnswer;
import dev.procession.internal.wire.ClassAnswer.Found;
import dev.procession.internal.wire.ClassAnswer.Status;
import dev.procession.internal.wire.ClassRequest;
import dev.procession.internal.wire.ClassRequest.Kind;
import dev.procession.internal.wire.ControlMessages;
import dev.procession.internal.wire.SharedDirectory;
import java.io.IOException;
import java.net.URL;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntConsumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives workers the classes and resources that they lack, through the loaders of the tasks' code,
 * and nothing else. What it is asked is untrusted. Any thread may call it; loaders are user code
 * and are asked on background threads.
 */
final class ClassServer {
  private static final Logger LOG = LoggerFactory.getLogger(ClassServer.class);

  /** A worker has as many questions as it has threads that load classes; this is another thing. */
  private static final int MOST_AT_ONCE = 1_000;

  private static final Pattern CLASS_NAME = Pattern.compile("[^/;\\[\\]\\\\\\x00-\\x1f]+");

  /** What can be read by everybody on this machine under the same URL. */
  private static final Pattern PLAIN_URL =
      Pattern.compile("file:[^!]*|jar:file:[^!]*![^!]*|jrt:.*");

  private final LocalServices pool;
  private final ParentLoaders loaders;
  private final ContentFiles contents;
  private final Map<Question, ClassAnswer> answers = new ConcurrentHashMap<>(); // good ones
  private final IntConsumer onRelease = this::release;

  private record Question(int loader, Kind kind, String name) {}

  /**
   * @param own finds what is said to be of no loader in particular
   */
  ClassServer(LocalServices pool, SharedDirectory directory, ClassLoader own) {
    this.pool = pool;
    this.loaders = new ParentLoaders(own);
    this.contents = new ContentFiles(directory);
    LoaderTable.addReleaseListener(onRelease);
  }

  /** Answers a worker, in time. */
  void serve(WorkerSlot slot, ClassRequest request) {
    if (!pool.config().remoteClassLoading() || slot.questions.incrementAndGet() > MOST_AT_ONCE) {
      pool.scheduler()
          .losses()
          .breakOff(slot, "it asks for classes and resources that it may not have", null);
      return;
    }
    pool.inBackground(
        () -> {
          ClassAnswer answer = answer(request);
          slot.questions.decrementAndGet();
          slot.send(ControlMessages.loaded(bytes(answer)));
        });
  }

  private byte[] bytes(ClassAnswer answer) {
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

  private ClassAnswer answer(ClassRequest request) {
    Question question = new Question(request.loader(), request.kind(), request.name());
    ClassAnswer known = answers.get(question);
    if (known != null) {
      return known.to(request.id());
    }
    try {
      ClassLoader loader = loaders.loader(request.loader());
      switch (request.kind()) {
        case CLASS, CLASS_BYTES -> {
          ClassAnswer found = findClass(request, loader);
          if (found.status() != Status.MISSING) {
            answers.put(question, found);
          }
          return found;
        }
        default -> {
          return findResources(request, loader);
        }
      }
    } catch (ClassNotFoundException e) {
      return ClassAnswer.missing(request.id(), "");
    } catch (IOException | RuntimeException | Error e) {
      LOG.debug("[{}] {} of loader {}", pool.name(), request.name(), request.loader(), e);
      return ClassAnswer.missing(request.id(), shortened("the parent's loader failed: " + e));
    }
  }

  private static String shortened(String text) {
    return text.length() <= 1_000 ? text : text.substring(0, 1_000);
  }

  /* ---- Classes ---- */

  private ClassAnswer findClass(ClassRequest request, ClassLoader loader)
      throws ClassNotFoundException, IOException {
    if (!CLASS_NAME.matcher(request.name()).matches()) {
      return ClassAnswer.missing(request.id(), "it is not the name of a class");
    }
    Class<?> type = Class.forName(request.name(), /* initialize= */ false, loader);
    int definer = LoaderTable.numberOf(type);
    if (definer == CodeLoaders.OWN && request.kind() == Kind.CLASS) {
      return new ClassAnswer(request.id(), Status.OWN, definer, "", List.of());
    }
    byte[] bytes;
    try {
      bytes = ClassBytes.of(type);
    } catch (IOException e) {
      return ClassAnswer.missing(
          request.id(),
          shortened(
              "the parent has it from "
                  + type.getClassLoader()
                  + ", which cannot give its class file: have its getResource find it; "
                  + e.getMessage()));
    }
    LoaderTable.served(type, bytes);
    Path file = contents.of(bytes, definer);
    Found found = new Found(ClassBytes.source(type), file.toString(), bytes.length);
    return new ClassAnswer(request.id(), Status.FOUND, definer, "", List.of(found));
  }

  /* ---- Resources ---- */

  private ClassAnswer findResources(ClassRequest request, ClassLoader loader) throws IOException {
    if (!isResourceName(request.name())) {
      return ClassAnswer.missing(request.id(), "it is not the name of a resource");
    }
    List<URL> urls;
    if (request.kind() == Kind.RESOURCES) {
      urls = Collections.list(loader.getResources(request.name()));
    } else {
      URL url = loader.getResource(request.name());
      urls = url == null ? List.of() : List.of(url);
    }
    List<Found> found = new ArrayList<>();
    for (URL url : urls) {
      Found one = found(url, request.loader());
      if (one != null) {
        found.add(one);
      }
    }
    return new ClassAnswer(
        request.id(), found.isEmpty() ? Status.MISSING : Status.FOUND, 0, "", found);
  }

  private @Nullable Found found(URL url, int loader) throws IOException {
    String text = url.toString();
    if (PLAIN_URL.matcher(text).matches()) {
      return new Found(text, "", 0);
    }
    byte[] bytes = ClassBytes.read(url);
    return new Found(text, contents.of(bytes, loader).toString(), bytes.length);
  }

  /** What lies below a root of the class path, and nowhere else. */
  private static boolean isResourceName(String name) {
    if (name.isEmpty() || name.startsWith("/") || name.indexOf('\\') >= 0 || name.indexOf(0) >= 0) {
      return false;
    }
    for (String part : name.split("/", -1)) {
      if (part.equals("..") || part.equals(".")) {
        return false;
      }
    }
    return true;
  }

  /* ---- Release ---- */

  private void release(int loader) {
    answers.keySet().removeIf(question -> question.loader() == loader);
    answers.values().removeIf(answer -> answer.loader() == loader);
    contents.release(loader);
    pool.scheduler().tellAll(ControlMessages.release(loader));
  }

  /** The pool has ended. */
  void end() {
    LoaderTable.removeReleaseListener(onRelease);
  }
}
