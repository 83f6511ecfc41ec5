/** Which rows of a stream were flagged: one bit a row, so 6 MB for 50 million. */
export class FlaggedRows {
  #bits = new Uint8Array(1 << 12);
  rows = 0;

  /** Takes the flags of the next batch, 0 or 1 a row. */
  add(flagged: Uint8Array): void {
    const needed = (this.rows + flagged.length + 7) >> 3;
    if (needed > this.#bits.length) {
      const longer = new Uint8Array(Math.max(needed, 2 * this.#bits.length));
      longer.set(this.#bits);
      this.#bits = longer;
    }
    const bits = this.#bits;
    for (let i = 0; i < flagged.length; i++) {
      const row = this.rows + i;
      if (flagged[i] === 1) bits[row >>> 3]! |= 1 << (row & 7);
    }
    this.rows += flagged.length;
  }

  /** @param row from 0, in the order of the stream */
  has(row: number): boolean {
    return row < this.rows && ((this.#bits[row >>> 3]! >> (row & 7)) & 1) === 1;
  }
}
