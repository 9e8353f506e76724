package dev.procession.internal.codec;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/**
 * Finds the source line where a method begins, in the bytes of its class file.
 *
 * <p>A lambda's own class knows no line; the method that javac made of its body does.
 */
final class ClassFileLines {
  private static final int MAGIC = 0xCAFEBABE;
  private static final int MAX_CLASS_FILE_BYTES = 16 * 1_024 * 1_024;

  private final DataInputStream in;
  private final String method;
  private final String descriptor;
  private @Nullable String[] texts = {};
  private int line;
  private @Nullable String sourceFile;

  private ClassFileLines(byte[] classFile, String method, String descriptor) {
    this.in = new DataInputStream(new ByteArrayInputStream(classFile));
    this.method = method;
    this.descriptor = descriptor;
  }

  /**
   * The place as {@code Report.java:42}; null when the class file is not to be had, or was compiled
   * without line numbers.
   *
   * @param className with slashes, as in the class file
   */
  static @Nullable String find(
      @Nullable ClassLoader loader, String className, String method, String descriptor) {
    String resource = className + ".class";
    try (InputStream in =
        loader == null
            ? ClassLoader.getSystemResourceAsStream(resource)
            : loader.getResourceAsStream(resource)) {
      return in == null
          ? null
          : new ClassFileLines(in.readNBytes(MAX_CLASS_FILE_BYTES), method, descriptor).find();
    } catch (IOException | RuntimeException e) {
      return null;
    }
  }

  private @Nullable String find() throws IOException {
    if (in.readInt() != MAGIC) {
      return null;
    }
    in.skipNBytes(4); // minor and major version
    readConstants();
    in.skipNBytes(6); // access, this, super
    in.skipNBytes(2L * in.readUnsignedShort()); // interfaces
    readMembers(/* wanted= */ false); // fields
    readMembers(/* wanted= */ true); // methods
    readAttributes(/* ofMethod= */ false);
    return line == 0 || sourceFile == null ? null : sourceFile + ":" + line;
  }

  private void readConstants() throws IOException {
    int count = in.readUnsignedShort();
    texts = new String[count];
    for (int i = 1; i < count; i++) {
      int tag = in.readUnsignedByte();
      switch (tag) {
        case 1 -> texts[i] = in.readUTF();
        case 3, 4, 9, 10, 11, 12, 17, 18 -> in.skipNBytes(4);
        case 5, 6 -> {
          in.skipNBytes(8);
          i++; // a long or a double takes two places
        }
        case 7, 8, 16, 19, 20 -> in.skipNBytes(2);
        case 15 -> in.skipNBytes(3);
        default -> throw new IOException("constant pool tag " + tag);
      }
    }
  }

  private void readMembers(boolean wanted) throws IOException {
    int count = in.readUnsignedShort();
    for (int i = 0; i < count; i++) {
      in.skipNBytes(2); // access
      String name = text();
      String type = text();
      readAttributes(wanted && method.equals(name) && descriptor.equals(type));
    }
  }

  private void readAttributes(boolean ofMethod) throws IOException {
    int count = in.readUnsignedShort();
    for (int i = 0; i < count; i++) {
      String name = text();
      int length = in.readInt();
      if (ofMethod && "Code".equals(name)) {
        in.skipNBytes(4); // stack and locals
        in.skipNBytes(in.readInt());
        in.skipNBytes(8L * in.readUnsignedShort()); // exception table
        readAttributes(/* ofMethod= */ true);
      } else if (ofMethod && "LineNumberTable".equals(name)) {
        readFirstLine();
      } else if ("SourceFile".equals(name)) {
        sourceFile = text();
      } else {
        in.skipNBytes(Integer.toUnsignedLong(length));
      }
    }
  }

  private void readFirstLine() throws IOException {
    int entries = in.readUnsignedShort();
    for (int i = 0; i < entries; i++) {
      in.skipNBytes(2); // program counter
      int each = in.readUnsignedShort();
      line = line == 0 ? each : line;
    }
  }

  private @Nullable String text() throws IOException {
    return texts[in.readUnsignedShort()];
  }
}
