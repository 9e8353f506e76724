package dev.procession.internal.codec;

import java.lang.ref.Reference;
import java.lang.ref.SoftReference;
import java.lang.ref.WeakReference;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The Fory instances of each class loader, which live as long as the loader and do not keep it:
 * they know its classes, so they are kept where these are. Safe for use by several threads.
 */
final class LoaderPools {
  private final Function<ClassLoader, ForyPool> maker;

  /** Guarded by itself. A pool refers to its loader. */
  private final Map<ClassLoader, Reference<ForyPool>> pools = new WeakHashMap<>();

  /** Pools of loaders that are not ours, with one of their classes. */
  private final ClassValue<Kept> byAnchor =
      new ClassValue<>() {
        @Override
        protected Kept computeValue(Class<?> type) {
          return new Kept();
        }
      };

  private volatile @Nullable Last last;

  private static final class Kept {
    private @Nullable ForyPool pool; // guarded by this

    synchronized ForyPool pool(Function<ClassLoader, ForyPool> maker, ClassLoader loader) {
      ForyPool made = pool;
      if (made == null) {
        made = maker.apply(loader);
        pool = made;
      }
      return made;
    }
  }

  private record Last(WeakReference<ClassLoader> loader, WeakReference<ForyPool> pool) {}

  LoaderPools(Function<ClassLoader, ForyPool> maker) {
    this.maker = maker;
  }

  ForyPool of(ClassLoader loader) {
    Last lately = last;
    if (lately != null && lately.loader.refersTo(loader)) {
      ForyPool pool = lately.pool.get();
      if (pool != null) {
        return pool;
      }
    }
    ForyPool pool;
    synchronized (pools) {
      Reference<ForyPool> reference = pools.get(loader);
      ForyPool known = reference == null ? null : reference.get();
      pool = known == null ? make(loader) : known;
    }
    last = new Last(new WeakReference<>(loader), new WeakReference<>(pool));
    return pool;
  }

  private ForyPool make(ClassLoader loader) {
    Class<?> anchor = LoaderTable.anchor(loader);
    ForyPool made;
    Reference<ForyPool> reference;
    if (loader instanceof LoaderAnchor ours) {
      made = ours.attachments().get(this, () -> maker.apply(loader));
      reference = new WeakReference<>(made);
    } else if (anchor != null) {
      made = byAnchor.get(anchor).pool(maker, loader);
      reference = new WeakReference<>(made);
    } else {
      made = maker.apply(loader);
      reference = new SoftReference<>(made);
    }
    pools.put(loader, reference);
    return made;
  }
}
