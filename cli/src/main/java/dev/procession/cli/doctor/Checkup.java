package dev.procession.cli.doctor;

import java.nio.file.Path;
import java.util.stream.Stream;

/** Everything that is looked at, one after another. */
public final class Checkup {
  private Checkup() {}

  /** Looks, as the stream is read; the last one starts a pool. */
  public static Stream<Finding> findings() {
    boolean linux = System.getProperty("os.name", "").equals("Linux");
    MachineChecks machine = new MachineChecks(new SystemFiles(Path.of("/")), linux);
    return Stream.concat(JavaChecks.all(), Stream.concat(machine.all(), PoolChecks.all()));
  }
}
