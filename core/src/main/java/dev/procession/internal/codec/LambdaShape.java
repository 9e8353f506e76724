package dev.procession.internal.codec;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.invoke.SerializedLambda;
import org.jspecify.annotations.Nullable;

/**
 * What all instances of one lambda have in common, by the names under which another JVM finds it:
 * all of a {@link SerializedLambda} but the captured values. The fields are its, but for the number
 * of the loader of its class.
 */
record LambdaShape(
    int loader,
    String capturingClass,
    String interfaceClass,
    String interfaceMethod,
    String interfaceSignature,
    int implKind,
    String implClass,
    String implMethod,
    String implSignature,
    String instantiatedType,
    int capturedCount) {

  static LambdaShape of(SerializedLambda form, int loader) {
    return new LambdaShape(
        loader,
        form.getCapturingClass(),
        form.getFunctionalInterfaceClass(),
        form.getFunctionalInterfaceMethodName(),
        form.getFunctionalInterfaceMethodSignature(),
        form.getImplMethodKind(),
        form.getImplClass(),
        form.getImplMethodName(),
        form.getImplMethodSignature(),
        form.getInstantiatedMethodType(),
        form.getCapturedArgCount());
  }

  /** The bytes that {@link #read} takes, or null if a name is too long for them. */
  byte @Nullable [] toBytes() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeInt(loader);
      out.writeUTF(capturingClass);
      out.writeUTF(interfaceClass);
      out.writeUTF(interfaceMethod);
      out.writeUTF(interfaceSignature);
      out.writeByte(implKind);
      out.writeUTF(implClass);
      out.writeUTF(implMethod);
      out.writeUTF(implSignature);
      out.writeUTF(instantiatedType);
      out.writeInt(capturedCount);
      return bytes.toByteArray();
    } catch (IOException e) {
      return null; // 64 KiB of UTF-8 is the most
    }
  }

  /**
   * Reads what {@link #toBytes} wrote.
   *
   * @throws IOException if the bytes are malformed
   */
  static LambdaShape read(byte[] bytes) throws IOException {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      return new LambdaShape(
          in.readInt(),
          name(in),
          name(in),
          name(in),
          name(in),
          in.readUnsignedByte(),
          name(in),
          name(in),
          name(in),
          name(in),
          in.readInt());
    }
  }

  // Interned, so that $deserializeLambda$, which compares them with constants, finds the same
  // object.
  private static String name(DataInputStream in) throws IOException {
    return in.readUTF().intern();
  }
}
