const NEWLINE = 10;
const SPACE = 32;
const HASH = 35;
const MAX_LINE_BYTES = 1 << 20;

/** Gathers from the bytes of a log, in whatever pieces they come, the header that is in force after them. */
export class HeaderLines {
  #lines: Buffer[] = [];
  #partial: Buffer[] = [];
  #partialLength = 0;
  /** In a line of the header that goes on in the next piece. */
  #isInside = false;
  /** Since the last line end there were blanks at most. */
  #isBlank = true;

  push(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    let from = 0;
    if (this.#isInside) from = this.#take(bytes, 0);
    for (let at = bytes.indexOf(HASH, from); at >= 0; at = bytes.indexOf(HASH, from)) {
      from = this.#opensLine(bytes, at) ? this.#take(bytes, at) : at + 1;
    }
    if (this.#isInside) return;
    let end = bytes.length - 1;
    while (end >= 0 && bytes[end] !== NEWLINE && bytes[end]! <= SPACE) end--;
    this.#isBlank = end < 0 ? this.#isBlank : bytes[end] === NEWLINE;
  }

  /** The lines so far, line ends included; empty where there are none, as in JSON. */
  get bytes(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.#lines));
  }

  /** Takes the line that begins or goes on at `at`; returns where the next begins. */
  #take(bytes: Buffer, at: number): number {
    const lineFeed = bytes.indexOf(NEWLINE, at);
    const to = lineFeed < 0 ? bytes.length : lineFeed + 1;
    if (this.#partialLength + to - at <= MAX_LINE_BYTES)
      this.#partial.push(Buffer.from(bytes.subarray(at, to)));
    this.#partialLength += to - at;
    this.#isInside = lineFeed < 0;
    if (!this.#isInside) {
      const line = Buffer.concat(this.#partial);
      this.#partial = [];
      this.#partialLength = 0;
      this.#isBlank = true;
      const name = line.toString("latin1", 0, 16);
      if (name.startsWith("#separator")) this.#lines = [];
      if (!name.startsWith("#close")) this.#lines.push(line);
    }
    return to;
  }

  #opensLine(bytes: Buffer, at: number): boolean {
    let before = at - 1;
    while (before >= 0 && bytes[before] !== NEWLINE && bytes[before]! <= SPACE) before--;
    return before < 0 ? this.#isBlank : bytes[before] === NEWLINE;
  }
}
