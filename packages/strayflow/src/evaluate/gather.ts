import { assert } from "../base/errors.ts";
import { UNSET_BOOLEAN, type Batch, type TextColumn } from "../zeek/batch.ts";
import { numberColumns, textColumns } from "../zeek/builder.ts";
import { copyableLayout, copyLines, writeLines, type Lines } from "./gather-lines.ts";
import { findRuns, shifted, type Piece, type Run } from "./piece.ts";

/**
 * A new batch of rows from any pieces, in the given order. Where all of them are written alike and unchanged, their lines
 * are copied. Otherwise every line is written again as JSON, so that `readRecord` shows what the columns hold; this is
 * done when the text or the uids are first asked for, as it costs more than all else and most readers never ask.
 *
 * @param piece for each row of the result, the index of its piece
 * @param row for each row of the result, its row there
 */
export function gatherRows(pieces: readonly Piece[], piece: Uint32Array, row: Uint32Array): Batch {
  const rows = row.length;
  assert(rows <= 65_535 && piece.length === rows, `a batch cannot be gathered from ${rows} rows`);
  const runs = findRuns(pieces, piece, row);
  const used = [...new Set(runs.map((run) => run.piece))];
  const files = new Set(used.map(({ batch }) => batch.source.file));
  const layout = copyableLayout(used);
  let written = layout === undefined ? undefined : copyLines(runs, rows);
  // Let go once written, so that the pieces' own texts can be freed.
  let unwritten = written === undefined ? runs : undefined;
  const lines = (): Lines => {
    written ??= writeLines(unwritten!, rows);
    unwritten = undefined;
    return written;
  };
  const lineNumber = new Uint32Array(rows);
  for (const run of runs)
    lineNumber.set(run.piece.batch.lineNumber.subarray(run.row, run.row + run.rows), run.at);
  return {
    rows,
    source: {
      file: files.size === 1 ? [...files][0]! : "(several logs)",
      layout: layout ?? { kind: "json" },
    },
    get text() {
      return lines().text;
    },
    get lineStart() {
      return lines().start;
    },
    get lineEnd() {
      return lines().end;
    },
    get uid() {
      return lines().uid;
    },
    lineNumber,
    ...gatherNumbers(runs, rows),
    ...gatherTexts(runs, rows),
    ...gatherEnds(runs, rows),
  };
}

type NumberColumns = Record<(typeof numberColumns)[number], Float64Array>;

function gatherNumbers(runs: readonly Run[], rows: number): NumberColumns {
  const gathered = {} as NumberColumns;
  for (const name of numberColumns) {
    const out = new Float64Array(rows);
    for (const { piece, row, at, rows: count } of runs) {
      out.set(piece.batch[name].subarray(row, row + count), at);
      const { changes } = piece;
      if (changes === undefined) continue;
      if (name === "ts")
        for (let i = at; i < at + count; i++) out[i] = shifted(out[i]!, changes.shiftSeconds);
      else if (changes.strip.includes(name)) out.fill(NaN, at, at + count);
    }
    gathered[name] = out;
  }
  return gathered;
}

type TextColumns = Record<(typeof textColumns)[number], TextColumn>;

function gatherTexts(runs: readonly Run[], rows: number): TextColumns {
  const gathered = {} as TextColumns;
  for (const name of textColumns) {
    const out = new Uint16Array(rows);
    const codeOf = new Map([["", 0]]);
    for (const { piece, row, at, rows: count } of runs) {
      if (name !== "proto" && piece.changes?.strip.includes(name) === true) continue;
      const { codes, values } = piece.batch[name];
      for (let i = 0; i < count; i++) {
        const value = values[codes[row + i]!]!;
        let code = codeOf.get(value);
        if (code === undefined) codeOf.set(value, (code = codeOf.size));
        out[at + i] = code;
      }
    }
    gathered[name] = { codes: out, values: [...codeOf.keys()] };
  }
  return gathered;
}

function gatherEnds(runs: readonly Run[], rows: number) {
  const orig_h = new Uint32Array(4 * rows);
  const resp_h = new Uint32Array(4 * rows);
  const orig_p = new Uint16Array(rows);
  const resp_p = new Uint16Array(rows);
  const local_orig = new Uint8Array(rows);
  const local_resp = new Uint8Array(rows);
  for (const { piece, row, at, rows: count } of runs) {
    const { batch, changes } = piece;
    const end = row + count;
    orig_h.set(batch.orig_h.subarray(4 * row, 4 * end), 4 * at);
    resp_h.set(batch.resp_h.subarray(4 * row, 4 * end), 4 * at);
    orig_p.set(batch.orig_p.subarray(row, end), at);
    resp_p.set(batch.resp_p.subarray(row, end), at);
    local_orig.set(batch.local_orig.subarray(row, end), at);
    local_resp.set(batch.local_resp.subarray(row, end), at);
    if (changes === undefined) continue;
    if (changes.originator !== undefined) {
      for (let i = at; i < at + count; i++) orig_h.set(changes.originator, 4 * i);
    }
    if (changes.localOrig !== undefined) local_orig.fill(changes.localOrig, at, at + count);
    else if (changes.strip.includes("local_orig")) local_orig.fill(UNSET_BOOLEAN, at, at + count);
    if (changes.strip.includes("local_resp")) local_resp.fill(UNSET_BOOLEAN, at, at + count);
  }
  return { orig_h, resp_h, orig_p, resp_p, local_orig, local_resp };
}
