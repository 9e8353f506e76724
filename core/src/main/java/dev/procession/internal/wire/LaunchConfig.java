package dev.procession.internal.wire;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What a worker has to know before it can say hello; a file readable by the owner only, which the
 * worker deletes after reading.
 *
 * <p>Neither the command line nor the environment carries the secret: both can be read by others or
 * inherited by what a task starts.
 *
 * @param worker the worker's number in its pool
 * @param pool the pool's name
 * @param secret proves on the private channel that the worker is the one that was launched
 * @param address where to connect, see {@link Endpoint}
 * @param directories the shared directories
 * @param region name of the region's file in one of them
 * @param outputToken marks, in the worker's output, which task printed what follows
 * @param serializer class name of the task serializer
 * @param serializerLoader number of the class loader that finds it
 * @param remoteClasses whether classes that the worker lacks are asked for
 * @param plainResults whether results are written by JDK serialisation
 * @param retained bytes of segments for large results that the worker may keep
 * @param warmUp whether it is to be warm before the worker says that it is ready
 * @param initializer the encoded initializer, empty if there is none
 */
public record LaunchConfig(
    int worker,
    String pool,
    byte[] secret,
    String address,
    List<Path> directories,
    String region,
    String outputToken,
    String serializer,
    int serializerLoader,
    boolean remoteClasses,
    boolean plainResults,
    int retained,
    boolean warmUp,
    byte[] initializer) {

  /** Bytes of the secret. */
  public static final int SECRET_BYTES = 32;

  /** Writes the file. */
  public void write(Path file) throws IOException {
    try (DataOutputStream out =
        new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file)))) {
      out.writeInt(RegionLayout.VERSION);
      out.writeInt(worker);
      out.writeUTF(pool);
      out.write(secret);
      out.writeUTF(address);
      out.writeInt(directories.size());
      for (Path directory : directories) {
        out.writeUTF(directory.toString());
      }
      out.writeUTF(region);
      out.writeUTF(outputToken);
      out.writeUTF(serializer);
      out.writeInt(serializerLoader);
      out.writeBoolean(remoteClasses);
      out.writeBoolean(plainResults);
      out.writeInt(retained);
      out.writeBoolean(warmUp);
      out.writeInt(initializer.length);
      out.write(initializer);
    }
  }

  /**
   * Reads the file and deletes it.
   *
   * @throws IOException if it cannot be read, or is no such file
   */
  public static LaunchConfig take(Path file) throws IOException {
    try (DataInputStream in =
        new DataInputStream(new BufferedInputStream(new FileInputStream(file.toFile())))) {
      int version = in.readInt();
      if (version != RegionLayout.VERSION) {
        throw new WireException(
            "the parent speaks version " + version + ", this worker " + RegionLayout.VERSION);
      }
      int worker = in.readInt();
      String pool = in.readUTF();
      byte[] secret = new byte[SECRET_BYTES];
      in.readFully(secret);
      String address = in.readUTF();
      int count = in.readInt();
      List<Path> directories = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        directories.add(Path.of(in.readUTF()));
      }
      String region = in.readUTF();
      String outputToken = in.readUTF();
      String serializer = in.readUTF();
      int serializerLoader = in.readInt();
      boolean remoteClasses = in.readBoolean();
      boolean plainResults = in.readBoolean();
      int retained = in.readInt();
      boolean warmUp = in.readBoolean();
      int length = in.readInt();
      byte[] initializer = in.readNBytes(length);
      if (initializer.length != length) {
        throw new EOFException("launch file cut off");
      }
      return new LaunchConfig(
          worker,
          pool,
          secret,
          address,
          directories,
          region,
          outputToken,
          serializer,
          serializerLoader,
          remoteClasses,
          plainResults,
          retained,
          warmUp,
          initializer);
    } catch (IllegalArgumentException e) { // of Path.of and readNBytes
      throw new WireException("launch file damaged: " + e.getMessage());
    } finally {
      Files.deleteIfExists(file);
    }
  }
}
