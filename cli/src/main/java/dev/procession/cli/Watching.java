package dev.procession.cli;

import dev.procession.ProcessPoolExecutor;
import dev.procession.dashboard.DashboardServer;
import dev.procession.dashboard.PoolReport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options of a run for what shows its pool and keeps what it did. */
final class Watching {
  @Option(
      names = "--dashboard",
      description = "show the run on a page for browsers of this machine; its address is printed")
  boolean dashboard;

  @Option(
      names = "--port",
      paramLabel = "N",
      description = "with --dashboard: the page's port (default: one that is free)")
  @Nullable Integer port;

  @Option(
      names = "--report",
      paramLabel = "FILE.html",
      description = "at the end, write all that page has into one file to keep")
  @Nullable Path report;

  @Option(
      names = "--trace",
      paramLabel = "FILE.json",
      description = "at the end, write what workers did as a trace for Perfetto")
  @Nullable Path trace;

  /** Fails before any work is done, rather than after. */
  void check() {
    if (port != null && !dashboard) {
      throw new WrongUsageException("--port is for --dashboard");
    }
    for (Path file : new @Nullable Path[] {report, trace}) {
      Path folder = file == null ? null : file.toAbsolutePath().getParent();
      if (folder != null && !Files.isDirectory(folder)) {
        throw new WrongUsageException("cannot write " + file + ": there is no folder " + folder);
      }
      if (file != null && Files.isDirectory(file)) {
        throw new WrongUsageException("cannot write " + file + ": it is a folder");
      }
    }
  }

  /** Begins to watch; to be closed while the pool is still there. */
  Watched start(ProcessPoolExecutor pool, Console console) {
    DashboardServer page = null;
    if (dashboard) {
      try {
        page = DashboardServer.start(pool, port == null ? 0 : port);
      } catch (IllegalArgumentException | UncheckedIOException e) {
        throw new WrongUsageException("--dashboard: " + e.getMessage(), e);
      }
      console.say("procession: dashboard at " + page.address());
    }
    return new Watched(
        page, report == null && trace == null ? null : PoolReport.start(pool), console);
  }

  /** A pool that is being watched. */
  final class Watched implements AutoCloseable {
    private final @Nullable DashboardServer page;
    private final @Nullable PoolReport kept;
    private final Console console;

    private Watched(@Nullable DashboardServer page, @Nullable PoolReport kept, Console console) {
      this.page = page;
      this.kept = kept;
      this.console = console;
    }

    /** Writes what is to be written; a failure of that is told and costs no result. */
    @Override
    public void close() {
      if (kept != null) {
        write(report, kept::write);
        write(trace, kept::writeTrace);
        kept.close();
      }
      if (page != null) {
        page.close();
      }
    }

    private void write(@Nullable Path file, Writing writing) {
      if (file != null) {
        try {
          writing.to(file);
        } catch (IOException e) {
          console.say("procession: cannot write " + file + ": " + Reason.of(e));
        }
      }
    }
  }

  /** Writes into a file. */
  @FunctionalInterface
  private interface Writing {
    void to(Path file) throws IOException;
  }
}
