package dev.procession.internal.codec;

import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.apache.fory.Fory;
import org.apache.fory.collection.MultiKeyWeakMap;
import org.apache.fory.logging.LoggerFactory;
import org.apache.fory.resolver.SharedRegistry;
import org.jspecify.annotations.Nullable;

/**
 * The idle Fory instances of one class loader, lock-free.
 *
 * <p>A Fory instance serves one thread at a time, and costs milliseconds to make. The last one
 * given back lies in a slot of its own, so that the usual case is one exchange; a few more wait
 * behind it.
 */
final class ForyPool {
  /** Fory's own default of 50 refuses a linked list of a hundred nodes. */
  private static final int MAX_DEPTH = 20_000;

  private static final int MAX_WAITING = 2 * Runtime.getRuntime().availableProcessors();

  // Larger buffers are not kept after use.
  private static final int KEPT_BUFFER_BYTES = 256 * 1_024;

  private static volatile boolean loaded;

  private final ClassLoader loader;
  private final Predicate<Class<?>> admitted;

  /**
   * Whether an instance has met a class of another loader than the class path's since it was asked.
   */
  private volatile boolean hasMetForeign;

  private final SharedRegistry registry = new SharedRegistry();
  private final AtomicReference<@Nullable ForyInstance> slot = new AtomicReference<>();
  private final ConcurrentLinkedDeque<ForyInstance> waiting = new ConcurrentLinkedDeque<>();
  private final AtomicInteger waitingCount = new AtomicInteger();

  private ForyPool(ClassLoader loader, Predicate<Class<?>> admitted) {
    this.loader = loader;
    this.admitted = admitted;
  }

  private boolean admits(Class<?> type) {
    if (!LoaderTable.isOwn(type.getClassLoader())) {
      hasMetForeign = true;
    }
    return admitted.test(type);
  }

  /** A value was written or read, well or not. */
  void used() {
    if (hasMetForeign) {
      hasMetForeign = false;
      ForyCaches.forgetForeign();
    }
  }

  /** For classes of whatever loader. */
  static ForyPool ofAny(ClassLoader loader) {
    return new ForyPool(loader, type -> true);
  }

  /** For the classes of the class path. */
  static ForyPool ofOwn(ClassLoader loader) {
    return new ForyPool(loader, type -> LoaderTable.isOwn(type.getClassLoader()));
  }

  /** For the classes that this loader finds by their names. */
  static ForyPool ofFound(ClassLoader loader) {
    return new ForyPool(loader, type -> LoaderTable.finds(loader, type));
  }

  /** An instance for the calling thread alone; a new one when all are taken. */
  ForyInstance take() {
    ForyInstance fory = slot.getAndSet(null);
    if (fory != null) {
      return fory;
    }
    fory = waiting.pollFirst();
    if (fory != null) {
      waitingCount.decrementAndGet();
      return fory;
    }
    return loaded ? newFory() : firstFory();
  }

  /** Keeps an instance that has just done its work well. One that failed is never given back. */
  void giveBack(ForyInstance fory) {
    if (slot.compareAndSet(null, fory)) {
      return;
    }
    if (waitingCount.incrementAndGet() <= MAX_WAITING) {
      waiting.addFirst(fory);
    } else {
      waitingCount.decrementAndGet();
    }
  }

  /**
   * Parent and worker run the same classes, so no schema travels: a check sum per class finds where
   * they do not. Serializers are interpreted, not generated: generated ones save 0.2 to 0.4 µs per
   * object, but cost 350 ms at the first class and 15 ms at each further one, in every worker.
   */
  private ForyInstance newFory() {
    Fory fory =
        Fory.builder()
            .withXlang(false)
            .withCompatible(false)
            .withClassVersionCheck(true)
            .withDeserializeUnknownClass(false)
            .withCodegen(false)
            .withAsyncCompilation(false)
            .withRefTracking(true)
            .ignoreStringRef(false) // see PartReferences
            .requireClassRegistration(false)
            .suppressClassRegistrationWarnings(true)
            .withTypeChecker((resolver, name) -> true) // Fory's disallowed list comes on top
            .withSerializerFactory(new CrossingSerializers(this::admits))
            .withMaxDepth(MAX_DEPTH)
            .withMaxGraphMemoryBytes(Long.MAX_VALUE)
            .withMaxUnbackedContainerItems(1 << 20)
            .withBufferSizeLimitBytes(KEPT_BUFFER_BYTES)
            .withSharedRegistry(registry)
            .withClassLoader(loader)
            .build();
    return new ForyInstance(fory, registry);
  }

  /**
   * Fory's first use in this JVM: making a serializer costs nothing, its first value does.
   *
   * <p>It provokes a warning about Unsafe on JDK 24+, and starts a daemon thread that stays
   * ("fory-multi-key-weak-map-cleaner") and must not hold on to the caller's loader.
   */
  private ForyInstance firstFory() {
    if (System.getenv("FORY_LOG_LEVEL") == null) {
      LoggerFactory.disableLogging(); // it logs to System.out; what matters is thrown as well
    }
    Thread thread = Thread.currentThread();
    ClassLoader context = thread.getContextClassLoader();
    synchronized (ForyPool.class) {
      thread.setContextClassLoader(Fory.class.getClassLoader());
      try {
        startCleaner();
        ForyInstance first = QuietUnsafe.call(this::newFory);
        loaded = true;
        return first;
      } finally {
        thread.setContextClassLoader(context);
      }
    }
  }

  /**
   * Fory starts its thread in the middle of the initialisation of a class, which fails for good if
   * no thread can be had. It tries only once: then entries of unloaded classes stay.
   */
  private static void startCleaner() {
    try {
      var unused = new MultiKeyWeakMap<Object>().get(new Object[] {ForyPool.class});
    } catch (OutOfMemoryError e) {
      // No thread: it is used without.
    }
  }
}
