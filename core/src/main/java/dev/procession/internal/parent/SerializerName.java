package dev.procession.internal.parent;

import dev.procession.internal.codec.CodeLoaders;
import dev.procession.internal.codec.ForySerializer;
import dev.procession.internal.codec.LoaderTable;
import dev.procession.spi.TaskSerializer;

/**
 * Which serializer workers are to make for themselves.
 *
 * @param className of a class with a public constructor without parameters
 * @param loader number of the class loader that finds it
 */
public record SerializerName(String className, int loader) {
  /** That of a serializer of this JVM. */
  public static SerializerName of(TaskSerializer serializer, boolean remoteClassLoading) {
    Class<?> type = serializer.getClass();
    return new SerializerName(
        type.getName(), remoteClassLoading ? LoaderTable.numberOf(type) : CodeLoaders.OWN);
  }

  /** Whether it is the one that a worker need not have until it meets what only that can read. */
  boolean isDefault() {
    return className.equals(ForySerializer.class.getName());
  }
}
