package dev.procession.internal.worker;

import dev.procession.internal.codec.FailureCodec;
import dev.procession.internal.wire.WorkerExit;
import dev.procession.spi.TaskSerializer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Enumeration;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;

/**
 * The {@code main} of a process that loads what every worker loads, and ends: its JVM then writes
 * those classes into an archive.
 *
 * <p>Started with the jars of Procession and its serializer on the class path, nothing else.
 */
public final class ArchiveTraining {
  private static final String OWN = "dev/procession/";
  private static final String OF_PARENT = OWN + "internal/parent/";
  private static final String CLASS = ".class";

  private ArchiveTraining() {}

  /** Takes no arguments; standard input is a pipe that stays open as long as the parent lives. */
  public static void main(String[] args) throws Exception {
    endWithParent(System.in);
    TaskSerializer.fory().warmUp();
    byte[] failure = FailureCodec.encode(new IllegalStateException("sample", new IOException()));
    FailureCodec.decode(failure, 0, failure.length, ArchiveTraining.class.getClassLoader());
    loadOwnClasses();
  }

  private static void endWithParent(InputStream pipe) {
    Thread thread =
        new Thread(
            () -> {
              try {
                while (pipe.read() >= 0) {
                  // Nothing is ever sent.
                }
              } catch (IOException e) {
                // As good as the end.
              }
              Runtime.getRuntime().halt(WorkerExit.PARENT_LOST);
            },
            "procession-parent-watch");
    thread.setDaemon(true);
    thread.start();
  }

  /** Loads what a worker may need of Procession: everything but the parent's half. */
  private static void loadOwnClasses() throws Exception {
    Path jar =
        Path.of(ArchiveTraining.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    try (JarFile file = new JarFile(jar.toFile())) {
      for (Enumeration<JarEntry> entries = file.entries(); entries.hasMoreElements(); ) {
        String name = entries.nextElement().getName();
        if (name.startsWith(OWN) && !name.startsWith(OF_PARENT) && name.endsWith(CLASS)) {
          String type = name.substring(0, name.length() - CLASS.length()).replace('/', '.');
          Class.forName(type, /* initialize= */ false, ArchiveTraining.class.getClassLoader());
        }
      }
    }
  }
}
