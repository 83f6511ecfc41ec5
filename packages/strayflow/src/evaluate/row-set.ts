import { ExpectedError } from "../base/errors.ts";
import { formatCount } from "../base/units.ts";
import { compileQuery } from "../query/index.ts";
import type { Batch, TextColumn } from "../zeek/batch.ts";
import { readConnections, type ReadOptions } from "../zeek/index.ts";
import { gatherRows } from "./gather.ts";
import type { Selection } from "./scenario.ts";

/** The selected rows of some logs, in the order in which they were written. */
export interface RowSet {
  readonly batches: readonly Batch[];
  readonly rows: number;
  /** For each row: its batch, its row there, and the clock of the stream when it was written. */
  readonly batch: Uint32Array;
  readonly row: Uint32Array;
  readonly clock: Float64Array;
  /** Rows that were read, and lines that could not be. */
  readonly read: number;
  readonly rejected: number;
}

export interface RowSetOptions extends ReadOptions {
  /** Default 4,000,000: some 3 GB. */
  readonly mostRows?: number | undefined;
}

/** They take 700 bytes each, measured on logs of 22 columns. */
const MOST_ROWS = 4_000_000;

/**
 * Reads logs into memory and keeps the rows that are selected; the others cost none. The clock of a row is the latest
 * end of a connection so far, because Zeek writes a row when, or some time after, its connection ends.
 *
 * Throws `too-few-rows` where nothing is selected, and says what could have been; `usage` where more is than may be held.
 *
 * @param name the scenario's key of the selection, for errors
 */
export async function readRowSet(
  name: string,
  selection: Selection,
  { mostRows = MOST_ROWS, ...options }: RowSetOptions = {},
): Promise<RowSet> {
  const holds = selection.where === undefined ? undefined : compileQuery(selection.where);
  const batches: Batch[] = [];
  const labels = new Map<string, number>();
  const reader = readConnections(selection.logs, options);
  let read = 0;
  let rows = 0;
  for await (const batch of reader) {
    read += batch.rows;
    countLabels(labels, batch);
    const keep = holds?.(batch) ?? new Uint8Array(batch.rows).fill(1);
    if (selection.labels !== undefined) keepLabels(keep, batch, selection.labels);
    const kept = keptRows(batch, keep);
    if (kept.rows === 0) continue;
    rows += kept.rows;
    if (rows > mostRows) throw tooMany(name, selection, mostRows);
    batches.push(kept);
  }
  if (rows === 0) throw nothingSelected(name, selection, read, labels);
  return { batches, rows, ...indexRows(batches, rows), read, rejected: reader.tally.rejected };
}

/** Whether some rows of both come from one file. */
export function shareFiles(a: RowSet, b: RowSet): boolean {
  const files = new Set(a.batches.map(({ source }) => source.file));
  return b.batches.some(({ source }) => files.has(source.file));
}

function tooMany(name: string, { logs }: Selection, mostRows: number): ExpectedError {
  return new ExpectedError(
    "usage",
    `${name} selects more than ${formatCount(mostRows)} connections, which is as many as are held in memory here; give fewer logs, or select fewer of them`,
    { file: logs[0] ?? "" },
  );
}

export function tooFew({ file }: { readonly file: string }, message: string): ExpectedError {
  return new ExpectedError("too-few-rows", message, { file });
}

/** The rows with `keep[row] === 1`; the batch itself where that is all of them. */
function keptRows(batch: Batch, keep: Uint8Array): Batch {
  let count = 0;
  for (const one of keep) count += one;
  if (count === batch.rows) return batch;
  const row = new Uint32Array(count);
  let at = 0;
  for (let i = 0; i < keep.length; i++) if (keep[i] === 1) row[at++] = i;
  return gatherRows([{ batch }], new Uint32Array(count), row);
}

function indexRows(batches: readonly Batch[], rows: number) {
  const batch = new Uint32Array(rows);
  const row = new Uint32Array(rows);
  const clock = new Float64Array(rows);
  let at = 0;
  let now = -Infinity;
  batches.forEach(({ rows: count, ts, duration }, index) => {
    for (let i = 0; i < count; i++, at++) {
      const length = duration[i]!;
      now = Math.max(now, ts[i]! + (length > 0 ? length : 0));
      batch[at] = index;
      row[at] = i;
      clock[at] = now;
    }
  });
  return { batch, row, clock };
}

function keepLabels(keep: Uint8Array, batch: Batch, labels: readonly string[]): void {
  const hits = ({ values }: TextColumn) =>
    Uint8Array.from(values, (value) => (labels.includes(value) ? 1 : 0));
  const label = hits(batch.label);
  const detailed = hits(batch.detailedlabel);
  for (let row = 0; row < keep.length; row++) {
    if (label[batch.label.codes[row]!] === 0 && detailed[batch.detailedlabel.codes[row]!] === 0)
      keep[row] = 0;
  }
}

function countLabels(counts: Map<string, number>, batch: Batch): void {
  for (const { codes, values } of [batch.label, batch.detailedlabel]) {
    for (const code of codes.subarray(0, batch.rows)) {
      if (code !== 0) counts.set(values[code]!, (counts.get(values[code]!) ?? 0) + 1);
    }
  }
}

function nothingSelected(
  name: string,
  selection: Selection,
  read: number,
  labels: ReadonlyMap<string, number>,
) {
  const asked = [
    ...(selection.labels === undefined ? [] : [`labels ${selection.labels.join(", ")}`]),
    ...(selection.where === undefined ? [] : ["where"]),
  ].join(" and ");
  const most = [...labels].sort((a, b) => b[1] - a[1]).slice(0, 8);
  const has =
    most.length === 0
      ? "they carry no labels"
      : `their labels: ${most.map(([l, n]) => `${l} (${n})`).join(", ")}`;
  return new ExpectedError(
    "too-few-rows",
    `${name} selects none of the ${read} rows of its logs${asked === "" ? "" : ` by its ${asked}`}; ${has}`,
    { file: selection.logs[0] ?? "" },
  );
}
