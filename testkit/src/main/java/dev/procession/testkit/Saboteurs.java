package dev.procession.testkit;

import dev.procession.Task;
import dev.procession.VoidTask;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.OutputStream;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/**
 * Places a saboteur, a {@link Saboteur} or any task of your own, at another moment than a task's
 * run, and makes some in other sizes.
 *
 * <p>For the initializer nothing is needed: {@code builder.initializer(Saboteur.HALTS)}.
 */
public final class Saboteurs {
  static final int EXIT_CODE = 42;
  static final int HALT_CODE = 43;
  static final int CORRUPTED_CODE = 44;
  static final long NATIVE_LEAK_BYTES = 512L << 20;
  static final long FLOOD_BYTES = 16L << 20;
  static final String GRANDCHILD_SECONDS = "900";

  private Saboteurs() {}

  /* ---- Sizes ---- */

  /** As {@link Saboteur#NATIVE_LEAK}, with that many bytes. */
  public static VoidTask nativeLeak(long bytes) {
    return () -> Exhaustion.nativeMemory(bytes);
  }

  /** As {@link Saboteur#FLOODS_STDOUT}, with that many bytes. */
  public static VoidTask floodOfOutput(long bytes) {
    return () -> Exhaustion.output(bytes);
  }

  /* ---- Moments ---- */

  /**
   * A JVM option for {@code builder.jvmArgs}: the saboteur acts in each worker before the worker's
   * own {@code main} begins, as an agent that ruins it. There is no ring yet that could be
   * corrupted.
   *
   * @param directory gets the agent's jar, of one small entry
   * @throws IOException if the jar cannot be written
   */
  public static String atWorkerStart(Saboteur saboteur, Path directory) throws IOException {
    String name = saboteur.name().toLowerCase(Locale.ROOT).replace('_', '-') + "-agent.jar";
    Path jar = directory.resolve(name).toAbsolutePath();
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest
        .getMainAttributes()
        .put(new Attributes.Name("Premain-Class"), SaboteurAgent.class.getName());
    try (OutputStream out = Files.newOutputStream(jar)) {
      new JarOutputStream(out, manifest).close();
    }
    return "-javaagent:" + jar + "=" + saboteur.name();
  }

  /** A task that is sabotaged while the worker reads it, before it runs. */
  public static VoidTask whenTaskIsRead(VoidTask saboteur) {
    return new SabotagedTask(saboteur);
  }

  /** A task that returns a value that is sabotaged while the worker writes it. */
  public static Task<Serializable> whenResultIsWritten(VoidTask saboteur) {
    return () -> new ResultSabotagedInWorker(saboteur);
  }

  /**
   * A task that returns a value that is sabotaged while the parent reads it: <em>in the JVM that
   * asks for the result</em>, on the thread that asks first. No pool can prevent what a class of
   * its user's own does to the JVM of its user; so only what is harmless is taken.
   *
   * @throws IllegalArgumentException if it is not {@link Saboteur#isHarmless}
   */
  public static Task<Serializable> whenResultIsRead(Saboteur saboteur) {
    if (!saboteur.isHarmless()) {
      throw new IllegalArgumentException(
          saboteur + " would act in this very JVM, which reads the result");
    }
    return () -> new ResultSabotagedInParent(saboteur);
  }

  /**
   * A task that succeeds and leaves a daemon thread behind, on which the saboteur acts as soon as
   * the worker idles. That thread prints {@link #ACTS} to standard error before.
   */
  public static VoidTask whenWorkerIdles(VoidTask saboteur) {
    return () -> {
      Thread taskThread = Thread.currentThread();
      Thread thread = new Thread(() -> actWhenIdle(taskThread, saboteur), "saboteur");
      thread.setDaemon(true);
      thread.start();
    };
  }

  /** What {@link #whenWorkerIdles} prints. */
  public static final String ACTS = "the saboteur acts";

  private static void actWhenIdle(Thread taskThread, VoidTask saboteur) {
    while (taskThread.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
    System.err.println(ACTS);
    saboteur.run();
  }

  private static final class SabotagedTask implements VoidTask {
    private static final long serialVersionUID = 1L;

    private final VoidTask saboteur;

    SabotagedTask(VoidTask saboteur) {
      this.saboteur = saboteur;
    }

    @Override
    public void run() {
      // The harm is done before.
    }

    private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
      in.defaultReadObject();
      saboteur.run();
    }
  }

  private static final class ResultSabotagedInWorker implements Serializable {
    private static final long serialVersionUID = 1L;

    private final VoidTask saboteur;

    ResultSabotagedInWorker(VoidTask saboteur) {
      this.saboteur = saboteur;
    }

    private void writeObject(ObjectOutputStream out) throws IOException {
      out.defaultWriteObject();
      saboteur.run();
    }
  }

  private static final class ResultSabotagedInParent implements Serializable {
    private static final long serialVersionUID = 1L;

    private final Saboteur saboteur;

    ResultSabotagedInParent(Saboteur saboteur) {
      this.saboteur = saboteur;
    }

    private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
      in.defaultReadObject();
      saboteur.run();
    }
  }
}
