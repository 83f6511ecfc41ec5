import { ExpectedError } from "./errors.ts";
import type { ErrorKind } from "./errors.ts";

/** Collects little-endian values into one buffer that grows as needed. The counterpart of `ByteReader`. */
export class ByteWriter {
  #bytes: Uint8Array;
  #view: DataView;
  #length = 0;

  /** What is written within `capacity` bytes is never copied to grow. */
  constructor(capacity = 1024) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  uint8(value: number): void {
    const at = this.#claim(1);
    this.#view.setUint8(at, value);
  }

  uint32(value: number): void {
    const at = this.#claim(4);
    this.#view.setUint32(at, value, true);
  }

  float64(value: number): void {
    const at = this.#claim(8);
    this.#view.setFloat64(at, value, true);
  }

  /** UTF-8, its length in bytes before it. */
  text(value: string): void {
    this.bytes(new TextEncoder().encode(value));
  }

  texts(values: readonly string[]): void {
    this.uint32(values.length);
    for (const value of values) this.text(value);
  }

  /** Raw bytes, their length before them; the array is copied. */
  bytes(values: Uint8Array): void {
    this.uint32(values.length);
    const at = this.#claim(values.length);
    this.#bytes.set(values, at);
  }

  uint32Array(values: Uint32Array): void {
    this.uint32(values.length);
    const at = this.#claim(values.length * 4);
    for (let i = 0; i < values.length; i++) this.#view.setUint32(at + i * 4, values[i]!, true);
  }

  float64Array(values: Float64Array): void {
    this.uint32(values.length);
    const at = this.#claim(values.length * 8);
    for (let i = 0; i < values.length; i++) this.#view.setFloat64(at + i * 8, values[i]!, true);
  }

  /** What was written; the writer is spent afterwards, for its memory is given away. */
  finish(): Uint8Array {
    const used = this.#bytes.subarray(0, this.#length);
    return 2 * used.length > this.#bytes.length ? used : used.slice();
  }

  /** Makes room; may replace the buffer and its view, so it is called before they are used. */
  #claim(size: number): number {
    const at = this.#length;
    this.#length += size;
    if (this.#length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#length, this.#bytes.length * 2));
      larger.set(this.#bytes);
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    return at;
  }
}

/**
 * Reads what `ByteWriter` wrote. Every length is checked before memory is taken, so damaged bytes end in an
 * `ExpectedError` of the given kind that names `what`, and never in a crash or a huge allocation.
 */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #what: string;
  readonly #kind: ErrorKind;
  #at = 0;

  constructor(bytes: Uint8Array, what: string, kind: ErrorKind = "model-damaged") {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#what = what;
    this.#kind = kind;
  }

  uint8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  uint32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  float64(): number {
    return this.#view.getFloat64(this.#take(8), true);
  }

  text(): string {
    const bytes = this.bytes();
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch (cause) {
      throw new ExpectedError(this.#kind, `${this.#what} holds text that is not UTF-8`, undefined, { cause });
    }
  }

  texts(): string[] {
    const count = this.#count(4);
    const values: string[] = [];
    for (let i = 0; i < count; i++) values.push(this.text());
    return values;
  }

  /** A copy, so that the input may be released. */
  bytes(): Uint8Array {
    const length = this.#count(1);
    const at = this.#take(length);
    // A Buffer's own slice would share the memory.
    return Uint8Array.prototype.slice.call(this.#bytes, at, at + length);
  }

  /** The same without a copy: changes, and is kept in memory, with the input. */
  view(): Uint8Array {
    const length = this.#count(1);
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  uint32Array(): Uint32Array {
    const values = new Uint32Array(this.#count(4));
    const at = this.#take(values.length * 4);
    for (let i = 0; i < values.length; i++) values[i] = this.#view.getUint32(at + i * 4, true);
    return values;
  }

  float64Array(): Float64Array {
    const values = new Float64Array(this.#count(8));
    const at = this.#take(values.length * 8);
    for (let i = 0; i < values.length; i++) values[i] = this.#view.getFloat64(at + i * 8, true);
    return values;
  }

  /** Throws unless the condition, which the writer guaranteed, still holds. */
  expect(condition: boolean, found: string): void {
    if (!condition) throw new ExpectedError(this.#kind, `${this.#what} is damaged: ${found}`);
  }

  /** Throws unless every byte was read. */
  end(): void {
    const left = this.#bytes.length - this.#at;
    this.expect(left === 0, `${left} bytes are left after its end`);
  }

  #count(size: number): number {
    const count = this.uint32();
    const left = this.#bytes.length - this.#at;
    this.expect(count * size <= left, `it announces ${count * size} bytes where ${left} are left`);
    return count;
  }

  #take(size: number): number {
    const at = this.#at;
    const left = this.#bytes.length - at;
    this.expect(size <= left, `it ends ${size - left} bytes too early`);
    this.#at = at + size;
    return at;
  }
}
