package dev.procession.cluster.internal.submitter;

/** A member has said what cannot be. */
final class MalformedException extends Exception {
  private static final long serialVersionUID = 1;

  MalformedException(String what) {
    super(what);
  }
}
