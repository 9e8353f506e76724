package dev.procession.testkit;

/** The Java agent behind {@link Saboteurs#atWorkerStart}; public because the JVM calls it. */
public final class SaboteurAgent {
  private SaboteurAgent() {}

  /** Called by the JVM before {@code main}, with the saboteur's name. */
  public static void premain(String saboteur) {
    Saboteur.valueOf(saboteur).run();
  }
}
