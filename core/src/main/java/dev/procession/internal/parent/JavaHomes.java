package dev.procession.internal.parent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Looks at the JDK or JRE that is to run the workers. */
public final class JavaHomes {
  private static final int OLDEST = 17;
  private static final Pattern VERSION = Pattern.compile("JAVA_VERSION=\"(?:1\\.)?(\\d+)");

  private JavaHomes() {}

  /**
   * Feature version of the JVM in that directory.
   *
   * @throws IllegalArgumentException if there is none, or it is too old
   */
  public static int checkedVersion(Path javaHome) {
    Path java = LaunchCommand.java(javaHome);
    if (!Files.isExecutable(java)) {
      throw new IllegalArgumentException(
          "javaHome must be a Java " + OLDEST + " or later: there is no executable '" + java + "'");
    }
    int version = version(javaHome);
    if (version < OLDEST) {
      throw new IllegalArgumentException(
          "javaHome must be a Java " + OLDEST + " or later, '" + javaHome + "' is Java " + version);
    }
    return version;
  }

  private static int version(Path javaHome) {
    if (javaHome.equals(Path.of(System.getProperty("java.home")))) {
      return Runtime.version().feature();
    }
    try {
      Matcher matcher = VERSION.matcher(Files.readString(javaHome.resolve("release")));
      if (matcher.find()) {
        return Integer.parseInt(matcher.group(1));
      }
    } catch (IOException | RuntimeException e) {
      // A home without that file: an image of the user's own making. The worker will tell.
    }
    return OLDEST;
  }
}
