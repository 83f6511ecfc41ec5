import type { ByteReader, ByteWriter } from "../../base/bytes.ts";

/**
 * Everything that the families remember of one kind of entity, one record a slot, so that what belongs to one host or
 * pair lies in few cache lines. Fields are reserved first; then `open` takes the memory for all slots, all 0. The system
 * gives real memory to the slots in use only, so nothing is ever copied to grow.
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

  /** No field can be reserved from now on. */
  open(): void {
    const memory = new ArrayBuffer(4 * this.stride * this.#limit);
    this.floats = new Float32Array(memory);
    this.words = new Int32Array(memory);
    this.doubles = new Float64Array(memory);
  }

  write(out: ByteWriter, slots: number): void {
    out.bytes(new Uint8Array(this.floats.buffer, 0, this.#bytes(slots)));
  }

  read(input: ByteReader, slots: number): void {
    const bytes = input.view();
    const expected = this.#bytes(slots);
    input.expect(bytes.length === expected, `${bytes.length} bytes of memory where ${expected} belong`);
    new Uint8Array(this.floats.buffer).set(bytes);
  }

  /** How many bytes `write` writes beside their length. */
  #bytes(slots: number): number {
    return 4 * this.stride * slots;
  }

  #end = 0;
}
