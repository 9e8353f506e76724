package dev.procession;

import java.io.PrintStream;

/** Prints each line to the stream of the parent that matches the one it was written to. */
final class PrintingOutputListener implements OutputListener {
  @Override
  public void line(OutputLine line) {
    PrintStream stream = line.error() ? System.err : System.out;
    String task = line.taskId() < 0 ? "" : " " + line.taskName();
    stream.println("[" + line.pool() + " " + line.pid() + task + "] " + line.text());
  }
}
