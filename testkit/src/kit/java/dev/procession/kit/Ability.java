package dev.procession.kit;

/** What not every backend can do. */
public enum Ability {
  /**
   * A worker is a process: it can be killed, can end itself, and has its own streams and statics.
   */
  PROCESSES
}
