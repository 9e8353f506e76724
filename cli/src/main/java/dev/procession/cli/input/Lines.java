package dev.procession.cli.input;

import dev.procession.cli.Reason;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
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
    return new OneByOne() {
      private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      private long number;
      private boolean atEnd;

      @Override
      @Nullable Input read() {
        try {
          while (readBytes()) {
            Input input = ofBytes();
            if (input != null) {
              return input;
            }
          }
          return null;
        } catch (IOException e) {
          throw new UncheckedIOException(name() + " cannot be read on: " + Reason.of(e), e);
        }
      }

      /** Reads up to the next end; false if there is nothing more. */
      private boolean readBytes() throws IOException {
        if (atEnd) {
          return false; // a terminal would begin anew
        }
        bytes.reset();
        int end = zeros ? 0 : '\n';
        int read = in.read();
        while (read >= 0 && read != end) {
          bytes.write(read);
          read = in.read();
        }
        number++;
        atEnd = read < 0;
        return !atEnd || bytes.size() > 0;
      }

      private @Nullable Input ofBytes() {
        String where = (zeros ? "input " : "line ") + number + " of " + name();
        try {
          String text =
              StandardCharsets.UTF_8
                  .newDecoder()
                  .decode(ByteBuffer.wrap(bytes.toByteArray()))
                  .toString();
          text = !zeros && text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
          return !zeros && text.isBlank() ? null : input(text, where);
        } catch (CharacterCodingException e) {
          return Input.unreadable(where, bytes.toString(StandardCharsets.UTF_8), "not UTF-8");
        }
      }

      @Override
      public void close() throws IOException {
        in.close();
      }
    };
  }
}
