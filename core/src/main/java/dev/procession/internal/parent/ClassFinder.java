package dev.procession.internal.parent;

import dev.procession.internal.codec.CodeLoaders;
import dev.procession.internal.codec.LoaderTable;
import dev.procession.internal.codec.ParentLoaders;
import dev.procession.internal.wire.ClassAnswer.Status;
import dev.procession.internal.wire.ClassRequest;
import dev.procession.internal.wire.ClassRequest.Kind;
import java.io.IOException;
import java.net.URL;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds classes and resources that workers lack, through the loaders of the tasks' code, and
 * nothing else. What it is asked is untrusted. Any thread may call it, but loaders are user code
 * and may take long.
 */
public final class ClassFinder {
  private static final Logger LOG = LoggerFactory.getLogger(ClassFinder.class);

  private static final Pattern CLASS_NAME = Pattern.compile("[^/;\\[\\]\\\\\\x00-\\x1f]+");

  /** What can be read by everybody on this machine under the same URL. */
  private static final Pattern PLAIN_URL =
      Pattern.compile("file:[^!]*|jar:file:[^!]*![^!]*|jrt:.*");

  /** What every JVM has. */
  private static final Pattern URL_OF_JDK = Pattern.compile("jrt:.*");

  private static final int MOST_TEXT = 1_000;

  private final ParentLoaders loaders;
  private final Pattern readable;

  /**
   * Finds by the loaders of this JVM.
   *
   * @param own finds what is said to be of no loader in particular
   * @param sameMachine whether who asks can read the files of this machine
   */
  public ClassFinder(ClassLoader own, boolean sameMachine) {
    this.loaders = new ParentLoaders(own);
    this.readable = sameMachine ? PLAIN_URL : URL_OF_JDK;
  }

  /**
   * What was found.
   *
   * @param status whether it was
   * @param loader of a class: number of the loader that defined it
   * @param text why it was not found, empty if there is nothing to say
   * @param contents one for a class, any number for resources
   */
  public record Finding(Status status, int loader, String text, List<Content> contents) {
    /** Nothing was found. */
    public static Finding missing(String why) {
      String text = why.length() <= MOST_TEXT ? why : why.substring(0, MOST_TEXT);
      return new Finding(Status.MISSING, 0, text, List.of());
    }
  }

  /**
   * Where something is and what it is.
   *
   * @param url where this process has it; of a class its code source; may be empty
   * @param bytes null if who asks can read the URL
   */
  public record Content(String url, byte @Nullable [] bytes) {}

  /** Looks for it; never throws. */
  public Finding find(ClassRequest request) {
    try {
      ClassLoader loader = loaders.loader(request.loader());
      return request.kind() == Kind.CLASS || request.kind() == Kind.CLASS_BYTES
          ? findClass(request, loader)
          : findResources(request, loader);
    } catch (ClassNotFoundException e) {
      return Finding.missing("");
    } catch (IOException | RuntimeException | Error e) {
      LOG.debug("{} of loader {}", request.name(), request.loader(), e);
      return Finding.missing("the parent's loader failed: " + e);
    }
  }

  /* ---- Classes ---- */

  private static Finding findClass(ClassRequest request, ClassLoader loader)
      throws ClassNotFoundException {
    if (!CLASS_NAME.matcher(request.name()).matches()) {
      return Finding.missing("it is not the name of a class");
    }
    Class<?> type = Class.forName(request.name(), /* initialize= */ false, loader);
    int definer = LoaderTable.numberOf(type);
    if (definer == CodeLoaders.OWN && request.kind() == Kind.CLASS) {
      return new Finding(Status.OWN, definer, "", List.of());
    }
    byte[] bytes;
    try {
      bytes = ClassBytes.of(type);
    } catch (IOException e) {
      return Finding.missing(
          "the parent has it from "
              + type.getClassLoader()
              + ", which cannot give its class file: have its getResource find it; "
              + e.getMessage());
    }
    LoaderTable.served(type, bytes);
    Content found = new Content(ClassBytes.source(type), bytes);
    return new Finding(Status.FOUND, definer, "", List.of(found));
  }

  /* ---- Resources ---- */

  private Finding findResources(ClassRequest request, ClassLoader loader) throws IOException {
    if (!isResourceName(request.name())) {
      return Finding.missing("it is not the name of a resource");
    }
    List<URL> urls;
    if (request.kind() == Kind.RESOURCES) {
      urls = Collections.list(loader.getResources(request.name()));
    } else {
      URL url = loader.getResource(request.name());
      urls = url == null ? List.of() : List.of(url);
    }
    List<Content> found = new ArrayList<>();
    for (URL url : urls) {
      String text = url.toString();
      boolean isReadable = readable.matcher(text).matches();
      found.add(new Content(text, isReadable ? null : ClassBytes.read(url)));
    }
    return new Finding(found.isEmpty() ? Status.MISSING : Status.FOUND, 0, "", found);
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
}
