package dev.procession.internal.wire;

import java.util.regex.Pattern;

/**
 * What the files of one worker in the shared directory are called.
 *
 * @param worker the worker's number
 */
public record WorkerFiles(int worker) {
  /** What the names of segments for the large parts of any worker's calls begin with. */
  public static final String PARTS = "parts";

  private String prefix() {
    return "w" + worker;
  }

  /** The file of the {@link Region}. */
  public String region() {
    return prefix() + ".region";
  }

  /** The file of the {@link LaunchConfig}. */
  public String launch() {
    return prefix() + ".launch";
  }

  /** What the JVM writes when it crashes. */
  public String crashLog() {
    return prefix() + ".hs_err";
  }

  /** The directory of the flight recorder, if the worker's profile is taken. */
  public String flightRecorder() {
    return prefix() + ".jfr";
  }

  /** The JVM's arguments. */
  public String arguments() {
    return prefix() + ".args";
  }

  /** What the names of segments for calls begin with; a number follows. */
  public String callSegments() {
    return prefix() + "c";
  }

  /** What the names of segments for results begin with; a number follows. */
  public String resultSegments() {
    return prefix() + "r";
  }

  /** What the names of buffers that its tasks have made begin with; a number follows. */
  public String buffers() {
    return prefix() + "b";
  }

  /** All of them but the buffers. */
  public Pattern all() {
    return Pattern.compile(prefix() + "(\\..*|[cr][0-9]+)");
  }

  /** The buffers. */
  public Pattern allBuffers() {
    return Pattern.compile(buffers() + "[0-9]+");
  }
}
