package dev.procession.internal.worker;

import dev.procession.internal.codec.CodeLoaders;
import dev.procession.internal.codec.LoaderAnchor;
import dev.procession.internal.wire.ClassAnswer;
import dev.procession.internal.wire.ClassRequest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLConnection;
import java.net.URLStreamHandler;
import java.security.CodeSource;
import java.security.ProtectionDomain;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The image of one class loader of the parent: has the classes that this one has, from the loaders
 * that it has them from.
 *
 * <p>It asks the parent for each name, once. The answer is which loader defines the class there, so
 * the image of that one defines it here: whatever the order in which loaders of the parent ask each
 * other, the order here is the same. Classes of the parent's class path are the worker's own; the
 * bytes are asked for only where its class path lacks them. The image of the class path's loader
 * looks at the worker's own first.
 */
final class RemoteLoader extends ClassLoader implements LoaderAnchor {
  static {
    registerAsParallelCapable();
  }

  private static final ClassLoader CLASS_PATH = ClassLoader.getSystemClassLoader();

  /** Of these there must be one in a process: they are what parent and worker agree on. */
  private static final String OURS = "dev.procession.";

  private final int number;
  private final RemoteLoaders others;
  private final Attachments attachments = new Attachments();

  /** Classes that other images have defined, by name. */
  private final Map<String, Class<?>> ofOthers = new ConcurrentHashMap<>();

  RemoteLoader(int number, RemoteLoaders others) {
    super(number == CodeLoaders.OWN ? "worker" : "parent's-" + number, CLASS_PATH);
    this.number = number;
    this.others = others;
  }

  @Override
  public Attachments attachments() {
    return attachments;
  }

  /** Whether its classes are of the class path. */
  private boolean isOwn() {
    return number == CodeLoaders.OWN;
  }

  /* ---- Classes ---- */

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    if (isOwn() || name.startsWith("java.") || name.startsWith(OURS)) {
      try {
        return CLASS_PATH.loadClass(name);
      } catch (ClassNotFoundException e) {
        if (name.startsWith("java.")) {
          throw e;
        }
      }
    }
    Class<?> known = ofOthers.get(name);
    if (known != null) {
      return known;
    }
    synchronized (getClassLoadingLock(name)) {
      Class<?> defined = findLoadedClass(name);
      return defined != null ? defined : ask(name);
    }
  }

  private Class<?> ask(String name) throws ClassNotFoundException {
    ClassAnswer answer =
        others.ask(number, isOwn() ? ClassRequest.Kind.CLASS_BYTES : ClassRequest.Kind.CLASS, name);
    if (answer.status() == ClassAnswer.Status.OWN) {
      Class<?> own = others.own().loadClass(name);
      ofOthers.put(name, own);
      return own;
    }
    if (answer.status() == ClassAnswer.Status.MISSING || answer.found().isEmpty()) {
      throw new ClassNotFoundException(
          answer.text().isEmpty() ? name : name + " (" + answer.text() + ")");
    }
    if (answer.loader() == number) {
      return define(name, answer.found().get(0));
    }
    Class<?> type = others.loader(answer.loader()).defined(name, answer.found().get(0));
    ofOthers.put(name, type);
    return type;
  }

  /** The class of that name, which this loader defines, now or before. */
  private Class<?> defined(String name, ClassAnswer.Found found) throws ClassNotFoundException {
    synchronized (getClassLoadingLock(name)) {
      Class<?> defined = findLoadedClass(name);
      return defined != null ? defined : define(name, found);
    }
  }

  private Class<?> define(String name, ClassAnswer.Found found) throws ClassNotFoundException {
    byte[] bytes;
    try {
      bytes = RemoteLoaders.bytes(found);
    } catch (IOException e) {
      throw new ClassNotFoundException(name, e);
    }
    CodeSource source = new CodeSource(url(found.url()), (Certificate @Nullable []) null);
    return defineClass(
        name,
        bytes,
        0,
        bytes.length,
        new ProtectionDomain(source, null, this, /* principals= */ null));
  }

  private static @Nullable URL url(String text) {
    try {
      return text.isEmpty() ? null : new URL(text);
    } catch (MalformedURLException e) {
      return null; // of a kind that only the parent knows
    }
  }

  /* ---- Resources ---- */

  @Override
  public @Nullable URL getResource(String name) {
    URL own = isOwn() ? CLASS_PATH.getResource(name) : null;
    if (own != null) {
      return own;
    }
    List<URL> found = resources(ClassRequest.Kind.RESOURCE, name);
    return found.isEmpty() ? null : found.get(0);
  }

  @Override
  public Enumeration<URL> getResources(String name) throws IOException {
    if (isOwn()) {
      Enumeration<URL> own = CLASS_PATH.getResources(name);
      if (own.hasMoreElements()) {
        return own;
      }
    }
    return Collections.enumeration(resources(ClassRequest.Kind.RESOURCES, name));
  }

  private List<URL> resources(ClassRequest.Kind kind, String name) {
    List<URL> urls = new ArrayList<>();
    for (ClassAnswer.Found found : others.ask(number, kind, name).found()) {
      try {
        urls.add(
            found.file().isEmpty()
                ? new URL(found.url())
                : new URL("procession", "", -1, "/" + number + "/" + name, new Handler(found)));
      } catch (MalformedURLException e) {
        // of a kind that only the parent knows
      }
    }
    return urls;
  }

  /** Opens a resource whose bytes the parent has put into a file. */
  private static final class Handler extends URLStreamHandler {
    private final ClassAnswer.Found found;

    Handler(ClassAnswer.Found found) {
      this.found = found;
    }

    @Override
    protected URLConnection openConnection(URL url) {
      return new Connection(url, found);
    }
  }

  private static final class Connection extends URLConnection {
    private final ClassAnswer.Found found;

    Connection(URL url, ClassAnswer.Found found) {
      super(url);
      this.found = found;
    }

    @Override
    public void connect() {
      connected = true;
    }

    @Override
    public long getContentLengthLong() {
      return found.size();
    }

    @Override
    public InputStream getInputStream() throws IOException {
      return new ByteArrayInputStream(RemoteLoaders.bytes(found));
    }
  }

  @Override
  public String toString() {
    return isOwn() ? "the worker's class path" : "the image of the parent's class loader " + number;
  }
}
