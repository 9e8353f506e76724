package dev.procession;

/** When {@link ProcessFutures#await} returns. */
public enum ReturnWhen {
  /** When every future is done. */
  ALL_COMPLETED,
  /** When at least one future is done. */
  FIRST_COMPLETED,
  /** When at least one future failed, or all are done. A cancelled future is done but has not failed. */
  FIRST_EXCEPTION
}
