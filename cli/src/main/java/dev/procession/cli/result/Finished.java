package dev.procession.cli.result;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import dev.procession.cli.WrongUsageException;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The inputs that a file of results has already: how often each. */
public final class Finished {
  /** How each result begins; a torn last line is a part of that, or goes on after it. */
  private static final String BEGINNING = "{\"" + Result.INPUT + "\":";

  private final Map<String, Integer> times = new HashMap<>();
  private long count;

  /** Nothing yet. */
  public Finished() {}

  /**
   * Reads results that an earlier run wrote. A last line without an end, which a run that was
   * killed leaves, is taken out of the file; nothing of a file that is anything else.
   *
   * @param failedToo whether what failed is finished as well
   * @throws WrongUsageException if it is not a file of results
   */
  public static Finished readFrom(Path file, boolean failedToo) throws IOException {
    Finished finished = new Finished();
    long whole = 0; // bytes of lines with an end
    long number = 0;
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
      int read;
      while ((read = in.read()) >= 0) {
        if (read != '\n') {
          line.write(read);
          continue;
        }
        number++;
        whole += line.size() + 1;
        String text = text(line, number, file);
        if (!text.isBlank()) {
          finished.add(result(text, number, file), failedToo);
        }
        line.reset();
      }
    }
    if (line.size() > 0) {
      cutTornLine(line.toString(StandardCharsets.UTF_8), number + 1, file, whole);
    }
    return finished;
  }

  private static String text(ByteArrayOutputStream line, long number, Path file) {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(line.toByteArray()))
          .toString();
    } catch (CharacterCodingException e) {
      throw noResult(number, file);
    }
  }

  private static void cutTornLine(String line, long number, Path file, long whole)
      throws IOException {
    if (!line.startsWith(BEGINNING) && !BEGINNING.startsWith(line)) {
      throw noResult(number, file);
    }
    try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
      bytes.setLength(whole);
    }
  }

  private static JsonObject result(String line, long number, Path file) {
    try {
      JsonElement element = Json.parse(line);
      if (element instanceof JsonObject object
          && object.has(Result.INPUT)
          && object.has(Result.OUTCOME)) {
        return object;
      }
    } catch (JsonParseException e) {
      // Said below.
    }
    throw noResult(number, file);
  }

  private static WrongUsageException noResult(long number, Path file) {
    return new WrongUsageException(
        "line "
            + number
            + " of "
            + file
            + " is no result of this command; --resume goes on with a file that it wrote");
  }

  private void add(JsonObject result, boolean failedToo) {
    if (failedToo || result.get(Result.OUTCOME).getAsString().equals(Result.OK)) {
      times.merge(result.get(Result.INPUT).toString(), 1, Integer::sum);
      count++;
    }
  }

  /** How many were read. */
  public long count() {
    return count;
  }

  /** Whether that input is among them; each time it is asked for counts. */
  public boolean take(@Nullable Object input) {
    if (times.isEmpty()) {
      return false;
    }
    String key = Json.of(input).toString();
    Integer left = times.get(key);
    if (left == null) {
      return false;
    }
    if (left == 1) {
      times.remove(key);
    } else {
      times.put(key, left - 1);
    }
    return true;
  }
}
