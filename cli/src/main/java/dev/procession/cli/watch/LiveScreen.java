package dev.procession.cli.watch;

import dev.procession.PoolSnapshot;
import dev.procession.WorkerSnapshot;
import dev.procession.observe.PoolView;
import dev.procession.observe.UnreachablePoolException;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import org.jline.terminal.Attributes;
import org.jline.terminal.Attributes.LocalFlag;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.utils.NonBlockingReader;
import org.jspecify.annotations.Nullable;

/** The pool on a terminal, drawn over and over, with keys. For one thread. */
public final class LiveScreen {
  private static final String TO_START = "\033[H";
  private static final String ERASE_LINE = "\033[K";
  private static final String ERASE_BELOW = "\033[J";
  private static final String OTHER_SCREEN = "\033[?1049h\033[?25l";
  private static final String FIRST_SCREEN = "\033[?25h\033[?1049l";
  private static final String REVERSED = "\033[7m";
  private static final String PLAIN = "\033[0m";
  private static final int ESCAPE = 27;
  private static final long SEQUENCE_MILLIS = 25;

  private static final String KEYS =
      "arrows or j, k: choose a worker   s: its stack   x: stop its task   r: retire it   K: kill it"
          + "   q: quit";

  private final PoolView view;
  private final Terminal terminal;
  private final Duration interval;
  private final PoolScreen screen;

  private PoolScreen.Lines lines = new PoolScreen.Lines(List.of(), "", List.of());
  private int columns = 80;
  private int rows = 24;
  private List<WorkerSnapshot> workers = List.of();
  private int chosen; // number of a worker, which may be gone; 0 for none
  private String said = "";
  private @Nullable List<String> stack; // of the chosen worker, instead of the table
  private int stackTop;

  /**
   * Shows that pool there.
   *
   * @param interval how often it is asked
   */
  public LiveScreen(PoolView view, Terminal terminal, Duration interval) {
    this.view = view;
    this.terminal = terminal;
    this.interval = interval;
    this.screen = new PoolScreen(view.identity());
  }

  /**
   * Shows it until the user quits.
   *
   * @throws UnreachablePoolException when the pool has ended
   */
  public void run() throws IOException {
    Attributes before = terminal.enterRawMode();
    Attributes raw = new Attributes(before);
    raw.setLocalFlags(
        EnumSet.of(LocalFlag.ICANON, LocalFlag.ECHO, LocalFlag.IEXTEN, LocalFlag.ISIG), false);
    terminal.setAttributes(
        raw); // Ctrl-C is a key as well, or it would leave the terminal like this
    Thread restoring = new Thread(() -> restore(before), "restore-terminal");
    Runtime.getRuntime().addShutdownHook(restoring);
    terminal.writer().print(OTHER_SCREEN);
    try {
      NonBlockingReader keys = terminal.reader();
      long asked = System.nanoTime();
      show(view.snapshot(), asked);
      boolean more = true;
      while (more) {
        long left = interval.toMillis() - (System.nanoTime() - asked) / 1_000_000;
        more = handleKeys(keys, Math.max(1, left));
        if (System.nanoTime() - asked >= interval.toNanos()) {
          asked = System.nanoTime();
          show(view.snapshot(), asked);
        }
        draw();
      }
    } finally {
      restore(before);
      Runtime.getRuntime().removeShutdownHook(restoring);
    }
  }

  private void restore(Attributes before) {
    terminal.writer().print(FIRST_SCREEN);
    terminal.writer().flush();
    terminal.setAttributes(before);
  }

  /* ---- Drawing ---- */

  private void show(PoolSnapshot now, long nanoTime) {
    Size size = terminal.getSize();
    columns = size.getColumns() > 0 ? size.getColumns() : 80;
    rows = size.getRows() > 0 ? size.getRows() : 24;
    lines = screen.lines(now, nanoTime, columns);
    workers = now.workers();
    if (chosen == 0 && !workers.isEmpty()) {
      chosen = workers.get(0).number();
    }
    draw();
  }

