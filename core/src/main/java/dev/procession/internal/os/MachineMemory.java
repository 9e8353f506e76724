package dev.procession.internal.os;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** How much memory this process and its workers may use together. */
public final class MachineMemory {
  private static final int MEMINFO = 8 << 10;

  private MachineMemory() {}

  /**
   * Bytes: the machine's memory, or less if this process is in a container or cgroup with a limit;
   * -1 if unknown.
   */
  public static long bytes() {
    return bytes(Path.of("/"), toldByJvm());
  }

  /**
   * The least of all that is known. The JVM's own number is one of them and not the answer: it
   * looks at the own cgroup alone, some versions take a limit above the machine's memory for real,
   * and an option turns it off.
   *
   * @param root of the file system
   * @param toldByJvm bytes
   */
  static long bytes(Path root, long toldByJvm) {
    KernelText meminfo = new KernelText(MEMINFO);
    boolean told = meminfo.read(root.resolve("proc/meminfo").toFile());
    LongStream physical = LongStream.of(toldByJvm, told ? meminfo.number("MemTotal") << 10 : -1);
    Cgroups cgroups = new Cgroups(root);
    LongStream limits =
        Stream.concat(
                limits(cgroups.unified().stream(), "memory.max"),
                limits(cgroups.memoryOfVersion1().stream(), "memory.limit_in_bytes"))
            .mapToLong(Long::longValue);
    // Version 1 says "no limit" as a number beyond every machine.
    return LongStream.concat(physical, limits).filter(bytes -> bytes > 0).min().orElse(-1);
  }

  private static Stream<Long> limits(Stream<Cgroups.Place> places, String file) {
    return places
        .flatMap(place -> place.upwards().stream())
        .map(directory -> Cgroups.number(directory, file));
  }

  private static long toldByJvm() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
        ? system.getTotalMemorySize()
        : -1;
  }
}
