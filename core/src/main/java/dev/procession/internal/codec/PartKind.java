package dev.procession.internal.codec;

import java.lang.reflect.Array;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a part that crosses out of band is, and how its elements are copied. */
enum PartKind {
  BYTES(byte[].class, Byte.BYTES) {
    @Override
    void put(Object array, int from, int elements, ByteBuffer to) {
      to.put((byte[]) array, from, elements);
    }

    @Override
    void get(Object array, int from, int elements, ByteBuffer in) {
      in.get((byte[]) array, from, elements);
    }
  },
  BOOLEANS(boolean[].class, Byte.BYTES) {
    @Override
    void put(Object array, int from, int elements, ByteBuffer to) {
      boolean[] truths = (boolean[]) array;
      for (int i = 0; i < elements; i++) {
        to.put((byte) (truths[from + i] ? 1 : 0));
      }
    }

    @Override
    void get(Object array, int from, int elements, ByteBuffer in) {
      boolean[] truths = (boolean[]) array;
      for (int i = 0; i < elements; i++) {
        truths[from + i] = in.get() != 0;
      }
    }
  },
  SHORTS(short[].class, Short.BYTES) {
    @Override
    void put(Object array, int from, int elements, ByteBuffer to) {
      to.asShortBuffer().put((short[]) array, from, elements);
    }

    @Override
    void get(Object array, int from, int elements, ByteBuffer in) {
      in.asShortBuffer().get((short[]) array, from, elements);
    }
  },
  CHARS(char[].class, Character.BYTES) {
    @Override
    void put(Object array, int from, int elements, ByteBuffer to) {
      to.asCharBuffer().put((char[]) array, from, elements);
    }

    @Override
    void get(Object array, int from, int elements, ByteBuffer in) {
      in.asCharBuffer().get((char[]) array, from, elements);
    }
  },
  INTS(int[].class, Integer.BYTES) {
    @Override
    void put(Object array, int from, int elements, ByteBuffer to) {
      to.asIntBuffer().put((int[]) array, from, elements);
    }

    @Override
    void get(Object array, int from, int elements, ByteBuffer in) {
      in.asIntBuffer().get((int[]) array, from, elements);
    }
  },
  LONGS(long[].class, Long.BYTES) {
    @Override
    void put(Object array, int from, int elements, ByteBuffer to) {
      to.asLongBuffer().put((long[]) array, from, elements);
    }

    @Override
    void get(Object array, int from, int elements, ByteBuffer in) {
      in.asLongBuffer().get((long[]) array, from, elements);
    }
  },
  FLOATS(float[].class, Float.BYTES) {
    @Override
    void put(Object array, int from, int elements, ByteBuffer to) {
      to.asFloatBuffer().put((float[]) array, from, elements);
    }

    @Override
    void get(Object array, int from, int elements, ByteBuffer in) {
      in.asFloatBuffer().get((float[]) array, from, elements);
    }
  },
  DOUBLES(double[].class, Double.BYTES) {
    @Override
    void put(Object array, int from, int elements, ByteBuffer to) {
      to.asDoubleBuffer().put((double[]) array, from, elements);
    }

    @Override
    void get(Object array, int from, int elements, ByteBuffer in) {
      in.asDoubleBuffer().get((double[]) array, from, elements);
    }
  };

  private static final PartKind[] KINDS = values();
  private static final Map<Class<?>, PartKind> BY_TYPE = new HashMap<>();

  static {
    for (PartKind kind : KINDS) {
      BY_TYPE.put(kind.type, kind);
    }
  }

  /** The class of the array. */
  final Class<?> type;

  /** Bytes of an element. */
  final int width;

  PartKind(Class<?> type, int width) {
    this.type = type;
    this.width = width;
  }

  /** A new array of zeros. */
  final Object array(int elements) {
    return Array.newInstance(type.getComponentType(), elements);
  }

  /** Copies elements into a buffer in the machine's order. */
  abstract void put(Object array, int from, int elements, ByteBuffer to);

  /** Copies elements out of a buffer in the machine's order. */
  abstract void get(Object array, int from, int elements, ByteBuffer in);

  /** The kind of an array, or null if it is none of primitives. */
  static @Nullable PartKind of(Class<?> type) {
    return BY_TYPE.get(type);
  }

  /** The kind with that ordinal, or null. */
  static @Nullable PartKind at(int ordinal) {
    return ordinal >= 0 && ordinal < KINDS.length ? KINDS[ordinal] : null;
  }
}
