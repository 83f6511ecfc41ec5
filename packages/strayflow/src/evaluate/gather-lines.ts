import { formatAddress } from "../zeek/address.ts";
import { UNSET_BOOLEAN, type Batch, type RowLayout, type SpanColumn } from "../zeek/batch.ts";
import { readRecord } from "../zeek/record.ts";
import { shifted, type Piece, type RowChanges, type Run } from "./piece.ts";

/** The text of gathered rows. */
export interface Lines {
  readonly text: Uint8Array;
  readonly start: Uint32Array;
  readonly end: Uint32Array;
  readonly uid: SpanColumn;
}

function openLines(rows: number, bytes: number): Lines {
  return {
    text: new Uint8Array(bytes),
    start: new Uint32Array(rows),
    end: new Uint32Array(rows),
    uid: { start: new Uint32Array(rows), end: new Uint32Array(rows) },
  };
}

/** Copies the text of each run in one piece, with whatever stands between its lines. */
export function copyLines(runs: readonly Run[], rows: number): Lines {
  let bytes = 0;
  for (const run of runs) bytes += textEnd(run) - textStart(run);
  const lines = openLines(rows, bytes);
  let to = 0;
  for (const run of runs) {
    const { batch } = run.piece;
    const from = textStart(run);
    const end = textEnd(run);
    lines.text.set(batch.text.subarray(from, end), to);
    for (let i = 0; i < run.rows; i++) {
      lines.start[run.at + i] = batch.lineStart[run.row + i]! - from + to;
      lines.end[run.at + i] = batch.lineEnd[run.row + i]! - from + to;
      lines.uid.start[run.at + i] = batch.uid.start[run.row + i]! - from + to;
      lines.uid.end[run.at + i] = batch.uid.end[run.row + i]! - from + to;
    }
    to += end - from;
  }
  return lines;
}

function textStart({ piece, row }: Run): number {
  return piece.batch.lineStart[row]!;
}

function textEnd({ piece, row, rows }: Run): number {
  return piece.batch.lineEnd[row + rows - 1]!;
}

/** Writes each row anew as a line of JSON. */
export function writeLines(runs: readonly Run[], rows: number): Lines {
  const texts: string[] = [];
  const spans: { uidAt: number; uidEnd: number; bytes: number }[] = [];
  let bytes = 0;
  for (const { piece, row, rows: count } of runs) {
    for (let i = 0; i < count; i++) {
      const { ts, uid, ...others } = changedRecord(piece.batch, row + i, piece.changes);
      const head = `{"ts":${JSON.stringify(ts)}`;
      const name = uid === undefined ? "" : JSON.stringify(uid);
      const rest = JSON.stringify(others).slice(1);
      const text = `${head}${name === "" ? "" : `,"uid":${name}`}${rest === "}" ? rest : `,${rest}`}`;
      const uidAt = head.length + (name === "" ? 0 : `,"uid":"`.length);
      const size = Buffer.byteLength(text);
      texts.push(text);
      spans.push({ uidAt, uidEnd: uidAt + Math.max(0, Buffer.byteLength(name) - 2), bytes: size });
      bytes += size;
    }
  }
  const lines = openLines(rows, bytes);
  const encoder = new TextEncoder();
  let at = 0;
  spans.forEach((span, i) => {
    encoder.encodeInto(texts[i]!, lines.text.subarray(at));
    lines.start[i] = at;
    lines.end[i] = at + span.bytes;
    lines.uid.start[i] = at + span.uidAt;
    lines.uid.end[i] = at + span.uidEnd;
    at += span.bytes;
  });
  return lines;
}

function changedRecord(batch: Batch, row: number, changes: RowChanges | undefined) {
  const record = { ...readRecord(batch, row) };
  // The reader's own value: a log may write its times in other ways.
  record["ts"] = batch.ts[row]!;
  if (changes === undefined) return record;
  record["ts"] = shifted(batch.ts[row]!, changes.shiftSeconds);
  if (changes.originator !== undefined) record["id.orig_h"] = formatAddress(changes.originator, 0);
  if (changes.localOrig !== undefined) {
    if (changes.localOrig === UNSET_BOOLEAN) delete record["local_orig"];
    else record["local_orig"] = changes.localOrig === 1;
  }
  for (const column of changes.strip) {
    if (column !== "local_orig" || changes.localOrig === undefined) delete record[column];
  }
  return record;
}

/** The one layout in which all lines are written, where there is one and no line changes. */
export function copyableLayout(used: readonly Piece[]): RowLayout | undefined {
  const first = used[0]?.batch.source.layout;
  if (used.some(({ changes }) => changes !== undefined)) return undefined;
  // Batches of one file share their layout; those of another file may only look the same.
  const written = JSON.stringify(first);
  const alike = used.every(
    ({ batch }) => batch.source.layout === first || JSON.stringify(batch.source.layout) === written,
  );
  return alike ? first : undefined;
}
