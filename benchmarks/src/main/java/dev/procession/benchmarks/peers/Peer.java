package dev.procession.benchmarks.peers;

import java.util.List;

/**
 * Something to be measured that is installed here.
 *
 * @param id names it in the results: spawn, procession-17
 * @param title names it for people
 * @param version of what it runs on
 * @param command starts its program; measurement, seconds and size follow
 */
record Peer(String id, Kind kind, String title, String version, List<String> command) {
  enum Kind {
    PROCESSION,
    THREADS,
    PP4J,
    PYTHON,
    ENGINE,
    DASK,
    FLOOR
  }
}
