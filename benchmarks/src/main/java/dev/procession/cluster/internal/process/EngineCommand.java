package dev.procession.cluster.internal.process;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** What a JVM is started with that runs the cluster's engine and nothing of ours. */
public final class EngineCommand {
  private EngineCommand() {}

  /** Options of the JVM: as in our own processes. */
  public static List<String> options() {
    List<String> options = new ArrayList<>(EngineProcess.OPENED);
    options.add("-Djava.net.preferIPv4Stack=true");
    options.add("-DIGNITE_NO_ASCII=true");
    options.add("-DIGNITE_UPDATE_NOTIFIER=false");
    options.add("-DIGNITE_PERFORMANCE_SUGGESTIONS_DISABLED=true");
    return options;
  }

  /**
   * Some classes, and the engine's jars.
   *
   * @param temporary where these are put if this user has no cache
   */
  public static String classPath(Path classes, Path temporary) throws IOException {
    return classes
        + File.pathSeparator
        + EngineJars.classPath(temporary).stream()
            .map(Path::toString)
            .collect(Collectors.joining(File.pathSeparator));
  }
}
