/** How a source is followed. All times are real ones, whatever the clock that is passed in says. */
export interface FollowTimes {
  /** What is being read is looked at so often, and as soon as the file system tells of a change. */
  readonly pollMillis: number;
  /** Folders are looked through so often. */
  readonly sweepMillis: number;
  /** Every file is looked at so often, even where no folder and no time says that anything changed. */
  readonly rescanMillis: number;
  /** A file that was put aside or is compressed, and did not change for so long, is complete. */
  readonly settleMillis: number;
  /** A file that Zeek may write to, and did not change for so long, counts as over; more of it is still read. */
  readonly quietMillis: number;
  /** Compressed data that ends early is damaged once it did not change for so long. */
  readonly damagedMillis: number;
}

export const followTimes: FollowTimes = {
  pollMillis: 75,
  sweepMillis: 1000,
  rescanMillis: 300_000,
  settleMillis: 2000,
  quietMillis: 3_600_000,
  damagedMillis: 600_000,
};
