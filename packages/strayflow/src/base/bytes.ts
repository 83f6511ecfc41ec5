import { ExpectedError } from "./errors.ts";
import type { ErrorKind } from "./errors.ts";

/**
 * Collects little-endian values. The counterpart of `ByteReader`. Nothing is moved to make room, and large arrays of bytes
 * are not copied before `finish`, so that writing what lies in memory takes no more than its bytes once again.
 */
export class ByteWriter {
  /** What is complete, in order, and its length in all. */
  readonly #parts: Uint8Array[] = [];
  #partsLength = 0;
  /** What is being written, and how much of it there is. */
  #bytes = new Uint8Array(FIRST_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

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

  /** Raw bytes, their length before them. May not change before `finish`. */
  bytes(values: Uint8Array): void {
    this.uint32(values.length);
    if (values.length < LARGE_BYTES) {
      const at = this.#claim(values.length);
      this.#bytes.set(values, at);
    } else {
      this.#add(this.#bytes.subarray(0, this.#length));
      this.#add(values);
      this.#writeInto(this.#bytes.subarray(this.#length));
    }
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

  /** A copy of what was written so far. */
  finish(): Uint8Array {
    const all = new Uint8Array(this.#partsLength + this.#length);
    let at = 0;
    for (const part of this.parts()) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }

  /** What was written so far, in pieces and without a copy; large ones are the arrays that were given to `bytes`. */
  parts(): readonly Uint8Array[] {
    return [...this.#parts, this.#bytes.subarray(0, this.#length)];
  }

  /** Makes room; may replace the buffer and its view, so it is called before they are used. */
  #claim(size: number): number {
    if (this.#length + size > this.#bytes.length) {
      this.#add(this.#bytes.subarray(0, this.#length));
      const written = Math.min(this.#partsLength, LARGE_BYTES);
      this.#writeInto(new Uint8Array(Math.max(size, FIRST_BYTES, written)));
    }
    const at = this.#length;
    this.#length += size;
    return at;
  }

  #add(part: Uint8Array): void {
    this.#parts.push(part);
    this.#partsLength += part.length;
  }

  #writeInto(bytes: Uint8Array<ArrayBuffer>): void {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#length = 0;
  }
}

const FIRST_BYTES = 1024;
const LARGE_BYTES = 65_536;

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
