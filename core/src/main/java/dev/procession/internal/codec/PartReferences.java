package dev.procession.internal.codec;

import java.io.InvalidObjectException;
import java.util.IdentityHashMap;
import org.apache.fory.Fory;
import org.apache.fory.context.MapRefReader;
import org.apache.fory.context.MapRefWriter;
import org.apache.fory.context.RefReader;
import org.apache.fory.context.RefWriter;
import org.apache.fory.exception.DeserializationException;
import org.apache.fory.memory.MemoryBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Fory's references among the objects of a graph, and beside them references to large parts that
 * cross out of band:
 *
 * <pre>
 *   | NULL | REF, id | NOT_NULL, value | REF_VALUE, value |      Fory's own
 *   | PART, number int |
 * </pre>
 *
 * <p>Fory is told to ask for texts as well, but only large ones are references: a short one that
 * stands at two places arrives as two.
 */
final class PartReferences {
  /** Fory's flags are -3 to 0. */
  private static final byte PART = -4;

  /** More than either a flag or a reference takes. */
  private static final int ROOM = 10;

  private static final float LOAD_FACTOR = 0.51f; // Fory's default

  private PartReferences() {}

  static final class Writer implements RefWriter {
    private final MapRefWriter others = new MapRefWriter(LOAD_FACTOR);
    private final IdentityHashMap<Object, Integer> numbers = new IdentityHashMap<>();
    private @Nullable OutOfBand beside;

    void begin(@Nullable OutOfBand parts) {
      beside = parts;
    }

    @Override
    public boolean writeRefOrNull(MemoryBuffer buffer, @Nullable Object value) {
      if (writePart(buffer, value)) {
        return true;
      }
      if (value instanceof String) {
        buffer.writeByte(Fory.NOT_NULL_VALUE_FLAG);
        return false;
      }
      return others.writeRefOrNull(buffer, value);
    }

    @Override
    public boolean writeRefValueFlag(MemoryBuffer buffer, Object value) {
      return !writeRefOrNull(buffer, value); // the same of what is not null, said the other way
    }

    private boolean writePart(MemoryBuffer buffer, @Nullable Object value) {
      OutOfBand parts = beside;
      if (parts == null || !OutOfBand.isLarge(value)) {
        return false;
      }
      buffer.grow(ROOM);
      buffer.writeByte(PART);
      buffer.writeInt32(numbers.computeIfAbsent(value, parts::add));
      return true;
    }

    @Override
    public boolean writeNullFlag(MemoryBuffer buffer, @Nullable Object value) {
      return others.writeNullFlag(buffer, value);
    }

    @Override
    public void replaceRef(Object original, Object replacement) {
      if (!(replacement instanceof String)) { // which has no id, and each place has its own
        others.replaceRef(original, replacement);
      }
    }

    @Override
    public void reset() {
      others.reset();
      if (!numbers.isEmpty()) {
        numbers.clear();
      }
      beside = null;
    }
  }

  static final class Reader implements RefReader {
    private final MapRefReader others = new MapRefReader();
    private OutOfBand beside = OutOfBand.NONE;

    /** The part that the last reference led to, if it led to one. */
    private @Nullable Object part;

    void begin(OutOfBand parts) {
      beside = parts;
    }

    @Override
    public byte readRefOrNull(MemoryBuffer buffer) {
      return readPart(buffer) ? Fory.REF_FLAG : others.readRefOrNull(buffer);
    }

    @Override
    public int tryPreserveRefId(MemoryBuffer buffer) {
      return readPart(buffer) ? Fory.REF_FLAG : others.tryPreserveRefId(buffer);
    }

    private boolean readPart(MemoryBuffer buffer) {
      part = null;
      int at = buffer.readerIndex();
      buffer.checkReadableBytes(1);
      if (buffer.getByte(at) != PART) {
        return false;
      }
      buffer.readerIndex(at + 1);
      try {
        part = beside.part(buffer.readInt32());
      } catch (InvalidObjectException e) {
        throw new DeserializationException(e.getMessage(), e);
      }
      return true;
    }

    @Override
    public Object getReadRef() {
      Object read = part;
      return read == null ? others.getReadRef() : read;
    }

    @Override
    public int preserveRefId() {
      return others.preserveRefId();
    }

    @Override
    public int preserveRefId(int id) {
      return others.preserveRefId(id);
    }

    @Override
    public int lastPreservedRefId() {
      return others.lastPreservedRefId();
    }

    @Override
    public boolean hasPreservedRefId() {
      return others.hasPreservedRefId();
    }

    @Override
    public void reference(Object object) {
      others.reference(object);
    }

    @Override
    public Object getReadRef(int id) {
      return others.getReadRef(id);
    }

    @Override
    public void setReadRef(int id, Object object) {
      others.setReadRef(id, object);
    }

    @Override
    public void reset() {
      others.reset();
      part = null;
      beside = OutOfBand.NONE;
    }
  }
}
