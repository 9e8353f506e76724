package dev.procession.spi;

import dev.procession.internal.codec.ForySerializer;
import dev.procession.internal.codec.JdkSerializer;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A way to turn tasks, arguments and results into bytes and back.
 *
 * <p>One instance is made in the parent; each worker makes its own by class name, so an
 * implementation is a public class with a public constructor without parameters, and both sides
 * agree on the format without talking to each other. All methods may be called by several threads
 * at once.
 */
public interface TaskSerializer {

  /**
   * Turns a value into bytes.
   *
   * @throws Exception when the value, or something that it refers to, cannot cross a process border
   */
  byte[] serialize(@Nullable Object value) throws Exception;

  /**
   * Turns bytes back into a value; reads nothing outside {@code [offset, offset + length)}, and
   * treats what it reads as untrusted.
   *
   * @param loader finds the classes that the bytes name
   * @throws ClassNotFoundException when a class that the bytes name cannot be found
   * @throws Exception when the bytes are malformed
   */
  @Nullable Object deserialize(byte[] bytes, int offset, int length, ClassLoader loader)
      throws Exception;

  /**
   * Turns the bytes from a buffer's position to its limit back into a value, as the other method
   * does. The buffer may be a mapped file; this copies it, which an implementation may do without.
   *
   * @param loader finds the classes that the bytes name
   * @throws ClassNotFoundException when a class that the bytes name cannot be found
   * @throws Exception when the bytes are malformed
   */
  default @Nullable Object deserialize(ByteBuffer buffer, ClassLoader loader) throws Exception {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return deserialize(bytes, 0, bytes.length, loader);
  }

  /**
   * Does slow first-time work, such as loading classes; called once, off the caller's path, and may
   * do nothing.
   */
  default void warmUp() {}

  /**
   * Apache Fory: the default. A lambda takes about a microsecond, and plain classes and records
   * cross without {@code implements Serializable}.
   */
  static TaskSerializer fory() {
    return new ForySerializer();
  }

  /** JDK serialisation: everything that crosses must implement {@link java.io.Serializable}. */
  static TaskSerializer jdk() {
    return new JdkSerializer();
  }
}
