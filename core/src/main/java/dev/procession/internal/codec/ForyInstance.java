package dev.procession.internal.codec;

import org.apache.fory.Fory;
import org.apache.fory.context.MetaStringReader;
import org.apache.fory.context.MetaStringWriter;
import org.apache.fory.context.ReadContext;
import org.apache.fory.context.WriteContext;
import org.apache.fory.memory.MemoryBuffer;
import org.apache.fory.resolver.SharedRegistry;
import org.apache.fory.type.Generics;
import org.jspecify.annotations.Nullable;

/**
 * A Fory instance whose references may lead out of band. It serves one thread at a time, and is
 * good for nothing once it has failed.
 *
 * <p>Fory has places to plug in how a class is written, but none for texts, which it writes itself
 * wherever they stand. So its contexts are made here, with {@link PartReferences} in them; its
 * types and serializers are the instance's own.
 */
final class ForyInstance {
  private final Fory fory;
  private final PartReferences.Writer written = new PartReferences.Writer();
  private final PartReferences.Reader read = new PartReferences.Reader();
  private final WriteContext writing;
  private final ReadContext reading;

  ForyInstance(Fory fory, SharedRegistry registry) {
    this.fory = fory;
    fory.getTypeResolver().finishRegistration();
    this.writing =
        new WriteContext(
            fory.getConfig(),
            new Generics(),
            fory.getTypeResolver(),
            written,
            new MetaStringWriter());
    this.reading =
        new ReadContext(
            fory.getConfig(),
            new Generics(),
            fory.getTypeResolver(),
            read,
            new MetaStringReader(registry));
  }

  /**
   * Writes a value.
   *
   * @param reserved so many bytes in front are left zero
   * @param beside takes the large parts; null if there are to be none
   */
  byte[] write(@Nullable Object value, int reserved, @Nullable OutOfBand beside) {
    MemoryBuffer buffer = fory.getBuffer();
    buffer.writerIndex(0);
    for (int i = 0; i < reserved; i++) {
      buffer.writeByte(0);
    }
    written.begin(beside);
    writing.prepare(buffer, /* callback= */ null);
    writing.writeRootRef(value);
    writing.reset();
    byte[] bytes = buffer.getBytes(0, buffer.writerIndex());
    fory.resetBuffer();
    return bytes;
  }

  /** Reads the value that begins where the buffer's reader stands. */
  @Nullable Object read(MemoryBuffer buffer, OutOfBand beside) {
    read.begin(beside);
    reading.prepare(buffer, /* outOfBandBuffers= */ null, /* peerOutOfBandEnabled= */ false);
    Object value = reading.readRootRef();
    reading.reset();
    return value;
  }
}
