package dev.procession.cli.sample;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** What a user's class may look like. */
public class Docs {
  private Docs() {}

  /** A result of several parts. */
  public record Count(String file, long words) {}

  public static Count wordCount(Path file) throws IOException {
    String text = Files.readString(file).strip();
    return new Count(file.getFileName().toString(), text.isEmpty() ? 0 : text.split("\\s+").length);
  }

  public static int twice(int value) {
    return 2 * value;
  }

  /** Does to its worker what a text says. */
  public static String mood(String what) throws Exception {
    switch (what) {
      case "crash" -> Runtime.getRuntime().halt(7);
      case "hang" -> {
        while (true) {
          Thread.onSpinWait();
        }
      }
      case "throw" -> throw new IllegalStateException("as asked", new IOException("deeper"));
      case "fill" -> {
        byte[][] all = new byte[1 << 16][];
        for (int i = 0; i < all.length; i++) {
          all[i] = new byte[1 << 20];
        }
        return "" + all.length;
      }
      case "print" -> System.out.println("a line of the task's");
      case "slow" -> Thread.sleep(2_000);
      default -> {
        // It is well.
      }
    }
    return what + " done";
  }

  public static String label(String title, int pages) {
    return title + ":" + pages;
  }

  public static String both(String value) {
    return "text " + value;
  }

  public static String both(int value) {
    return "number " + value;
  }

  public static Map<String, Object> whole(Map<String, Object> row) {
    return Map.of("keys", List.copyOf(row.keySet()));
  }

  /** What a row may be made into. */
  public record Page(String pageTitle, int pageCount) {}

  public static String title(Page page) {
    return page.pageTitle() + "/" + page.pageCount();
  }

  public static long answer() {
    return 42;
  }

  public String notStatic(String value) {
    return value;
  }

  /** Called for each input by one object of a worker. */
  public static class Upper implements java.util.function.Function<String, String> {
    private int calls;

    @Override
    public String apply(String value) {
      calls++;
      return value.toUpperCase(java.util.Locale.ROOT) + (calls > 0 ? "!" : "");
    }
  }

  /** Made for each input. */
  public record Area(double width, double height) implements java.util.concurrent.Callable<Double> {
    @Override
    public Double call() {
      return width * height;
    }
  }
}
