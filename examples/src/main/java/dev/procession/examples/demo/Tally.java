package dev.procession.examples.demo;

import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Adds up what was found, for each module and altogether; for one thread. */
final class Tally {
  /** Sums over class files. */
  record Sums(long classes, long methods, long bytes) {
    static final Sums NONE = new Sums(0, 0, 0);

    Sums plus(Sums other) {
      return new Sums(classes + other.classes, methods + other.methods, bytes + other.bytes);
    }
  }

  /** The sums of one module. */
  record Row(String module, Sums sums) {}

  private final Map<String, Sums> modules = new TreeMap<>();
  private final MessageDigest digest = ClassFacts.newSha256();
  private final List<String> failures = new ArrayList<>();

  void add(ClassFacts facts) {
    modules.merge(facts.module(), new Sums(1, facts.methods(), facts.bytes()), Sums::plus);
    digest.update(facts.sha256());
  }

  void addFailure(String file, Throwable failure) {
    failures.add(file + ": " + failure);
  }

  /** The files that could not be read, each with the reason. */
  List<String> failures() {
    return failures;
  }

  /** Most classes first. */
  List<Row> rows() {
    return modules.entrySet().stream()
        .map(entry -> new Row(entry.getKey(), entry.getValue()))
        .sorted(Comparator.comparingLong((Row row) -> -row.sums.classes))
        .toList();
  }

  Sums total() {
    return sumOf(rows());
  }

  static Sums sumOf(List<Row> rows) {
    return rows.stream().map(Row::sums).reduce(Sums.NONE, Sums::plus);
  }

  /** SHA-256 over the digests of all files in their order; may be asked once. */
  String digestOfAll() {
    return HexFormat.of().formatHex(digest.digest());
  }
}
