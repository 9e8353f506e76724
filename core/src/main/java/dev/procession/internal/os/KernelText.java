package dev.procession.internal.os;

import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A small text file that the kernel makes up as it is read, in a buffer that is used again and
 * again: a scan of {@code /proc} reads hundreds of them. For one thread.
 */
final class KernelText {
  private final byte[] bytes;
  private int length;

  /**
   * @param capacity bytes kept of a file; what is beyond is not read
   */
  KernelText(int capacity) {
    bytes = new byte[capacity];
  }

  /** Reads a file; what was read before is gone. False, and empty, if it cannot be read. */
  boolean read(File file) {
    length = 0;
    try (FileInputStream in = new FileInputStream(file)) {
      length = in.readNBytes(bytes, 0, bytes.length);
      return true;
    } catch (IOException e) {
      return false; // no such file on this system, or its process is gone, or not ours to read
    }
  }

  /** The number the file consists of, -1 if it is none, such as {@code max}. */
  long number() {
    return numberAt(0);
  }

  /** The number of the line that begins with the key, -1 if there is none. */
  long number(String key) {
    return numberAt(valueOf(key));
  }

  /** First character of the value of the line that begins with the key, 0 if there is none. */
  char letter(String key) {
    int at = valueOf(key);
    return at < 0 || at == length ? 0 : (char) (bytes[at] & 0xFF);
  }

  /** The number after the last closing parenthesis and one more word, -1 if there is none. */
  long numberAfterName() {
    int at = length - 1;
    while (at >= 0 && bytes[at] != ')') {
      at--; // from the end: the name itself may hold parentheses
    }
    return at < 0 ? -1 : numberAt(at + 1 + " S ".length());
  }

  /** Whether it is one of the file's words, which blanks and line ends part. */
  boolean hasWord(String word) {
    String text = new String(bytes, 0, length, StandardCharsets.UTF_8);
    return Arrays.asList(text.split("\\s+")).contains(word);
  }

  /** Where the value begins in the line of that key, -1 if there is no such line. */
  private int valueOf(String key) {
    byte[] wanted = key.getBytes(StandardCharsets.US_ASCII);
    int line = 0;
    while (line + wanted.length < length) {
      int at = line;
      while (at - line < wanted.length && bytes[at] == wanted[at - line]) {
        at++;
      }
      if (at - line == wanted.length && isGap(bytes[at])) {
        while (at < length && isGap(bytes[at])) {
          at++;
        }
        return at;
      }
      while (line < length && bytes[line] != '\n') {
        line++;
      }
      line++;
    }
    return -1;
  }

  private static boolean isGap(byte letter) {
    return letter == ':' || letter == ' ' || letter == '\t';
  }

  private long numberAt(int start) {
    if (start < 0) {
      return -1;
    }
    long number = 0;
    int at = start;
    while (at < length && bytes[at] >= '0' && bytes[at] <= '9') {
      number = 10 * number + (bytes[at] - '0');
      at++;
    }
    return at == start || number < 0 ? -1 : number;
  }
}
