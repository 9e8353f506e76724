package dev.procession.examples.demo;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;

/**
 * Reads as much of a class file as it takes to count its methods.
 *
 * <p>The layout is that of the Java Virtual Machine Specification, chapter 4: a constant pool whose
 * entries differ in length, then fields and methods with attributes that say their own length. Of
 * any byte that is not what it should be, the message tells the position.
 */
final class ClassFile {
  private static final int MAGIC = 0xCAFEBABE;

  private final ByteBuffer in;

  private ClassFile(byte[] bytes) {
    this.in = ByteBuffer.wrap(bytes);
  }

  /**
   * How many methods the class declares: constructors and the static initializer count, inherited
   * ones do not.
   *
   * @throws IllegalArgumentException if the bytes are not a class file
   */
  static int countMethods(byte[] bytes) {
    ClassFile file = new ClassFile(bytes);
    try {
      return file.countMethods();
    } catch (BufferUnderflowException e) {
      throw new IllegalArgumentException(
          "class file ends too early: after " + bytes.length + " bytes", e);
    }
  }

  private int countMethods() {
    int magic = in.getInt();
    if (magic != MAGIC) {
      throw new IllegalArgumentException(
          "not a class file: begins with 0x" + Integer.toHexString(magic) + ", not 0xcafebabe");
    }
    skip(2 + 2); // minor and major version
    skipConstantPool();
    skip(2 + 2 + 2); // access flags, this class, super class
    skip(2L * unsignedShort()); // interfaces
    skipMembers(unsignedShort()); // fields
    int methods = unsignedShort();
    skipMembers(methods); // so that a file that was cut short is noticed
    return methods;
  }

  private void skipConstantPool() {
    int end = unsignedShort();
    int index = 1;
    while (index < end) {
      int at = in.position();
      int tag = in.get();
      switch (tag) {
        case 1 -> skip(unsignedShort()); // Utf8
        case 7, 8, 16, 19, 20 -> skip(2); // Class, String, MethodType, Module, Package
        case 15 -> skip(3); // MethodHandle
        case 3, 4, 9, 10, 11, 12, 17, 18 -> skip(4); // Integer, Float, references, NameAndType
        case 5, 6 -> { // Long and Double, which take two places
          skip(8);
          index++;
        }
        default ->
            throw new IllegalArgumentException(
                "unknown constant of kind " + tag + " at byte " + at + " of a class file");
      }
      index++;
    }
  }

  private void skipMembers(int count) {
    for (int i = 0; i < count; i++) {
      skip(2 + 2 + 2); // access flags, name, descriptor
      int attributes = unsignedShort();
      for (int j = 0; j < attributes; j++) {
        skip(2); // name
        skip(Integer.toUnsignedLong(in.getInt()));
      }
    }
  }

  private int unsignedShort() {
    return Short.toUnsignedInt(in.getShort());
  }

  private void skip(long bytes) {
    if (bytes > in.remaining()) {
      throw new BufferUnderflowException();
    }
    in.position(in.position() + (int) bytes);
  }
}
