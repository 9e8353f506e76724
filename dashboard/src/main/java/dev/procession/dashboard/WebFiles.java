package dev.procession.dashboard;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The files that the page is made of; they lie beside this class. */
final class WebFiles {
  private static final String HTML = "text/html; charset=utf-8";
  private static final String SCRIPT = "text/javascript; charset=utf-8";
  private static final String STYLE = "text/css; charset=utf-8";

  private static final List<String> STYLES = List.of("uPlot.min.css", "style.css");
  private static final List<String> SCRIPTS =
      List.of("uPlot.iife.min.js", "format.js", "stream.js", "charts.js", "flame.js", "app.js");

  private static final Map<String, String> TYPES =
      Map.of(
          "index.html", HTML,
          "icon.svg", "image/svg+xml",
          "uPlot.min.css", STYLE,
          "style.css", STYLE,
          "uPlot.iife.min.js", SCRIPT,
          "format.js", SCRIPT,
          "stream.js", SCRIPT,
          "charts.js", SCRIPT,
          "flame.js", SCRIPT,
          "app.js", SCRIPT);

  private WebFiles() {}

  /** The media type of a file, null if there is none of that name. */
  static @Nullable String typeOf(String name) {
    return TYPES.get(name);
  }

  /** A file of those that have a type. */
  static byte[] read(String name) {
    try (InputStream in = WebFiles.class.getResourceAsStream("web/" + name)) {
      if (in == null) {
        throw new IllegalStateException("the dashboard was built without " + name);
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String text(String name) {
    return new String(read(name), StandardCharsets.UTF_8);
  }

  /**
   * The page with all its parts in it, and with data instead of a server.
   *
   * @param json in which texts are escaped so that they can stand in a page
   */
  static String pageWith(String json) {
    String page = text("index.html");
    for (String style : STYLES) {
      page =
          page.replace(
              "<link rel=\"stylesheet\" href=\"" + style + "\">",
              "<style>" + text(style) + "</style>");
    }
    for (String script : SCRIPTS) {
      page =
          page.replace(
              "<script src=\"" + script + "\"></script>", "<script>" + text(script) + "</script>");
    }
    page =
        page.replace(
            "<link rel=\"icon\" href=\"icon.svg\">", "<link rel=\"icon\" href=\"data:,\">");
    return page.replace(
        "<script type=\"application/json\" id=\"data\"></script>",
        "<script type=\"application/json\" id=\"data\">" + json + "</script>");
  }
}
