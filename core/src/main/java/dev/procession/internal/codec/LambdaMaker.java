package dev.procession.internal.codec;

import java.io.IOException;
import java.io.InvalidObjectException;
import java.lang.invoke.SerializedLambda;
import java.lang.reflect.Method;
import org.jspecify.annotations.Nullable;

/**
 * Makes instances of one lambda again, in the way that JDK serialisation does: the class that
 * contains it has a method for that, which the compiler wrote.
 *
 * <p>Nothing is looked up before the first instance is made, so that what is missing is that task's
 * failure. Safe for use by several threads.
 */
final class LambdaMaker {
  private final LambdaShape shape;
  private final CodeLoaders loaders;
  private volatile @Nullable Method deserialize;

  /**
   * The only instance there is of one that captures nothing; the JVM itself makes no second one.
   */
  private volatile @Nullable Object single;

  /**
   * From what {@link LambdaShape#toBytes} wrote.
   *
   * @throws IOException if that is malformed
   */
  LambdaMaker(byte[] definition, CodeLoaders loaders) throws IOException {
    this.shape = LambdaShape.read(definition);
    this.loaders = loaders;
  }

  /** The number of the loader of its class. */
  int loader() {
    return shape.loader();
  }

  /**
   * Loads its class, so that the first instance need not wait for that; it is not initialized, for
   * that is code of the task's.
   */
  void prepare() {
    if (shape.loader() != CodeLoaders.OWN) {
      return; // the parent would have to be asked for what may never be wanted
    }
    try {
      Method unused = method();
    } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {
      // The first call will say so.
    }
  }

  /**
   * Makes an instance.
   *
   * @throws ClassNotFoundException if its class, or one that it names, is missing here
   * @throws InvalidObjectException if it is not in that class, or not with these values
   */
  Object make(Object[] captured) throws Exception {
    Object known = single;
    if (known != null) {
      return known;
    }
    if (captured.length != shape.capturedCount()) {
      throw new InvalidObjectException(
          captured.length + " values for a lambda that captures " + shape.capturedCount());
    }
    try {
      Method method = method();
      SerializedLambda form =
          new SerializedLambda(
              method.getDeclaringClass(),
              shape.interfaceClass(),
              shape.interfaceMethod(),
              shape.interfaceSignature(),
              shape.implKind(),
              shape.implClass(),
              shape.implMethod(),
              shape.implSignature(),
              shape.instantiatedType(),
              captured);
      Object made = method.invoke(null, form);
      if (made == null) {
        throw new InvalidObjectException(shape.capturingClass() + " made no lambda");
      }
      if (captured.length == 0) {
        single = made;
      }
      return made;
    } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {
      throw CodecFailures.reading(e);
    }
  }

  private Method method() throws ReflectiveOperationException {
    Method known = deserialize;
    if (known == null) {
      String name = shape.capturingClass().replace('/', '.');
      known =
          Class.forName(name, /* initialize= */ false, loaders.loader(shape.loader()))
              .getDeclaredMethod("$deserializeLambda$", SerializedLambda.class);
      known.setAccessible(true);
      deserialize = known;
    }
    return known;
  }
}
