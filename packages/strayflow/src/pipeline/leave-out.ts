import type { StageOptions } from "../base/stage.ts";
import { auditRows, type Audit, type AuditFinding } from "../detect/audit/index.ts";
import type { Batch } from "../zeek/index.ts";
import { pickRows } from "../zeek/pick-rows.ts";
import type { ReplayableRows } from "./learn.ts";
import type { PartOfRow } from "./split.ts";

/** Which of the rows that an audit finds suspicious are left out of what is learned from. */
export const exclusions = ["nothing", "overwhelming", "suspicious"] as const;
export type Exclusion = (typeof exclusions)[number];

/** What an audit found, and what was done about it; plain data, as it stands in the manifest. */
export interface AuditReport {
  readonly rows: number;
  readonly findings: readonly AuditFinding[];
  /** Rows that were left out of training and calibration. */
  readonly excluded: number;
  readonly warnings: readonly string[];
}

export interface ExclusionOptions {
  /** Rows that the audit finds suspicious and that are left out; default none. */
  readonly exclude?: Exclusion | undefined;
  /** Deals out the rows that are left, so many of them; they keep their parts where absent. */
  readonly dealAgain?: ((rows: number) => PartOfRow) | undefined;
}

/** Rows to learn from after an audit. */
export interface CleanRows {
  readonly source: ReplayableRows;
  readonly partOf: PartOfRow;
  readonly report: AuditReport;
}

/**
 * Audits rows and leaves out those that are as suspicious as asked: they are neither learned from nor calibrated on, and no
 * host has them in its history. The other rows keep their order.
 */
export async function leaveOut(
  source: ReplayableRows,
  partOf: PartOfRow,
  { exclude: exclusion = "nothing", dealAgain }: ExclusionOptions,
  stage: StageOptions = {},
): Promise<CleanRows> {
  const audit = await auditRows(source, stage);
  const report = { rows: audit.rows, findings: audit.findings, excluded: 0, warnings: [] };
  if (exclusion === "nothing" || audit.isClean) return { source, partOf, report };
  const kept = await keptRows(source, audit, exclusion, stage);
  const excluded = source.rows - kept.length;
  if (excluded === 0) return { source, partOf, report };
  return {
    source: { rows: kept.length, replay: () => replayKept(source, audit, exclusion) },
    partOf: dealAgain?.(kept.length) ?? ((row) => partOf(kept[row]!)),
    report: { ...report, excluded, warnings: audit.warnings(exclusion) },
  };
}

/** The places in the stream of the rows that are left. */
async function keptRows(
  source: ReplayableRows,
  audit: Audit,
  exclusion: Exclude<Exclusion, "nothing">,
  { signal }: StageOptions,
): Promise<Uint32Array> {
  const kept = new Uint32Array(source.rows);
  let seen = 0;
  let count = 0;
  for await (const batch of source.replay()) {
    signal?.throwIfAborted();
    const suspicious = new Uint8Array(batch.rows);
    audit.isSuspicious(batch, exclusion, suspicious);
    for (const one of suspicious) {
      if (one === 0) kept[count++] = seen;
      seen++;
    }
  }
  return kept.slice(0, count);
}

async function* replayKept(
  source: ReplayableRows,
  audit: Audit,
  exclusion: Exclude<Exclusion, "nothing">,
): AsyncGenerator<Batch> {
  for await (const batch of source.replay()) {
    const suspicious = new Uint8Array(batch.rows);
    audit.isSuspicious(batch, exclusion, suspicious);
    const left = pickRows(
      batch,
      suspicious.map((one) => 1 - one),
    );
    if (left.rows > 0) yield left;
  }
}
