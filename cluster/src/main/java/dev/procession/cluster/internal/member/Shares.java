package dev.procession.cluster.internal.member;

/** How a member divides its workers among its submitters. */
final class Shares {
  private Shares() {}

  /**
   * Gives each that has work the same number of workers, as far as that can be divided; those that
   * have none get what they would have if they had.
   *
   * @param workers how many there are
   * @param hasWork of each submitter
   * @param turn whose turn it is to get what cannot be divided; it moves on with time, so that
   *     where there are more submitters than workers each gets some now and then
   * @return of each submitter, how many workers it has
   */
  static int[] of(int workers, boolean[] hasWork, int turn) {
    int active = 0;
    for (boolean has : hasWork) {
      active += has ? 1 : 0;
    }
    int[] shares = new int[hasWork.length];
    int seen = 0;
    for (int i = 0; i < shares.length; i++) {
      if (hasWork[i]) {
        int place = Math.floorMod(seen++ - turn, active);
        shares[i] = workers / active + (place < workers % active ? 1 : 0);
      } else {
        shares[i] = Math.max(1, workers / (active + 1));
      }
    }
    return shares;
  }
}
