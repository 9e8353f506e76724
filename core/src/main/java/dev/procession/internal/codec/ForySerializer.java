package dev.procession.internal.codec;

import dev.procession.spi.TaskSerializer;
import java.io.InvalidObjectException;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.apache.fory.memory.MemoryBuffer;
import org.apache.fory.memory.MemoryUtils;
import org.jspecify.annotations.Nullable;

/** Apache Fory as a {@link TaskSerializer}: the default. */
public final class ForySerializer implements TaskSerializer {
  // An instance that has handled more is dropped: its reference tables have grown as well.
  private static final int LARGE_BYTES = 4 * 1_024 * 1_024;

  /**
   * Writers are apart from readers, as an instance remembers classes by name: a class of another
   * loader that was written would be taken for the reader's own class of that name.
   */
  private final ForyPool writers = ForyPool.ofAny(ForySerializer.class.getClassLoader());

  /** Of own classes only. */
  private final ForyPool ownWriters = ForyPool.ofOwn(ForySerializer.class.getClassLoader());

  private final LoaderPools writersByLoader = new LoaderPools(ForyPool::ofFound);
  private final LoaderPools readersByLoader = new LoaderPools(ForyPool::ofAny);

  public ForySerializer() {}

  @Override
  public byte[] serialize(@Nullable Object value) throws Exception {
    return write(value, /* reserved= */ 0, /* beside= */ null);
  }

  /**
   * Like {@link #serialize}.
   *
   * @param reserved so many bytes in front are left zero
   * @param beside takes the large parts; null if there are to be none
   */
  byte[] write(@Nullable Object value, int reserved, @Nullable OutOfBand beside) throws Exception {
    return write(value, reserved, writers, beside);
  }

  /**
   * Like the other, for a reader on that route.
   *
   * @throws ForeignClass if it would not find a class
   */
  byte[] write(
      @Nullable Object value, int reserved, CodeLoaders.Route route, @Nullable OutOfBand beside)
      throws Exception {
    ClassLoader loader = route.loader();
    return write(value, reserved, loader == null ? ownWriters : writersByLoader.of(loader), beside);
  }

  private static byte[] write(
      @Nullable Object value, int reserved, ForyPool writers, @Nullable OutOfBand beside)
      throws Exception {
    ForyInstance fory;
    byte[] bytes;
    int before = beside == null ? 0 : beside.count();
    try {
      fory = writers.take();
      bytes = fory.write(value, reserved, beside);
    } catch (Throwable e) {
      if (beside != null) {
        beside.cutTo(before);
      }
      if (DeepStack.mayCure(e)) {
        return DeepStack.call(() -> write(value, reserved, writers, beside));
      }
      throw CodecFailures.writing(e);
    } finally {
      writers.used();
    }
    if (bytes.length <= LARGE_BYTES) {
      writers.giveBack(fory);
    }
    return bytes;
  }

  @Override
  public @Nullable Object deserialize(byte[] bytes, int offset, int length, ClassLoader loader)
      throws Exception {
    return read(bytes, offset, length, loader, OutOfBand.NONE);
  }

  /**
   * Like {@link #deserialize(byte[], int, int, ClassLoader)}.
   *
   * @param beside the parts that the bytes refer to
   */
  @Nullable Object read(byte[] bytes, int offset, int length, ClassLoader loader, OutOfBand beside)
      throws Exception {
    Objects.checkFromIndexSize(offset, length, bytes.length);
    return read(() -> MemoryUtils.wrap(bytes, offset, length), length, loader, beside);
  }

  @Override
  public @Nullable Object deserialize(ByteBuffer buffer, ClassLoader loader) throws Exception {
    return read(() -> MemoryUtils.wrap(buffer.slice()), buffer.remaining(), loader, OutOfBand.NONE);
  }

  private @Nullable Object read(
      Supplier<MemoryBuffer> input, int length, ClassLoader loader, OutOfBand beside)
      throws Exception {
    ForyPool pool = readersByLoader.of(loader);
    ForyInstance fory;
    Object value;
    try {
      fory = pool.take();
      MemoryBuffer buffer = input.get();
      value = fory.read(buffer, beside);
      int rest = length - buffer.readerIndex();
      if (rest != 0) {
        throw new InvalidObjectException(rest + " bytes follow the object");
      }
    } catch (Throwable e) {
      if (DeepStack.mayCure(e)) {
        return DeepStack.call(() -> read(input, length, loader, beside));
      }
      throw CodecFailures.reading(e);
    } finally {
      pool.used();
    }
    if (length <= LARGE_BYTES) {
      pool.giveBack(fory);
    }
    return value;
  }

  @Override
  public void warmUp() {
    Sample sample = new Sample(1, "text", List.of("x", "y"), Map.of("k", 1.0));
    SerializableSupplier task = () -> sample;
    try {
      byte[] bytes = serialize(task);
      deserialize(bytes, 0, bytes.length, ForySerializer.class.getClassLoader());
    } catch (Exception e) {
      throw new IllegalStateException("Fory cannot serialise a lambda on this JVM", e);
    }
  }

  private interface SerializableSupplier extends Supplier<Object>, Serializable {}

  private record Sample(int number, String text, List<String> list, Map<String, Double> map) {}
}
