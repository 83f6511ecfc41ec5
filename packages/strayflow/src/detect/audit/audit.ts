import { formatShare } from "../../base/units.ts";
import type { StageOptions } from "../../base/stage.ts";
import { defaultLimits, entities } from "../../features/behavior/rows.ts";
import type { HashKey } from "../../features/behavior/fingerprint.ts";
import type { Batch } from "../../zeek/batch.ts";
import { DetectorRows, MOST_ROWS } from "../detectors/detector-rows.ts";
import { nothingKnown } from "../detectors/known-pairs.ts";
import { ActivityWatch, type Activity } from "./activity.ts";
import type { AuditFinding, Evidence } from "./finding.ts";
import { HostSums } from "./host-sums.ts";
import { auditLimits } from "./limits.ts";
import { rowMarker, type MarkRows } from "./row-rules.ts";
import { isLikely, sentenceOf, suspectsOf, type Suspect } from "./suspects.ts";

/** Rows in one order, that can be run through again. */
export interface AuditedRows {
  readonly rows: number;
  replay(): AsyncIterable<Batch>;
}

/** What rows that are to be learned from hold beside ordinary traffic. */
export interface Audit {
  readonly rows: number;
  /** Worst first: activities by their rows, then what is only worth knowing. */
  readonly findings: readonly AuditFinding[];
  /** Of the findings that are activities of a host, the parts of their sentences: to word them in another zone, or to look at the rows. */
  readonly subjects: ReadonlyMap<AuditFinding, AuditSubject>;
  /** Whether there is anything that could be left out. */
  readonly isClean: boolean;
  /**
   * Writes 1 for each row that is as suspicious as asked, in the order of the rows. Computed from the row alone, so that it
   * can be asked of any batch. At most half of all rows: beyond that it could not be said which half is the ordinary one.
   */
  isSuspicious(batch: Batch, least: Exclude<Evidence, "remark">, out: Uint8Array): void;
  /** What to say where so much is left out. */
  warnings(least: Exclude<Evidence, "remark">): readonly string[];
}

/** Who did what, and when: log time, seconds since 1970. */
export interface AuditSubject {
  readonly host: string;
  readonly what: string;
  readonly from: number;
  readonly to: number;
}

/**
 * Looks for scans, floods, guessing of passwords, odd hosts and a host that dominates in rows that are to be learned from.
 * One pass with bounded memory; another that counts their rows only where there are such activities. Limits are absolute
 * (`auditLimits`), and hosts are compared with the other hosts of the same data.
 */
export async function auditRows(
  source: AuditedRows,
  { signal, onProgress }: StageOptions = {},
): Promise<Audit> {
  const activities: Activity[] = [];
  const watch = new ActivityWatch((activity) => {
    if (isLikely(activity) && activities.length < MOST_ACTIVITIES) activities.push(activity);
  });
  const hosts = new HostSums();
  const rows = new DetectorRows(auditKey, defaultLimits, entities, nothingKnown());
  let seen = 0;
  for await (const batch of source.replay()) {
    signal?.throwIfAborted();
    for (let from = 0; from < batch.rows; from += MOST_ROWS) {
      rows.prepare(batch, from, Math.min(from + MOST_ROWS, batch.rows));
      watch.add(rows, batch, from);
      hosts.add(rows, batch, from);
    }
    seen += batch.rows;
    onProgress?.({ stage: "audit", rows: seen, total: source.rows });
  }
  watch.finish();

  const { suspects, remarks } = suspectsOf(activities, seen);
  const mark = rowMarker(
    suspects.flatMap(({ rules }, finding) => rules.map((rule) => ({ ...rule, finding }))),
  );
  const counts = suspects.length === 0 ? [] : await countRows(source, mark, suspects.length, signal);
  const found = suspects
    .map((suspect, index) => ({ suspect, index, rows: counts[index]! }))
    .toSorted((a, b) => rank(a.suspect) - rank(b.suspect) || b.rows - a.rows);
  const names = new Set(suspects.map(({ host }) => host));
  const active = found.map(({ suspect, rows: own }) => findingOf(suspect, own, seen));
  const subjects = new Map(active.map((finding, index) => [finding, found[index]!.suspect]));
  const findings = [
    ...active,
    ...remarks,
    ...hosts.oddHosts(MOST_ODD_HOSTS, (host) => names.has(host)),
    ...hosts.dominance(),
  ];
  return openAudit({ rows: seen, findings, subjects }, found, mark);
}

interface Found {
  readonly suspect: Suspect;
  /** Its number in the marks. */
  readonly index: number;
  readonly rows: number;
}

function openAudit(
  audit: Pick<Audit, "rows" | "findings" | "subjects">,
  found: readonly Found[],
  mark: MarkRows,
): Audit {
  const { rows } = audit;
  /** Worst first, as long as not more than half of the rows are left out. */
  const chosen = (least: Evidence) => {
    const inside = new Set<number>();
    let left = 0;
    let beyond = 0;
    for (const { suspect, index, rows: own } of found) {
      if (suspect.evidence === "remark" || (least === "overwhelming" && suspect.evidence !== "overwhelming"))
        continue;
      if (left + own > auditLimits.mostExcluded * rows) {
        beyond += own;
        continue;
      }
      inside.add(index);
      left += own;
    }
    return { inside, left, beyond };
  };
  return {
    ...audit,
    isClean: !found.some(({ suspect }) => suspect.evidence !== "remark"),
    isSuspicious(batch, least, out) {
      const { inside } = chosen(least);
      if (inside.size === 0) {
        out.fill(0, 0, batch.rows);
        return;
      }
      const marks = new Uint16Array(batch.rows);
      mark(batch, marks);
      for (let row = 0; row < batch.rows; row++)
        out[row] = marks[row]! > 0 && inside.has(marks[row]! - 1) ? 1 : 0;
    },
    warnings(least) {
      const { left, beyond } = chosen(least);
      if (beyond > 0) {
        return [
          `${formatShare((left + beyond) / rows)} of the rows look like attacks; at most half are left out, the worst first. Is this ordinary traffic?`,
        ];
      }
      if (left < auditLimits.warnExcluded * rows) return [];
      return [
        `${formatShare(left / rows)} of the rows are left out as suspicious; see that the rest is a whole picture`,
      ];
    },
  };
}

async function countRows(
  source: AuditedRows,
  mark: MarkRows,
  findings: number,
  signal?: AbortSignal,
): Promise<Float64Array> {
  const counts = new Float64Array(findings);
  for await (const batch of source.replay()) {
    signal?.throwIfAborted();
    const marks = new Uint16Array(batch.rows);
    mark(batch, marks);
    for (const finding of marks) if (finding > 0) counts[finding - 1]!++;
  }
  return counts;
}

function findingOf(suspect: Suspect, own: number, all: number): AuditFinding {
  const share = own / all;
  const { kind, evidence } = suspect;
  return { kind, sentence: sentenceOf(suspect, formatShare(share)), rows: own, share, evidence };
}

function rank({ evidence }: Suspect): number {
  return evidence === "remark" ? 1 : 0;
}

/** What is beyond this many is the same story again. */
const MOST_ACTIVITIES = 20_000;
const MOST_ODD_HOSTS = 5;

/** Digits of pi: nothing is known yet that nobody else knows. */
const auditKey: HashKey = [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344];
