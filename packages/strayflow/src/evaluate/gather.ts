import { assert } from "../base/errors.ts";
import type { Batch, RowLayout, TextColumn } from "../zeek/batch.ts";
import { numberColumns, textColumns } from "../zeek/builder.ts";
import { formatAddress } from "../zeek/address.ts";
import { readRecord } from "../zeek/record.ts";

/** Columns that a row can be stripped of. */
export const strippable = [
  ...numberColumns.slice(1),
  ...textColumns.slice(1),
  "local_orig",
  "local_resp",
] as const;

export type StrippableColumn = Exclude<(typeof strippable)[number], "ts" | "proto">;

/** What is changed in the rows of a piece when they are gathered, in the columns as in the text. */
export interface RowChanges {
  /** Added to `ts`. */
  readonly shiftSeconds: number;
  /** The four words of the address that takes the place of `id.orig_h`. */
  readonly originator?: Uint32Array | undefined;
  /** Takes the place of `local_orig`: 0, 1 or 2 for unset. */
  readonly localOrig?: number | undefined;
  /** Columns that become unset. */
  readonly strip: readonly StrippableColumn[];
}

/** A batch that rows are taken from. */
export interface Piece {
  readonly batch: Batch;
  readonly changes?: RowChanges | undefined;
}

/**
 * A new batch of rows from any pieces, in the given order. Where all of them are written alike and unchanged, their lines
 * are copied; otherwise every line is written again as JSON, so that `readRecord` shows what the columns hold.
 *
 * @param piece for each row of the result, the index of its piece
 * @param row for each row of the result, its row there
 */
export function gatherRows(pieces: readonly Piece[], piece: Uint32Array, row: Uint32Array): Batch {
  const rows = row.length;
  assert(rows <= 65_535 && piece.length === rows, `a batch cannot be gathered from ${rows} rows`);
  const used = [...new Set(piece)].map((index) => pieces[index]!);
  const lines = copyableLayout(used) ? copyLines(pieces, piece, row) : writeLines(pieces, piece, row);
  const files = new Set(used.map(({ batch }) => batch.source.file));
  return {
    rows,
    source: { file: files.size === 1 ? [...files][0]! : "(several logs)", layout: lines.layout },
    text: lines.text,
    lineStart: lines.start,
    lineEnd: lines.end,
    lineNumber: Uint32Array.from(row, (from, i) => pieces[piece[i]!]!.batch.lineNumber[from]!),
    uid: { start: lines.uidStart, end: lines.uidEnd },
    ...gatherNumbers(pieces, piece, row),
    ...gatherTexts(pieces, piece, row),
    ...gatherEnds(pieces, piece, row),
  };
}

type NumberColumns = Record<(typeof numberColumns)[number], Float64Array>;

function gatherNumbers(pieces: readonly Piece[], piece: Uint32Array, row: Uint32Array): NumberColumns {
  const gathered = {} as NumberColumns;
  for (const name of numberColumns) {
    const out = new Float64Array(row.length);
    for (let i = 0; i < row.length; i++) {
      const { batch, changes } = pieces[piece[i]!]!;
      const value = batch[name][row[i]!]!;
      if (changes === undefined) out[i] = value;
      else if (name === "ts") out[i] = shifted(value, changes.shiftSeconds);
      else out[i] = changes.strip.includes(name) ? NaN : value;
    }
    gathered[name] = out;
  }
  return gathered;
}

type TextColumns = Record<(typeof textColumns)[number], TextColumn>;

function gatherTexts(pieces: readonly Piece[], piece: Uint32Array, row: Uint32Array): TextColumns {
  const gathered = {} as TextColumns;
  for (const name of textColumns) {
    const codes = new Uint16Array(row.length);
    const codeOf = new Map([["", 0]]);
    for (let i = 0; i < row.length; i++) {
      const { batch, changes } = pieces[piece[i]!]!;
      if (name !== "proto" && changes?.strip.includes(name) === true) continue;
      const column = batch[name];
      const value = column.values[column.codes[row[i]!]!]!;
      let code = codeOf.get(value);
      if (code === undefined) codeOf.set(value, (code = codeOf.size));
      codes[i] = code;
    }
    gathered[name] = { codes, values: [...codeOf.keys()] };
  }
  return gathered;
}

