/** What an audit can find. The first four are activities, whose rows can be left out. */
export type FindingKind = "scan" | "flood" | "brute-force" | "background" | "odd-host" | "one-host";

/**
 * How sure it is that this does not belong among normal traffic: beyond doubt, suspicious, or only worth knowing.
 */
export type Evidence = "overwhelming" | "suspicious" | "remark";

/** One thing that somebody who is about to learn from these rows should know. */
export interface AuditFinding {
  readonly kind: FindingKind;
  /** Who did what to whom, when, and how much of all connections that is; without a full stop. */
  readonly sentence: string;
  /** Connections that belong to it, and their share of all. */
  readonly rows: number;
  readonly share: number;
  readonly evidence: Evidence;
}
