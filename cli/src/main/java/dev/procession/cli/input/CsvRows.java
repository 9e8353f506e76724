package dev.procession.cli.input;

import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.jspecify.annotations.Nullable;

/** Rows of a table as RFC 4180 has it, in UTF-8, whose first row names the columns. */
public final class CsvRows extends StreamInputs {
  private static final CSVFormat FORMAT =
      CSVFormat.RFC4180.builder().setIgnoreEmptyLines(true).get();

  private static final String BYTE_ORDER_MARK = "\uFEFF";

  /**
   * Of that file.
   *
   * @param file its path, or {@code -} for standard input
   * @throws dev.procession.cli.WrongUsageException if there is no such file or it cannot be read
   */
  public CsvRows(String file) {
    super(file);
  }

  /** Names of the columns, if they can be read without taking them from who reads on. */
  public List<String> columns() throws IOException {
    if (!isRegularFile()) {
      return List.of();
    }
    try (Rows rows = open()) {
      return rows.columns;
    }
  }

  @Override
  public Rows open() throws IOException {
    return new Rows(
        CSVParser.builder()
            .setReader(new InputStreamReader(stream(), StandardCharsets.UTF_8.newDecoder()))
            .setFormat(FORMAT)
            .get());
  }

  /** The rows after the first. */
  public final class Rows extends OneByOne {
    private final CSVParser parser;
    private final Iterator<CSVRecord> records;
    private final List<String> columns;
    private boolean broken;

    private Rows(CSVParser parser) throws IOException {
      this.parser = parser;
      this.records = parser.iterator();
      try {
        this.columns = records.hasNext() ? withoutMark(records.next().toList()) : List.of();
      } catch (UncheckedIOException | IllegalStateException e) {
        parser.close();
        throw new IOException(name() + " is no table: " + why(e), e);
      }
    }

    private static List<String> withoutMark(List<String> columns) {
      if (!columns.get(0).startsWith(BYTE_ORDER_MARK)) {
        return columns;
      }
      List<String> cleaned = new ArrayList<>(columns);
      cleaned.set(0, columns.get(0).substring(BYTE_ORDER_MARK.length()));
      return cleaned;
    }

    @Override
    @Nullable Input read() {
      if (broken) {
        return null;
      }
      String where = "line " + (parser.getCurrentLineNumber() + 1) + " of " + name();
      try {
        return records.hasNext() ? input(records.next(), where) : null;
      } catch (UncheckedIOException | IllegalStateException | NoSuchElementException e) {
        broken = true; // where the next row begins nobody knows
        return Input.unreadable(where, "", "no row of a table, nor anything after it: " + why(e));
      }
    }

    private Input input(CSVRecord row, String where) {
      if (row.size() != columns.size()) {
        return Input.unreadable(
            where,
            String.join(",", row.toList()),
            "it has " + row.size() + " columns, the first line " + columns.size());
      }
      Map<String, String> plain = new LinkedHashMap<>();
      for (int i = 0; i < columns.size(); i++) {
        plain.put(columns.get(i), row.get(i));
      }
      return new Input(where, plain);
    }

    @Override
    public void close() throws IOException {
      parser.close();
    }
  }

  private static String why(RuntimeException e) {
    Throwable cause = e.getCause() == null ? e : e.getCause();
    return cause instanceof CharacterCodingException
        ? "it is not UTF-8"
        : String.valueOf(cause.getMessage());
  }
}
