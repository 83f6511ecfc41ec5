import { decodeText } from "./escapes.ts";

/**
 * Turns byte strings into the codes of one text column. A string is made once per distinct value, not once per row, and
 * is kept from batch to batch; codes start anew with every batch.
 */
export interface TextTable {
  /**
   * The code of bytes[start, end) in the current batch, a new one where the batch has not met it yet. The empty string
   * is code 0. Ask only for rows that are kept: a batch has codes for `MAX_BATCH_ROWS` values.
   */
  code(bytes: Uint8Array, start: number, end: number): number;
  /** The code of a value that stands nowhere as it is, such as a list joined by commas. */
  codeOfString(value: string): number;
  /** The values behind the codes of the batch, which is hereby over. */
  finish(): string[];
  /** How bytes become the value: to be set where raw bytes are not simply UTF-8 (escapes); forgets all it knew. */
  setDecode(decode: (bytes: Uint8Array) => string): void;
}

/** Beyond so many remembered values or bytes of them, the memory is emptied at the end of the batch. */
const MAX_ENTRIES = 50_000;
const MAX_KEY_BYTES = 4 << 20;

/** An empty table whose values are UTF-8, damaged bytes replaced by U+FFFD. */
export function openTextTable(): TextTable {
  return new ByteTable();
}

class ByteTable implements TextTable {
  #decode: (bytes: Uint8Array) => string = decodeText;
  /** Open addressing: entry + 1, or 0 for free; length is a power of two. */
  #slots = new Int32Array(256);
  #entries = 0;
  /** The bytes of all entries, end to end; entry k is keys[keyEnd[k - 1], keyEnd[k]). */
  #keys = new Uint8Array(1024);
  #keyEnd = new Int32Array(128);
  #hashes = new Int32Array(128);
  /** Code of each entry in the batch whose number is in #seenIn. */
  #codes = new Uint16Array(128);
  #seenIn = new Int32Array(128);
  #strings: string[] = [];
  /** Of this batch: value by code, and code by value, since two spellings may decode to the same value. */
  #values: string[] = [""];
  #codeByValue = new Map<string, number>();
  #batch = 1;

  code(bytes: Uint8Array, start: number, end: number): number {
    if (start >= end) return 0;
    let hash = 0x811c9dc5 | 0;
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
    hash ^= hash >>> 15;
    const slots = this.#slots;
    const mask = slots.length - 1;
    const length = end - start;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = slots[slot]! - 1;
      if (entry < 0) return this.#add(bytes, start, end, hash, slot);
      if (this.#hashes[entry] !== hash) continue;
      const keyStart = entry === 0 ? 0 : this.#keyEnd[entry - 1]!;
      if (this.#keyEnd[entry]! - keyStart !== length) continue;
      const keys = this.#keys;
      let same = 0;
      while (same < length && keys[keyStart + same] === bytes[start + same]) same++;
      if (same < length) continue;
      return this.#seenIn[entry] === this.#batch ? this.#codes[entry]! : this.#codeOfEntry(entry);
    }
  }

  codeOfString(value: string): number {
    if (value === "") return 0;
    const known = this.#codeByValue.get(value);
    if (known !== undefined) return known;
    const code = this.#values.push(value) - 1;
    this.#codeByValue.set(value, code);
    return code;
  }

  finish(): string[] {
    const values = this.#values;
    this.#values = [""];
    this.#codeByValue = new Map();
    this.#batch++;
    const keyBytes = this.#entries === 0 ? 0 : this.#keyEnd[this.#entries - 1]!;
    if (this.#entries > MAX_ENTRIES || keyBytes > MAX_KEY_BYTES) this.#forget();
    return values;
  }

  setDecode(decode: (bytes: Uint8Array) => string): void {
    this.#decode = decode;
    this.#forget();
  }

  #forget(): void {
    this.#slots = new Int32Array(256);
    this.#keys = new Uint8Array(1024);
    this.#entries = 0;
    this.#strings = [];
  }

  #codeOfEntry(entry: number): number {
    const code = this.codeOfString(this.#strings[entry]!);
    this.#codes[entry] = code;
    this.#seenIn[entry] = this.#batch;
    return code;
  }

  #add(bytes: Uint8Array, start: number, end: number, hash: number, slot: number): number {
    const entry = this.#entries++;
    if (entry === this.#keyEnd.length) this.#growEntries();
    const keyStart = entry === 0 ? 0 : this.#keyEnd[entry - 1]!;
    const keyEnd = keyStart + end - start;
    if (keyEnd > this.#keys.length) {
      const keys = new Uint8Array(Math.max(this.#keys.length * 2, keyEnd));
      keys.set(this.#keys);
      this.#keys = keys;
    }
    const key = bytes.subarray(start, end);
    this.#keys.set(key, keyStart);
    this.#keyEnd[entry] = keyEnd;
    this.#hashes[entry] = hash;
    this.#strings.push(this.#decode(key));
    this.#slots[slot] = entry + 1;
    if (this.#entries * 2 > this.#slots.length) this.#growSlots();
    return this.#codeOfEntry(entry);
  }

  #growEntries(): void {
    const length = this.#keyEnd.length * 2;
    const keyEnd = new Int32Array(length);
    keyEnd.set(this.#keyEnd);
    this.#keyEnd = keyEnd;
    const hashes = new Int32Array(length);
    hashes.set(this.#hashes);
    this.#hashes = hashes;
    const codes = new Uint16Array(length);
    codes.set(this.#codes);
    this.#codes = codes;
    const seenIn = new Int32Array(length);
    seenIn.set(this.#seenIn);
    this.#seenIn = seenIn;
  }

  #growSlots(): void {
    const slots = new Int32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (let entry = 0; entry < this.#entries; entry++) {
      let slot = this.#hashes[entry]! & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = entry + 1;
    }
    this.#slots = slots;
  }
}
