import type { ByteReader, ByteWriter } from "../base/bytes.ts";
import type { TextColumn } from "../zeek/batch.ts";

/** How often each text was seen in training. `names` by falling count, then by code unit. */
export interface TextCounts {
  readonly names: readonly string[];
  readonly counts: Float64Array;
  /** Rows in all, also those whose text is not among `names`. */
  readonly total: number;
}

/** Distinct texts that a counter follows; later ones only add to the total. A log can be made to hold any number. */
const MOST_TEXTS = 65_536;

/** Counts texts of included rows, with bounded memory and independently of where batches are cut. */
export class TextCounter {
  readonly #counts = new Map<string, number>();
  #total = 0;

  add(text: string, rows: number): void {
    this.#total += rows;
    const count = this.#counts.get(text);
    if (count !== undefined) this.#counts.set(text, count + rows);
    else if (this.#counts.size < MOST_TEXTS) this.#counts.set(text, rows);
  }

  /** The most frequent `most` texts that were seen at least `least` times. */
  finish(most: number, least = 1): TextCounts {
    const kept = [...this.#counts]
      .filter(([, count]) => count >= least)
      .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
      .slice(0, most);
    return {
      names: kept.map(([name]) => name),
      counts: Float64Array.from(kept, ([, count]) => count),
      total: this.#total,
    };
  }
}

/**
 * Calls `visit(code, rows)` for each distinct value of the column's included rows, in the order in which these rows come
 * (so that a bounded counter gives the same result wherever the stream is cut).
 */
export function countCodes(
  column: TextColumn,
  rows: number,
  include: Uint8Array | undefined,
  visit: (code: number, rows: number) => void,
): void {
  const { codes, values } = column;
  const counts = new Uint32Array(values.length);
  const order: number[] = [];
  for (let row = 0; row < rows; row++) {
    if (include !== undefined && include[row] === 0) continue;
    const code = codes[row]!;
    if (counts[code]!++ === 0) order.push(code);
  }
  for (const code of order) visit(code, counts[code]!);
}

export function encodeTextCounts({ names, counts, total }: TextCounts, out: ByteWriter): void {
  out.texts(names);
  out.float64Array(counts);
  out.float64(total);
}

export function decodeTextCounts(input: ByteReader): TextCounts {
  const names = input.texts();
  const counts = input.float64Array();
  const total = input.float64();
  input.expect(names.length === counts.length, `${names.length} names have ${counts.length} counts`);
  input.expect(new Set(names).size === names.length, "a name comes twice");
  input.expect(isCount(total) && counts.every(isCount), "a count is not a whole number");
  return { names, counts, total };
}

/** True for a whole number that fits a double exactly. */
export function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
