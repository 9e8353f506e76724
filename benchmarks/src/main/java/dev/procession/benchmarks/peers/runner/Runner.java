package dev.procession.benchmarks.peers.runner;

import java.util.HashMap;
import java.util.Map;

/** The {@code main}: measures one thing of one pool and writes the figures to standard output. */
public final class Runner {
  private Runner() {}

  /** A measurement; writes its figures by {@link Figures}. */
  interface Measurement {
    void run(String engine, Settings settings) throws Exception;
  }

  /**
   * How long and how much.
   *
   * @param seconds of each phase of a measurement
   * @param size what the measurement takes it for
   */
  record Settings(double seconds, long size) {
    long nanos() {
      return (long) (seconds * 1e9);
    }
  }

  private static final Map<String, Measurement> MEASUREMENTS = new HashMap<>();

  static {
    MEASUREMENTS.put("round-trip", Tasks::roundTrip);
    MEASUREMENTS.put("pipelined", (engine, settings) -> Tasks.pipelined(engine, settings, 1, 1));
    MEASUREMENTS.put(
        "submitters",
        (engine, settings) -> Tasks.pipelined(engine, settings, 4, Tasks.processors()));
    MEASUREMENTS.put("workers-64", (engine, settings) -> Tasks.pipelined(engine, settings, 1, 64));
    MEASUREMENTS.put("workers-2", (engine, settings) -> Tasks.pipelined(engine, settings, 1, 2));
    MEASUREMENTS.put("map", Tasks::map);
    MEASUREMENTS.put("echo", Tasks::echo);
    MEASUREMENTS.put("millisecond", Tasks::millisecond);
    MEASUREMENTS.put("garbage", Pauses::garbage);
    MEASUREMENTS.put("first", Starts::first);
    MEASUREMENTS.put("first-fresh", Starts::firstFresh);
    MEASUREMENTS.put("first-beside", Starts::firstBeside);
    MEASUREMENTS.put("ready-8", Starts::ready);
    MEASUREMENTS.put("stop", (engine, settings) -> Starts.stop(settings, 0));
    MEASUREMENTS.put("stop-spare", (engine, settings) -> Starts.stop(settings, 1));
    MEASUREMENTS.put("idle", Resting::idle);
    MEASUREMENTS.put("memory", Resting::memory);
    MEASUREMENTS.put("bounded", Resting::bounded);
    MEASUREMENTS.put("pending", Resting::pending);
    MEASUREMENTS.put("watched", Watched::watched);
    MEASUREMENTS.put("cluster-call", (engine, settings) -> Tasks.roundTrip("cluster", settings));
    MEASUREMENTS.put(
        "cluster-tiny", (engine, settings) -> Tasks.pipelined("cluster", settings, 1, 2));
  }

  /** Arguments: pool, measurement, seconds, size. */
  public static void main(String[] args) throws Exception {
    Settings settings = new Settings(Double.parseDouble(args[2]), Long.parseLong(args[3]));
    Measurement measurement = MEASUREMENTS.get(args[1]);
    if (measurement == null) {
      throw new IllegalArgumentException("no measurement is called " + args[1]);
    }
    measurement.run(args[0], settings);
    System.exit(0); // PP4J's threads would keep it
  }
}
