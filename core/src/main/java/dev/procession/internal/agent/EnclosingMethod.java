package dev.procession.internal.agent;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.invoke.MethodType;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Puts back the one attribute that a JVM leaves out of a class file that it writes from a loaded
 * class: EnclosingMethod, section 4.7.7 of the Java Virtual Machine Specification. Groovy's
 * closures do not run without it.
 */
final class EnclosingMethod {
  private static final String ATTRIBUTE = "EnclosingMethod";
  private static final int POOL_AT = 8;

  private final ByteBuffer in;
  private final int poolEnd;
  private final int poolCount;
  private final int attributesAt;
  private int named = -1; // index of the attribute's name among the constants

  private EnclosingMethod(byte[] file) {
    in = ByteBuffer.wrap(file);
    poolCount = in.getShort(POOL_AT) & 0xFFFF;
    poolEnd = skipPool();
    attributesAt = skipMembers();
  }

  /** The class file of a class with that attribute, if the class has an enclosing one. */
  static byte[] in(byte[] file, Class<?> type) throws IOException {
    Class<?> outer = isNestedElsewhere(type) ? type.getEnclosingClass() : null;
    if (outer == null) {
      return file;
    }
    EnclosingMethod parsed = new EnclosingMethod(file);
    return parsed.isThere() ? file : parsed.with(outer, methodOf(type));
  }

  /** A member class is known by another attribute, which the JVM does write. */
  private static boolean isNestedElsewhere(Class<?> type) {
    return type.isAnonymousClass() || type.isLocalClass();
  }

  private static @Nullable Executable methodOf(Class<?> type) {
    Method method = type.getEnclosingMethod();
    return method == null ? type.getEnclosingConstructor() : method;
  }

  private static String descriptor(Executable method) {
    Class<?> result = method instanceof Method m ? m.getReturnType() : void.class;
    return MethodType.methodType(result, method.getParameterTypes()).toMethodDescriptorString();
  }

  /* ---- Reading ---- */

  private int skipPool() {
    in.position(POOL_AT + 2);
    for (int i = 1; i < poolCount; i++) {
      int tag = in.get();
      switch (tag) {
        case 1 -> {
          byte[] text = new byte[in.getShort() & 0xFFFF];
          in.get(text);
          if (new String(text, StandardCharsets.UTF_8).equals(ATTRIBUTE)) {
            named = i;
          }
        }
        case 3, 4, 9, 10, 11, 12, 17, 18 -> skip(4);
        case 5, 6 -> {
          skip(8);
          i++; // takes two places
        }
        case 15 -> skip(3);
        default -> skip(2);
      }
    }
    return in.position();
  }

  private void skip(int bytes) {
    in.position(in.position() + bytes);
  }

  /** Returns where the count of the class's attributes is. */
  private int skipMembers() {
    skip(6);
    skip(2 * (in.getShort() & 0xFFFF)); // interfaces
    for (int kind = 0; kind < 2; kind++) { // fields, methods
      for (int i = in.getShort() & 0xFFFF; i > 0; i--) {
        skip(6);
        skipAttributes();
      }
    }
    return in.position();
  }

  private void skipAttributes() {
    for (int i = in.getShort() & 0xFFFF; i > 0; i--) {
      skip(2);
      skip(in.getInt());
    }
  }

  private boolean isThere() {
    in.position(attributesAt);
    for (int i = in.getShort() & 0xFFFF; i > 0; i--) {
      if ((in.getShort() & 0xFFFF) == named) {
        return true;
      }
      skip(in.getInt());
    }
    return false;
  }

  /* ---- Writing ---- */

  /** New constants go behind the others, and the attribute to the end of the file. */
  private byte[] with(Class<?> outer, @Nullable Executable method) throws IOException {
    byte[] file = in.array();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(file.length + 256);
    DataOutputStream out = new DataOutputStream(bytes);
    int added = method == null ? 3 : 6;
    out.write(file, 0, POOL_AT);
    out.writeShort(poolCount + added);
    out.write(file, POOL_AT + 2, poolEnd - POOL_AT - 2);
    utf8(out, ATTRIBUTE);
    utf8(out, outer.getName().replace('.', '/'));
    out.writeByte(7);
    out.writeShort(poolCount + 1);
    if (method != null) {
      utf8(out, method instanceof Constructor<?> ? "<init>" : method.getName());
      utf8(out, descriptor(method));
      out.writeByte(12);
      out.writeShort(poolCount + 3);
      out.writeShort(poolCount + 4);
    }
    out.write(file, poolEnd, attributesAt - poolEnd);
    out.writeShort((in.getShort(attributesAt) & 0xFFFF) + 1);
    out.write(file, attributesAt + 2, file.length - attributesAt - 2);
    out.writeShort(poolCount);
    out.writeInt(4);
    out.writeShort(poolCount + 2);
    out.writeShort(method == null ? 0 : poolCount + 5);
    return bytes.toByteArray();
  }

  private static void utf8(DataOutputStream out, String text) throws IOException {
    out.writeByte(1);
    out.writeUTF(text);
  }
}
