package dev.procession.internal.codec;

import java.io.IOException;
import java.net.URL;
import java.util.Collections;
import java.util.Enumeration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds a class in the first of several loaders that has it: for a call whose code comes from one
 * and whose values come from others, that do not know each other.
 */
public final class SeveralLoaders extends ClassLoader implements LoaderAnchor {
  static {
    registerAsParallelCapable();
  }

  private final List<ClassLoader> loaders;
  private final Attachments attachments = new Attachments();

  /** Asks these, in this order. */
  public SeveralLoaders(List<ClassLoader> loaders) {
    super("several", loaders.get(0).getParent());
    this.loaders = List.copyOf(loaders);
  }

  /** The loaders, in the order in which they are asked. */
  public List<ClassLoader> loaders() {
    return loaders;
  }

  @Override
  public Attachments attachments() {
    return attachments;
  }

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    for (ClassLoader loader : loaders) {
      try {
        return loader.loadClass(name);
      } catch (ClassNotFoundException e) {
        // the next one may
      }
    }
    throw new ClassNotFoundException(name);
  }

  @Override
  public @Nullable URL getResource(String name) {
    for (ClassLoader loader : loaders) {
      URL url = loader.getResource(name);
      if (url != null) {
        return url;
      }
    }
    return null;
  }

  @Override
  public Enumeration<URL> getResources(String name) throws IOException {
    Map<String, URL> urls = new LinkedHashMap<>(); // a URL's own equals may ask the network
    for (ClassLoader loader : loaders) {
      for (URL url : Collections.list(loader.getResources(name))) {
        urls.putIfAbsent(url.toString(), url);
      }
    }
    return Collections.enumeration(urls.values());
  }

  @Override
  public String toString() {
    return loaders.toString();
  }
}
