package dev.procession.internal.worker;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * A worker's standard output or error, which tells the parent in the stream itself which task prints.
 *
 * <p>A mark {@code RS token sequence RS} goes before the first bytes that a task prints and, with
 * sequence 0, after its last. Nothing is buffered, so nothing is lost when the process ends. What
 * native code writes to the descriptor passes this class by and carries no marks. Safe for use by
 * several threads.
 */
final class TaskOutput extends OutputStream {
  /** ASCII "record separator". */
  private static final char RS = '\u001e';

  private final FileOutputStream out;
  private final String token;
  private long current; // guarded by this: the task that runs, 0 for none
  private long marked; // guarded by this: what the stream says

  private TaskOutput(FileDescriptor descriptor, String token) {
    this.out = new FileOutputStream(descriptor);
    this.token = token;
  }

  /** Puts marked streams in the place of {@code System.out} and {@code System.err}. */
  static TaskOutput[] install(String token) {
    TaskOutput[] outputs = {
      new TaskOutput(FileDescriptor.out, token), new TaskOutput(FileDescriptor.err, token)
    };
    System.setOut(new PrintStream(outputs[0], /* autoFlush= */ true, StandardCharsets.UTF_8));
    System.setErr(new PrintStream(outputs[1], /* autoFlush= */ true, StandardCharsets.UTF_8));
    return outputs;
  }

  synchronized void taskBegins(long sequence) {
    current = sequence;
  }

  synchronized void taskEnds() {
    current = 0;
    try {
      mark();
    } catch (IOException e) {
      // The stream was closed, by the task or its reader: there is nobody to tell.
    }
  }

  private void mark() throws IOException {
    if (marked != current) {
      marked = current;
      out.write((RS + token + current + RS).getBytes(StandardCharsets.US_ASCII));
    }
  }

  @Override
  public synchronized void write(int b) throws IOException {
    mark();
    out.write(b);
  }

  @Override
  public synchronized void write(byte[] bytes, int offset, int length) throws IOException {
    mark();
    out.write(bytes, offset, length);
  }
}
