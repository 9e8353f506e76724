package dev.procession.cluster.internal.link;

import java.util.function.BooleanSupplier;

/** How many bytes may be on a way at a time; but one message at least. Any thread may call it. */
public final class Window {
  private static final long LOOK_MILLIS = 100;

  // Guarded by this.
  private long most;
  private long held;
  private boolean ending;
  private boolean shut;

  /** Open, with nothing on the way. */
  public Window(long most) {
    this.most = most;
  }

  /** Waits until there is room for so much; false if there never will be any more. */
  public boolean enter(int bytes) throws InterruptedException {
    return enter(bytes, () -> false);
  }

  /**
   * As the other method, but waits no longer once something is so.
   *
   * @param isUrgent whether it is; asked several times a second, with a lock held
   */
  public synchronized boolean enter(int bytes, BooleanSupplier isUrgent)
      throws InterruptedException {
    while (!hasRoom(bytes) && !ending && !shut && !isUrgent.getAsBoolean()) {
      wait(LOOK_MILLIS);
    }
    if (shut || (ending && !hasRoom(bytes))) {
      return false;
    }
    held += bytes;
    return true;
  }

  /** As the other methods, without waiting: false if there is no room. */
  public synchronized boolean tryEnter(int bytes) {
    if (shut || !hasRoom(bytes)) {
      return false;
    }
    held += bytes;
    return true;
  }

  private boolean hasRoom(int bytes) {
    return held == 0 || held + bytes <= most;
  }

  /** So much has arrived. */
  public synchronized void leave(long bytes) {
    held = Math.max(0, held - bytes); // some may be of a window before
    notifyAll();
  }

  /** As if all had arrived. */
  public synchronized void forgive() {
    held = 0;
    notifyAll();
  }

  /** Nobody waits any more: so much gets through besides, and nothing beyond that. */
  public synchronized void end(long bytes) {
    most += bytes;
    ending = true;
    notifyAll();
  }

  /** Nobody waits any more, and nothing gets through. */
  public synchronized void shut() {
    shut = true;
    notifyAll();
  }
}
