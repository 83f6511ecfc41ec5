import { rejectReasonList, type RejectReason } from "./rejects.ts";

/** What was met while reading; grows while the reading goes on. */
export interface ScanTally {
  /** Connections. */
  rows: number;
  /** Lines that should have been connections and are not, in all and by reason. */
  rejected: number;
  readonly rejectedByReason: Record<RejectReason, number>;
  /** Rows of other logs (dns, http, ...) in the same input. */
  skipped: number;
  /** Columns met, in Zeek's spelling where the program knows them. */
  readonly columns: Set<string>;
  readonly warnings: ReadWarning[];
}

/** Something that a user should know about an input, and that did not stop the reading. */
export interface ReadWarning {
  readonly file: string;
  /** From 1, where it is about one line. */
  readonly line?: number;
  readonly message: string;
}

export function emptyTally(): ScanTally {
  const rejectedByReason = Object.fromEntries(rejectReasonList.map((reason) => [reason, 0]));
  return {
    rows: 0,
    rejected: 0,
    rejectedByReason: rejectedByReason as Record<RejectReason, number>,
    skipped: 0,
    columns: new Set(),
    warnings: [],
  };
}

/** Adds what one input gave to what all of them gave. */
export function addTally(to: ScanTally, from: ScanTally): void {
  to.rows += from.rows;
  to.rejected += from.rejected;
  for (const reason of rejectReasonList) to.rejectedByReason[reason] += from.rejectedByReason[reason];
  to.skipped += from.skipped;
  for (const column of from.columns) to.columns.add(column);
  to.warnings.push(...from.warnings);
}
