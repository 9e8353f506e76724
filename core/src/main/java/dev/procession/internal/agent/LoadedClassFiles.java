package dev.procession.internal.agent;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.lang.instrument.UnmodifiableClassException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.ProtectionDomain;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.jspecify.annotations.Nullable;

/**
 * The class files of loaded classes, from the JVM itself: the last resort for classes that were
 * made in memory by a loader that cannot tell them. Any thread may call it; the first call starts a
 * process.
 *
 * <p>From JDK 21 on the JVM warns on standard error that an agent was loaded.
 */
public final class LoadedClassFiles {
  private static final long PATIENCE_SECONDS = 30;

  // Guarded by the class.
  private static @Nullable Instrumentation instrumentation;
  private static @Nullable String whyNone;

  private LoadedClassFiles() {}

  /**
   * The class file of a class.
   *
   * @throws IOException if the JVM does not give it; says why
   */
  public static byte[] of(Class<?> type) throws IOException {
    Instrumentation jvm = instrumentation();
    Capture capture = new Capture(type);
    jvm.addTransformer(capture, /* canRetransform= */ true);
    try {
      jvm.retransformClasses(type);
    } catch (UnmodifiableClassException | RuntimeException | LinkageError e) {
      throw new IOException("the JVM does not give the class file of " + type.getName(), e);
    } finally {
      jvm.removeTransformer(capture);
    }
    byte[] file = capture.file;
    if (file == null) {
      throw new IOException("the JVM does not give the class file of " + type.getName());
    }
    return EnclosingMethod.in(file, type);
  }

  /** Changes nothing. */
  private static final class Capture implements ClassFileTransformer {
    private final Class<?> wanted;
    private volatile byte @Nullable [] file;

    Capture(Class<?> wanted) {
      this.wanted = wanted;
    }

    @Override
    public byte @Nullable [] transform(
        @Nullable ClassLoader loader,
        @Nullable String name,
        @Nullable Class<?> type,
        @Nullable ProtectionDomain domain,
        byte[] bytes) {
      if (type == wanted) {
        file = bytes.clone();
      }
      return null;
    }
  }

  private static synchronized Instrumentation instrumentation() throws IOException {
    Instrumentation known = instrumentation;
    if (known != null) {
      return known;
    }
    if (whyNone != null) {
      throw new IOException(whyNone);
    }
    try {
      known = bring();
      instrumentation = known;
      return known;
    } catch (IOException | ReflectiveOperationException | LinkageError e) {
      whyNone = "no agent can be loaded into this JVM: " + e.getMessage();
      throw new IOException(whyNone, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private static Instrumentation bring()
      throws IOException, InterruptedException, ReflectiveOperationException {
    Path directory = Files.createTempDirectory("procession-agent-");
    Path jar = directory.resolve("agent.jar");
    Path output = directory.resolve("output");
    try {
      write(jar);
      Process bringer =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-XX:+UseSerialGC",
                  "-XX:TieredStopAtLevel=1",
                  "--add-modules",
                  "jdk.attach",
                  "-cp",
                  jar.toString(),
                  ClassFileAgent.class.getName(),
                  Long.toString(ProcessHandle.current().pid()),
                  jar.toString())
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      bringer.getOutputStream().close();
      if (!bringer.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        bringer.destroyForcibly();
        throw new IOException("it took more than " + PATIENCE_SECONDS + " s");
      }
      if (bringer.exitValue() != 0) {
        throw new IOException(Files.readString(output).strip());
      }
      Object given =
          ClassLoader.getSystemClassLoader()
              .loadClass(ClassFileAgent.class.getName())
              .getField("instrumentation")
              .get(null);
      if (given instanceof Instrumentation brought) {
        return brought;
      }
      throw new IOException("it was brought, but is not there");
    } finally {
      Files.deleteIfExists(jar);
      Files.deleteIfExists(output);
      Files.deleteIfExists(directory);
    }
  }

  private static void write(Path jar) throws IOException {
    String name = ClassFileAgent.class.getName().replace('.', '/') + ".class";
    Manifest manifest = new Manifest();
    Attributes attributes = manifest.getMainAttributes();
    attributes.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    attributes.put(new Attributes.Name("Agent-Class"), ClassFileAgent.class.getName());
    attributes.put(new Attributes.Name("Can-Retransform-Classes"), "true");
    try (OutputStream file = Files.newOutputStream(jar);
        JarOutputStream out = new JarOutputStream(file, manifest);
        InputStream in = LoadedClassFiles.class.getResourceAsStream("/" + name)) {
      if (in == null) {
        throw new IOException("no " + name);
      }
      out.putNextEntry(new JarEntry(name));
      in.transferTo(out);
      out.closeEntry();
    }
  }
}
