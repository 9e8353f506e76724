package dev.procession.benchmarks.peers;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a run has measured, as it is kept in results.json.
 *
 * @param date when, as ISO 8601
 * @param machine on what
 * @param quick whether it was a short run
 * @param peers what was there, by id
 * @param figures one for each work and peer
 */
record Results(
    String date, String machine, boolean quick, Map<String, Named> peers, List<Figure> figures) {

  /** A peer's title and version. */
  record Named(String title, String version) {}

  /**
   * What one peer did at one work.
   *
   * @param median the median of the rounds
   * @param rounds each round's median
   * @param others more that was measured, of the last round
   */
  record Figure(
      String work, String peer, double median, List<Double> rounds, Map<String, Double> others) {
    /** How far the rounds lie apart, as part of the median. */
    double spread() {
      double least = rounds.stream().mapToDouble(Double::doubleValue).min().orElse(median);
      double most = rounds.stream().mapToDouble(Double::doubleValue).max().orElse(median);
      return median == 0 ? 0 : (most - least) / median;
    }
  }

  /** Begins the ids of Procession; the feature release of the JDK follows. */
  static final String OURS = "procession-";

  private static final ObjectMapper MAPPER =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  Optional<Figure> figure(Work work, String peer) {
    return figures.stream()
        .filter(figure -> figure.work().equals(work.id) && figure.peer().equals(peer))
        .findFirst();
  }

  List<Figure> of(Work work) {
    return figures.stream().filter(figure -> figure.work().equals(work.id)).toList();
  }

  /** Whether they are those of a cluster. */
  boolean isOnCluster() {
    return figures.stream()
        .anyMatch(figure -> Work.of(figure.work()).filter(Work::isOnCluster).isPresent());
  }

  /** Whether that is the id of Procession, on whatever JDK. */
  static boolean isOurs(String peer) {
    return peer.startsWith(OURS);
  }

  /** The feature releases on which Procession was measured: 17, 25. */
  List<String> javas() {
    return peers.keySet().stream()
        .filter(Results::isOurs)
        .map(peer -> peer.substring(OURS.length()))
        .sorted()
        .toList();
  }

  void write(Path file) throws IOException {
    try {
      Files.writeString(file, MAPPER.writeValueAsString(this) + "\n");
    } catch (JsonProcessingException e) {
      throw new AssertionError(e); // records of numbers and text
    }
  }

  static Results read(Path file) throws IOException {
    return MAPPER.readValue(Files.readString(file), Results.class);
  }
}