  private void draw() {
    List<String> shown = new ArrayList<>(lines.pool());
    int room = Math.max(1, rows - shown.size() - 3);
    List<String> dump = stack;
    if (dump != null) {
      stackTop = Math.max(0, Math.min(stackTop, dump.size() - room));
      dump.stream()
          .skip(stackTop)
          .limit(room)
          .map(line -> cut(Figures.printable(line.replace("\t", "    ")), columns))
          .forEach(shown::add);
    } else {
      shown.add(REVERSED + padded(lines.heads(), columns) + PLAIN);
      int at = indexOfChosen();
      int first = Math.max(0, Math.min(at - room / 2, workers.size() - room));
      for (int i = first; i < Math.min(workers.size(), first + room); i++) {
        String line = lines.workers().get(i);
        shown.add(i == at ? REVERSED + padded(line, columns) + PLAIN : line);
      }
    }
    shown.add("");
    shown.add(cut(said.isEmpty() ? keys() : said, columns));
    PrintWriter out = terminal.writer();
    StringBuilder text = new StringBuilder(TO_START);
    for (int i = 0; i < Math.min(shown.size(), rows); i++) {
      text.append(i == 0 ? "" : "\r\n").append(shown.get(i)).append(ERASE_LINE);
    }
    out.print(text.append(ERASE_BELOW));
    out.flush();
  }

  private String keys() {
    return stack == null ? KEYS : "arrows: scroll   any other key: back";
  }

  private static String cut(String line, int columns) {
    return line.length() <= columns ? line : line.substring(0, columns);
  }

  private static String padded(String line, int columns) {
    return cut(line + " ".repeat(Math.max(0, columns - line.length())), columns);
  }

  /** Where the chosen worker is; where it was is -1. */
  private int indexOfChosen() {
    for (int i = 0; i < workers.size(); i++) {
      if (workers.get(i).number() == chosen) {
        return i;
      }
    }
    return -1;
  }

  /* ---- Keys ---- */

  /** Returns false when the user has enough; waits so long for a key at the most. */
  private boolean handleKeys(NonBlockingReader keys, long millis) throws IOException {
    int key = keys.read(millis);
    if (key == NonBlockingReader.READ_EXPIRED) {
      return true;
    }
    said = "";
    if (key == ESCAPE) {
      key = arrow(keys);
    }
    if (key < 0 || key == 'q' || key == 3 || key == 4) { // end of input, Ctrl-C, Ctrl-D
      return false;
    }
    if (stack != null) {
      scroll(key);
      return true;
    }
    switch (key) {
      case 'j' -> choose(1);
      case 'k' -> choose(-1);
      case 's' -> order(() -> stack = view.threads(chosen).lines().toList());
      case 'x' -> order(this::stopTask);
      case 'r' -> order(() -> say("worker " + chosen + " retires", () -> view.retire(chosen)));
      case 'K' -> order(() -> say("worker " + chosen + " is killed", () -> view.kill(chosen)));
      default -> said = KEYS;
    }
    return true;
  }

  /** An arrow as the letter that does the same; escape alone quits. */
  private static int arrow(NonBlockingReader keys) throws IOException {
    int second = keys.read(SEQUENCE_MILLIS);
    if (second != '[' && second != 'O') {
      return 'q';
    }
    return switch (keys.read(SEQUENCE_MILLIS)) {
      case 'A' -> 'k';
      case 'B' -> 'j';
      default -> ' ';
    };
  }

  private void scroll(int key) {
    switch (key) {
      case 'j' -> stackTop++;
      case 'k' -> stackTop--;
      default -> {
        stack = null;
        stackTop = 0;
      }
    }
  }

  private void choose(int step) {
    if (!workers.isEmpty()) {
      int at = Math.max(0, Math.min(workers.size() - 1, indexOfChosen() + step));
      chosen = workers.get(at).number(); // the first, if the one before is gone
    }
  }

  private void stopTask() {
    WorkerSnapshot worker = workers.get(indexOfChosen());
    if (worker.currentTaskId() < 0) {
      said = "worker " + chosen + " runs no task";
    } else {
      boolean stopped = view.cancel(worker.currentTaskId());
      said = "task " + worker.currentTaskId() + (stopped ? " is cancelled" : " has ended");
    }
  }

  private void say(String text, Runnable order) {
    order.run();
    said = text;
  }

  /** Does something with the chosen worker, if there is one; what is against it is said. */
  private void order(Runnable order) {
    if (indexOfChosen() < 0) {
      said = chosen == 0 ? "there is no worker" : "worker " + chosen + " is gone; choose another";
      return;
    }
    try {
      order.run();
    } catch (IllegalArgumentException | UnreachablePoolException e) {
      said = String.valueOf(e.getMessage()); // if the pool has ended, the next snapshot says so
    }
  }
}
