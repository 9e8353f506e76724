package dev.procession.internal.os;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** Where the memory cgroups of this process lie in the file system; nowhere but on Linux. */
final class Cgroups {
  /* Fields of a line of /proc/self/mountinfo: those before " - " and those after it. */
  private static final int MOUNT_ROOT = 3;
  private static final int MOUNT_POINT = 4;
  private static final int TYPE = 0;
  private static final int OPTIONS = 2;

  private final Path root;
  private final List<String> memberships;
  private final List<String> mounts;

  /**
   * @param root of the file system
   */
  Cgroups(Path root) {
    this.root = root;
    memberships = lines(root.resolve("proc/self/cgroup"));
    mounts = lines(root.resolve("proc/self/mountinfo"));
  }

  /**
   * This process's place in a hierarchy.
   *
   * @param top the highest directory that can be seen from here
   * @param own the directory of this process's cgroup, {@code top} or somewhere below
   */
  record Place(Path top, Path own) {
    /** From the own directory up to the top. */
    List<Path> upwards() {
      List<Path> path = new ArrayList<>();
      for (Path next = own; next != null && next.startsWith(top); next = next.getParent()) {
        path.add(next);
      }
      return path;
    }
  }

  /** In the one hierarchy of version 2. */
  Optional<Place> unified() {
    return place("0::", fields -> fields[TYPE].equals("cgroup2"));
  }

  /** In version 1's hierarchy of the memory controller. */
  Optional<Place> memoryOfVersion1() {
    return memberships.stream()
        .map(line -> line.split(":", 3))
        .filter(parts -> parts.length == 3 && lists(parts[1], "memory"))
        .findFirst()
        .flatMap(
            parts ->
                place(
                    parts[0] + ":" + parts[1] + ":",
                    fields -> fields[TYPE].equals("cgroup") && lists(fields[OPTIONS], "memory")));
  }

  private static boolean lists(String commaSeparated, String wanted) {
    return Arrays.asList(commaSeparated.split(",")).contains(wanted);
  }

  private Optional<Place> place(String beginning, Predicate<String[]> isWanted) {
    return memberships.stream()
        .filter(line -> line.startsWith(beginning))
        .findFirst()
        .map(line -> line.substring(beginning.length()))
        .flatMap(
            cgroup ->
                mounts.stream()
                    .map(line -> line.split(" - ", 2))
                    .filter(halves -> halves.length == 2)
                    .filter(halves -> isWanted.test(halves[1].concat(" ? ?").split(" ")))
                    .findFirst()
                    .map(halves -> placeUnder(halves[0].split(" "), cgroup)));
  }

  private Place placeUnder(String[] mount, String cgroup) {
    Path top = root.resolve(mount[MOUNT_POINT].replaceFirst("^/+", "")).normalize();
    // In a container the mount may begin at the container's own cgroup, which is then at the top.
    String mountRoot = mount[MOUNT_ROOT].equals("/") ? "" : mount[MOUNT_ROOT];
    if (!(cgroup + "/").startsWith(mountRoot + "/")) {
      return new Place(top, top);
    }
    String below = cgroup.substring(mountRoot.length()).replaceFirst("^/+", "");
    Path own =
        top.resolve(below).normalize(); // "/.." is a cgroup outside of what is seen from here
    return own.startsWith(top) && Files.isDirectory(own)
        ? new Place(top, own)
        : new Place(top, top);
  }

  private static List<String> lines(Path file) {
    try {
      return new String(Files.readAllBytes(file), StandardCharsets.UTF_8).lines().toList();
    } catch (IOException e) {
      return List.of();
    }
  }

  /** The number a file of a cgroup consists of; -1 if it says {@code max} or is not there. */
  static long number(Path directory, String name) {
    KernelText text = new KernelText(64);
    return text.read(new File(directory.toString(), name)) ? text.number() : -1;
  }
}
