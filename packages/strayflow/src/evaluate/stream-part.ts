import type { Piece, RowChanges } from "./piece.ts";
import type { RowSet } from "./row-set.ts";

/** Rows of one origin that go into a stream together, in order. */
export interface StreamPart {
  readonly pieces: readonly Piece[];
  /** For each row of the part: its piece, its row there, and when it was written, in the stream's time. */
  readonly piece: Uint32Array;
  readonly row: Uint32Array;
  readonly clock: Float64Array;
  readonly truth: Uint16Array;
}

export function partOf(set: RowSet): StreamPart {
  return {
    pieces: set.batches.map((batch) => ({ batch })),
    piece: set.batch,
    row: set.row,
    clock: set.clock,
    truth: new Uint16Array(set.rows),
  };
}

export function moved(part: StreamPart, changes: RowChanges | undefined): StreamPart {
  if (changes === undefined) return part;
  return {
    ...part,
    pieces: part.pieces.map(({ batch }) => ({ batch, changes })),
    clock: part.clock.map((time) => time + changes.shiftSeconds),
  };
}

export function shiftBy(seconds: number): RowChanges | undefined {
  return seconds === 0 ? undefined : { shiftSeconds: seconds, strip: [] };
}

export function slicePart(part: StreamPart, from: number, to: number): StreamPart {
  return {
    pieces: part.pieces,
    piece: part.piece.subarray(from, to),
    row: part.row.subarray(from, to),
    clock: part.clock.subarray(from, to),
    truth: part.truth.subarray(from, to),
  };
}

export function pickRows(part: StreamPart, holds: (i: number) => boolean): StreamPart {
  return {
    pieces: part.pieces,
    piece: part.piece.filter((_, i) => holds(i)),
    row: part.row.filter((_, i) => holds(i)),
    clock: part.clock.filter((_, i) => holds(i)),
    truth: part.truth.filter((_, i) => holds(i)),
  };
}

/**
 * Two parts in one stream: each keeps its own order, and of the two rows that are next the one that was written first
 * goes first.
 *
 * @param sameLogs the parts are rows of the same, unmoved logs: line numbers decide within a file
 */
export function mergeParts(a: StreamPart, b: StreamPart, sameLogs: boolean): StreamPart {
  const rows = a.row.length + b.row.length;
  const piece = new Uint32Array(rows);
  const row = new Uint32Array(rows);
  const clock = new Float64Array(rows);
  const truth = new Uint16Array(rows);
  for (let at = 0, i = 0, j = 0; at < rows; at++) {
    const fromA = j === b.row.length || (i < a.row.length && goesFirst(a, i, b, j, sameLogs));
    const part = fromA ? a : b;
    const from = fromA ? i++ : j++;
    piece[at] = part.piece[from]! + (fromA ? 0 : a.pieces.length);
    row[at] = part.row[from]!;
    clock[at] = part.clock[from]!;
    truth[at] = part.truth[from]!;
  }
  return { pieces: [...a.pieces, ...b.pieces], piece, row, clock, truth };
}

function goesFirst(a: StreamPart, i: number, b: StreamPart, j: number, sameLogs: boolean): boolean {
  if (sameLogs) {
    const one = a.pieces[a.piece[i]!]!.batch;
    const other = b.pieces[b.piece[j]!]!.batch;
    if (one.source.file === other.source.file)
      return one.lineNumber[a.row[i]!]! <= other.lineNumber[b.row[j]!]!;
  }
  return a.clock[i]! <= b.clock[j]!;
}