function gatherEnds(pieces: readonly Piece[], piece: Uint32Array, row: Uint32Array) {
  const rows = row.length;
  const orig_h = new Uint32Array(4 * rows);
  const resp_h = new Uint32Array(4 * rows);
  const orig_p = new Uint16Array(rows);
  const resp_p = new Uint16Array(rows);
  const local_orig = new Uint8Array(rows);
  const local_resp = new Uint8Array(rows);
  for (let i = 0; i < rows; i++) {
    const { batch, changes } = pieces[piece[i]!]!;
    const from = row[i]!;
    orig_h.set(changes?.originator ?? batch.orig_h.subarray(4 * from, 4 * from + 4), 4 * i);
    resp_h.set(batch.resp_h.subarray(4 * from, 4 * from + 4), 4 * i);
    orig_p[i] = batch.orig_p[from]!;
    resp_p[i] = batch.resp_p[from]!;
    const stripped = changes?.strip ?? [];
    local_orig[i] = changes?.localOrig ?? (stripped.includes("local_orig") ? 2 : batch.local_orig[from]!);
    local_resp[i] = stripped.includes("local_resp") ? 2 : batch.local_resp[from]!;
  }
  return { orig_h, resp_h, orig_p, resp_p, local_orig, local_resp };
}

interface Lines {
  readonly layout: RowLayout;
  readonly text: Uint8Array;
  readonly start: Uint32Array;
  readonly end: Uint32Array;
  readonly uidStart: Uint32Array;
  readonly uidEnd: Uint32Array;
}

function copyableLayout(used: readonly Piece[]): boolean {
  if (used.some(({ changes }) => changes !== undefined)) return false;
  const first = used[0]?.batch.source.layout;
  // Batches of one file share their layout; those of another file may only look the same.
  const written = JSON.stringify(first);
  return used.every(
    ({ batch }) => batch.source.layout === first || JSON.stringify(batch.source.layout) === written,
  );
}

function openLines(rows: number, layout: RowLayout, bytes: number): Lines {
  return {
    layout,
    text: new Uint8Array(bytes),
    start: new Uint32Array(rows),
    end: new Uint32Array(rows),
    uidStart: new Uint32Array(rows),
    uidEnd: new Uint32Array(rows),
  };
}

function copyLines(pieces: readonly Piece[], piece: Uint32Array, row: Uint32Array): Lines {
  let bytes = 0;
  for (let i = 0; i < row.length; i++) {
    const { lineStart, lineEnd } = pieces[piece[i]!]!.batch;
    bytes += lineEnd[row[i]!]! - lineStart[row[i]!]!;
  }
  const layout: RowLayout = row.length === 0 ? { kind: "json" } : pieces[piece[0]!]!.batch.source.layout;
  const lines = openLines(row.length, layout, bytes);
  let at = 0;
  for (let i = 0; i < row.length; i++) {
    const { batch } = pieces[piece[i]!]!;
    const from = row[i]!;
    const start = batch.lineStart[from]!;
    const end = batch.lineEnd[from]!;
    lines.text.set(batch.text.subarray(start, end), at);
    lines.start[i] = at;
    lines.end[i] = at + end - start;
    lines.uidStart[i] = batch.uid.start[from]! + at - start;
    lines.uidEnd[i] = batch.uid.end[from]! + at - start;
    at += end - start;
  }
  return lines;
}

function writeLines(pieces: readonly Piece[], piece: Uint32Array, row: Uint32Array): Lines {
  const written: {
    readonly line: string;
    readonly uidAt: number;
    readonly uidEnd: number;
    readonly bytes: number;
  }[] = [];
  let bytes = 0;
  for (let i = 0; i < row.length; i++) {
    const { batch, changes } = pieces[piece[i]!]!;
    const { ts, uid, ...others } = changedRecord(batch, row[i]!, changes);
    const head = `{"ts":${JSON.stringify(ts)}`;
    const name = uid === undefined ? "" : JSON.stringify(uid);
    const rest = JSON.stringify(others).slice(1);
    const line = `${head}${name === "" ? "" : `,"uid":${name}`}${rest === "}" ? rest : `,${rest}`}`;
    const uidAt = head.length + (name === "" ? 0 : `,"uid":"`.length);
    const size = Buffer.byteLength(line);
    written.push({ line, uidAt, uidEnd: uidAt + Math.max(0, Buffer.byteLength(name) - 2), bytes: size });
    bytes += size;
  }
  const lines = openLines(row.length, { kind: "json" }, bytes);
  const encoder = new TextEncoder();
  let at = 0;
  written.forEach((one, i) => {
    encoder.encodeInto(one.line, lines.text.subarray(at));
    lines.start[i] = at;
    lines.end[i] = at + one.bytes;
    lines.uidStart[i] = at + one.uidAt;
    lines.uidEnd[i] = at + one.uidEnd;
    at += one.bytes;
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
    if (changes.localOrig === 2) delete record["local_orig"];
    else record["local_orig"] = changes.localOrig === 1;
  }
  for (const column of changes.strip) {
    if (column !== "local_orig" || changes.localOrig === undefined) delete record[column];
  }
  return record;
}

/** Rounded to the microsecond, which is all that Zeek writes. */
function shifted(ts: number, seconds: number): number {
  return seconds === 0 ? ts : Math.round((ts + seconds) * 1e6) / 1e6;
}
