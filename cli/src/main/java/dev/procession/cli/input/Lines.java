package dev.procession.cli.input;

import dev.procession.cli.Reason;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.NoSuchElementException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Inputs that end with a line end or with a zero byte, in UTF-8. */
public class Lines extends StreamInputs {
  private final boolean zeros;

  /**
   * Of that file.
   *
   * @param file its path, or {@code -} for standard input
   * @param zeros whether a zero byte ends each, as {@code find -print0} writes them; a line end
   *     otherwise, and then empty lines are passed over
   * @throws dev.procession.cli.WrongUsageException if there is no such file or it cannot be read
   */
  public Lines(String file, boolean zeros) {
    super(file);
    this.zeros = zeros;
  }

  /** What a line is as an input. */
  Input input(String line, String where) {
    return new Input(where, line);
  }

  @Override
  public Reading open() throws IOException {
    InputStream in = stream();
    return new Reading() {
      private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      private long number;
      private @Nullable Input next;
      private boolean ended;

      @Override
      public boolean hasNext() {
        try {
          while (next == null && !ended) {
            read();
          }
        } catch (IOException e) {
          throw new UncheckedIOException(name() + " cannot be read on: " + Reason.of(e), e);
        }
        return next != null;
      }

      private void read() throws IOException {
        bytes.reset();
        int end = zeros ? 0 : '\n';
        int read = in.read();
        while (read >= 0 && read != end) {
          bytes.write(read);
          read = in.read();
        }
        ended = read < 0;
        if (ended && bytes.size() == 0) {
          return;
        }
        number++;
        String where = (zeros ? "input " : "line ") + number + " of " + name();
        try {
          String text =
              StandardCharsets.UTF_8
                  .newDecoder()
                  .decode(ByteBuffer.wrap(bytes.toByteArray()))
                  .toString();
          text = !zeros && text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
          next = !zeros && text.isBlank() ? null : input(text, where);
        } catch (CharacterCodingException e) {
          next = Input.unreadable(where, bytes.toString(StandardCharsets.UTF_8), "not UTF-8");
        }
      }

      @Override
      public Input next() {
        if (!hasNext()) {
          throw new NoSuchElementException();
        }
        Input given = Objects.requireNonNull(next);
        next = null;
        return given;
      }

      @Override
      public void close() throws IOException {
        in.close();
      }
    };
  }
}
