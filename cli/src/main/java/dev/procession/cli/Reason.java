package dev.procession.cli;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/**
 * Why a file cannot be read or written, in words: some of the JDK's messages only name the file.
 */
public final class Reason {
  private Reason() {}

  /** In words. */
  public static String of(IOException failure) {
    if (failure instanceof NoSuchFileException missing) {
      return "no such file or folder: " + missing.getFile();
    }
    if (failure instanceof AccessDeniedException denied) {
      return "no permission for " + denied.getFile();
    }
    if (failure instanceof FileSystemException e && e.getReason() == null) {
      return e.getClass().getSimpleName() + ": " + e.getMessage();
    }
    return String.valueOf(failure.getMessage());
  }
}
