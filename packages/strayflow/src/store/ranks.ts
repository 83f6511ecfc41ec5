/** Rank of a value that is unset. */
export const UNSET_RANK = -1;

/** Most columns of a log have few different values, whatever its length: their table stays in the processor's cache. */
const FIRST_SLOTS = 1 << 12;

/**
 * For each value how many different smaller ones there are; `UNSET_RANK` for NaN. Equal values are found by hashing, so
 * that only different ones have to be sorted.
 */
export function denseRanks(values: Float64Array): Int32Array {
  const table = new ValueTable();
  const ranks = new Int32Array(values.length);
  for (let row = 0; row < values.length; row++) {
    const value = values[row]!;
    // Adding 0 turns -0 into 0, which it is equal to.
    ranks[row] = value !== value ? UNSET_RANK : table.add(value + 0);
  }
  const order = table.ranks();
  for (let row = 0; row < ranks.length; row++) {
    const id = ranks[row]!;
    if (id !== UNSET_RANK) ranks[row] = order[id]!;
  }
  return ranks;
}

/** Numbers different values from 0 on, in the order in which they come. */
class ValueTable {
  #values = new Float64Array(FIRST_SLOTS / 2);
  /** Number of the value + 1 at the place of its hash, or behind it. */
  #slots = new Int32Array(FIRST_SLOTS);
  #size = 0;
  readonly #word = new Float64Array(1);
  readonly #halves = new Int32Array(this.#word.buffer);

  add(value: number): number {
    const slots = this.#slots;
    const values = this.#values;
    const mask = slots.length - 1;
    for (let at = this.#place(value); ; at++) {
      const id = slots[at & mask]! - 1;
      if (id < 0) {
        slots[at & mask] = this.#size + 1;
        values[this.#size++] = value;
        if (this.#size === values.length) this.#grow();
        return this.#size - 1;
      }
      if (values[id] === value) return id;
    }
  }

  /** Place of each number's value among all of them in ascending order. */
  ranks(): Int32Array {
    const sorted = this.#values.slice(0, this.#size).sort();
    const ranks = new Int32Array(this.#size);
    for (let rank = 0; rank < sorted.length; rank++) ranks[this.add(sorted[rank]!)] = rank;
    return ranks;
  }

  #place(value: number): number {
    this.#word[0] = value;
    let hash = Math.imul(this.#halves[0]! ^ Math.imul(this.#halves[1]!, 0x9e3779b1), 0x85ebca6b);
    hash ^= hash >>> 15;
    hash = Math.imul(hash, 0xc2b2ae35);
    return (hash ^ (hash >>> 16)) >>> 0;
  }

  #grow(): void {
    const values = new Float64Array(this.#values.length * 4);
    values.set(this.#values);
    this.#values = values;
    const slots = (this.#slots = new Int32Array(values.length * 2));
    const mask = slots.length - 1;
    for (let id = 0; id < this.#size; id++) {
      let at = this.#place(values[id]!);
      while (slots[at & mask] !== 0) at++;
      slots[at & mask] = id + 1;
    }
  }
}

/**
 * Places of the rows that `rows` lists within a column of dense ranks, none of them unset: from 0 on, ties sharing the
 * average of theirs, less the mean of all.
 */
export function averagePlaces(ranks: Int32Array, rows: Int32Array): Float64Array {
  let most = 0;
  for (let i = 0; i < rows.length; i++) most = Math.max(most, ranks[rows[i]!]!);
  const places = new Float64Array(most + 1);
  for (let i = 0; i < rows.length; i++) places[ranks[rows[i]!]!]!++;
  const centre = (rows.length - 1) / 2;
  let before = 0;
  for (let rank = 0; rank <= most; rank++) {
    const ties = places[rank]!;
    places[rank] = before + (ties - 1) / 2 - centre;
    before += ties;
  }
  const out = new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i++) out[i] = places[ranks[rows[i]!]!]!;
  return out;
}

/** Pearson's coefficient of two columns whose means are 0; NaN where one does not vary. */
export function correlateCentred(x: Float64Array, y: Float64Array): number {
  let xx = 0;
  let yy = 0;
  let xy = 0;
  for (let row = 0; row < x.length; row++) {
    const a = x[row]!;
    const b = y[row]!;
    xx += a * a;
    yy += b * b;
    xy += a * b;
  }
  return xx > 0 && yy > 0 ? Math.max(-1, Math.min(1, xy / Math.sqrt(xx * yy))) : NaN;
}
