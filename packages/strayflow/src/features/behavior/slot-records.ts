import type { ByteReader, ByteWriter } from "../../base/bytes.ts";
import { roomFor } from "./slot-array.ts";

/**
 * Everything that the families remember of one kind of entity, one record a slot, so that what belongs to one host or
 * pair lies in few cache lines. Fields are reserved first. The memory grows with the number of slots in use, and is
 * replaced then, so read it anew for every batch; what is new in it is 0.
 *
 * Field `at` of a slot is `floats[slot * stride + at]`, or the same of `words`, which is the same memory read as integers;
 * of doubles, `doubles[(slot * stride + at) / 2]`.
 */
export class SlotRecords {
  readonly #limit: number;
  /** Of a record, in numbers of 4 bytes; even. */
  stride = 0;
  floats = new Float32Array();
  words = new Int32Array();
  doubles = new Float64Array();
  #end = 0;
  #slots = 0;

  /** For at most so many slots. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Where a field of so many floats or words begins. */
  reserve(count: number): number {
    const at = this.#end;
    this.#end += count;
    this.stride = this.#end + (this.#end & 1);
    return at;
  }

  reserveDoubles(count: number): number {
    this.#end += this.#end & 1;
    return this.reserve(2 * count);
  }

  /** Makes room for so many slots. No field can be reserved from the first time on. */
  ensure(slots: number): void {
    if (slots <= this.#slots) return;
    this.#slots = roomFor(slots, this.#limit);
    const memory = new ArrayBuffer(4 * this.stride * this.#slots);
    const before = this.words;
    this.words = new Int32Array(memory);
    this.words.set(before);
    this.floats = new Float32Array(memory);
    this.doubles = new Float64Array(memory);
  }

  write(out: ByteWriter, slots: number): void {
    this.ensure(slots);
    out.bytes(new Uint8Array(this.words.buffer, 0, this.#bytes(slots)));
  }

  read(input: ByteReader, slots: number): void {
    const bytes = input.view();
    const expected = this.#bytes(slots);
    input.expect(bytes.length === expected, `${bytes.length} bytes of memory where ${expected} belong`);
    this.ensure(slots);
    new Uint8Array(this.words.buffer).set(bytes);
  }

  /** How many bytes `write` writes besides their length. */
  #bytes(slots: number): number {
    return 4 * this.stride * slots;
  }
}
