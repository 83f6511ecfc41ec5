/** How often what is done. */
export interface Pace {
  /** A step is committed after so much time where all there is has been read, */
  readonly commitMillis: number;
  /** and after so much where there is more: fewer and larger steps take less time. */
  readonly busyMillis: number;
  /** or after so many rows or alerts. */
  readonly commitRows: number;
  readonly commitAlerts: number;
  /** The state is saved after so much time in which there were rows, or after so many bytes of journal. */
  readonly snapshotMillis: number;
  readonly snapshotBytes: number;
  /** Status is looked at so often. */
  readonly statusMillis: number;
  /** Without data for so long, and with logs so far behind the clock, somebody should look. */
  readonly quietMinutes: number;
  readonly lateMinutes: number;
}

export const usualPace: Pace = {
  commitMillis: 200,
  busyMillis: 1000,
  commitRows: 32_768,
  commitAlerts: 4096,
  snapshotMillis: 60_000,
  snapshotBytes: 64 << 20,
  statusMillis: 1000,
  quietMinutes: 10,
  lateMinutes: 10,
};
