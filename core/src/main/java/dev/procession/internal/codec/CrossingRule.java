package dev.procession.internal.codec;

import java.io.Serializable;
import java.lang.ref.Reference;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import org.jspecify.annotations.Nullable;

/**
 * The rule of what may cross a process border with the default serializer, asked once per class.
 *
 * <p>A class may cross when it is {@link Serializable}, or when it is the user's own and nothing
 * about it says that it stands for something alive in this JVM: a plain class or record needs no
 * {@code implements Serializable} to be an argument or a result. Refused are lambdas that are not
 * serialisable, JDK classes that are not (copying their private fields would tie the two JVMs'
 * versions together), and live resources: what can be closed, threads, locks, executors, futures,
 * references, class loaders and everything of {@code java.sql}. Fory's own serializers come before
 * this rule, and let {@code Optional} and its kin, {@code Map.entry}, {@code ByteBuffer}, {@code
 * Charset} and a bare {@code Object} (a lock, mostly) cross.
 */
final class CrossingRule {
  private static final Class<?>[] LIVE = {
    AutoCloseable.class,
    Thread.class,
    ThreadGroup.class,
    ThreadLocal.class,
    ClassLoader.class,
    Reference.class,
    Executor.class,
    Future.class,
    CompletionStage.class,
    Lock.class,
    ReadWriteLock.class,
    Condition.class,
    Process.class,
  };

  // Serializable by inheritance only: what CompletableFuture.supplyAsync submits.
  private static final String ASYNC_PREFIX = CompletableFuture.class.getName() + "$";

  /** What {@link Map#entry} makes; the class itself is not public. */
  static final Class<?> ENTRY = Map.entry("", "").getClass();

  private CrossingRule() {}

  /** Why objects of this class may not cross, as the end of a sentence; null when they may. */
  static @Nullable String refusal(Class<?> type) {
    if (type.getName().startsWith(ASYNC_PREFIX)) {
      return "it completes a future of this JVM";
    }
    if (isSerializable(type) || isKnownToFory(type)) {
      return null;
    }
    if (type.isHidden()) {
      return "it is a lambda that was not compiled as Serializable";
    }
    String live = liveKind(type);
    if (live != null) {
      return "it is a live resource of this JVM (" + live + ")";
    }
    if (isOfJdk(type)) {
      return "it is a class of the JDK that is not Serializable";
    }
    Class<?> parent = notSerializableJdkParent(type);
    return parent == null
        ? null
        : "it extends " + parent.getName() + ", a class of the JDK that is not Serializable";
  }

  // Every dynamic proxy is Serializable by inheritance; most that stand for something live are not.
  private static boolean isSerializable(Class<?> type) {
    if (Proxy.isProxyClass(type)) {
      return liveKind(type) == null;
    }
    return type.isPrimitive() || type.isArray() || Serializable.class.isAssignableFrom(type);
  }

  private static boolean isKnownToFory(Class<?> type) {
    return type == Object.class
        || type == Optional.class
        || type == OptionalInt.class
        || type == OptionalLong.class
        || type == OptionalDouble.class
        || type == ENTRY
        || ByteBuffer.class.isAssignableFrom(type)
        || Charset.class.isAssignableFrom(type);
  }

  static boolean isOfJdk(Class<?> type) {
    ClassLoader loader = type.getClassLoader();
    return loader == null
        || loader == ClassLoader.getPlatformClassLoader()
        || (type.getModule().isNamed() && type.getModule().getName().startsWith("jdk."));
  }

  /** The type that makes objects of this class live resources; null when none does. */
  static @Nullable String liveKind(Class<?> type) {
    for (Class<?> live : LIVE) {
      if (live.isAssignableFrom(type)) {
        return live.getName();
      }
    }
    return sqlType(type);
  }

  // By name: the module java.sql need not be there.
  private static @Nullable String sqlType(@Nullable Class<?> type) {
    if (type == null) {
      return null;
    }
    if (type.getName().startsWith("java.sql.") || type.getName().startsWith("javax.sql.")) {
      return type.getName();
    }
    for (Class<?> each : type.getInterfaces()) {
      String found = sqlType(each);
      if (found != null) {
        return found;
      }
    }
    return sqlType(type.getSuperclass());
  }

  // The Abstract* collections hold nothing, and a record has no state but its components.
  private static @Nullable Class<?> notSerializableJdkParent(Class<?> type) {
    for (Class<?> c = type.getSuperclass(); c != null && c != Object.class; c = c.getSuperclass()) {
      if (isOfJdk(c) && c != Record.class && !c.getName().startsWith("java.util.Abstract")) {
        return c;
      }
    }
    return null;
  }
}
