import { jsonFieldOfKey } from "./json-fields.ts";
import { CLOSE_OBJECT, COLON, COMMA, OPEN_OBJECT, QUOTE, skipSpace, skipString } from "./json-skip.ts";
import { decodeJsonString } from "./json-text.ts";
import { isPlain } from "./json-values.ts";

/** What `KeyBook.find` gives where the row ends, and where what stands there is no JSON. */
export const ROW_END = -1;
const NOT_JSON = -2;

/** Where every row starts. */
export const ROW_START = 0;
/** The entry for what is not remembered; its columns hold what the last `find` met. */
const PASSING = 1;

const SUCCESSORS = 4;
const MAX_ENTRIES = 1024;
/** Longer stretches, which only strange white space or strange keys make, are not remembered. */
const MAX_STRETCH = 128;

/** What the reader is inside of: the object of the row itself, `{"conn": {...}}` around it, `"id": {...}` in it. */
const IN_WRAPPER = 1;
const IN_ID = 2;

/**
 * Remembers the stretches of bytes that stand between one value of a row and the next, such as `,"id.orig_p":`, and
 * which stretch followed which. Writers of logs repeat themselves, so the next stretch is nearly always one of those
 * that followed the present one before, and comparing a few words replaces reading and looking up a key.
 *
 * A stretch holds everything from behind a value to the start of the next: closing brackets, comma, white space, key,
 * and for nested addresses also `"id":{`. So the nesting that is understood costs nothing; every other nesting is in
 * values that are skipped.
 */
export class KeyBook {
  /** Index into `jsonFields`, by entry. */
  readonly field = new Int32Array(MAX_ENTRIES);
  readonly length = new Int32Array(MAX_ENTRIES);
  /** `SUCCESSORS` entries that followed the entry, the first one first; -1 where there are fewer. */
  readonly successors = new Int32Array(MAX_ENTRIES * SUCCESSORS);
  /** Position behind the row's last bracket, after `ROW_END`. */
  rowEnd = 0;

  #bytes: Uint8Array = new Uint8Array(0);
  #view: DataView = new DataView(new ArrayBuffer(0));
  readonly #fieldOfKey = jsonFieldOfKey();
  /** The nesting that the stretch was met in, and the one that it leads to. */
  readonly #before = new Uint8Array(MAX_ENTRIES);
  readonly #after = new Uint8Array(MAX_ENTRIES);
  /** The stretches as 32-bit words; the last word ends with the stretch and may overlap the one before it. */
  readonly #words = new Int32Array(MAX_ENTRIES * (MAX_STRETCH / 4));
  readonly #hashes = new Int32Array(MAX_ENTRIES);
  /** Open addressing: entry, or 0 for free. */
  readonly #slots = new Uint16Array(MAX_ENTRIES * 2);
  #entries = 0;

  /** What `#scan` met: where its key stands, and in which nesting. */
  #keyStart = 0;
  #keyEnd = 0;
  #nesting = 0;

  constructor() {
    this.#forget();
  }

  /** Goes over to other bytes, in which a line feed must stand behind every line. */
  use(bytes: Uint8Array): void {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** The entry of the stretch at `start`, which follows `previous`; `ROW_END` or `NOT_JSON`. */
  next(previous: number, start: number): number {
    const from = previous * SUCCESSORS;
    const successors = this.successors;
    const view = this.#view;
    // At the very end of the bytes whole words can no longer be compared.
    if (start + MAX_STRETCH > view.byteLength) return this.#find(previous, start);
    const words = this.#words;
    const first = view.getInt32(start, true);
    for (let k = from; k < from + SUCCESSORS; k++) {
      const entry = successors[k]!;
      if (entry < 0) break;
      const wordStart = entry * (MAX_STRETCH / 4);
      if (words[wordStart] !== first) continue;
      const length = this.length[entry]!;
      const last = start + length - 4;
      let word = wordStart + 1;
      let p = start + 4;
      while (p < last && view.getInt32(p, true) === words[word]) {
        p += 4;
        word++;
      }
      if (p >= last && (length === 4 || view.getInt32(last, true) === words[word])) return entry;
    }
    return this.#find(previous, start);
  }

  #find(previous: number, start: number): number {
    const nesting = this.#after[previous]!;
    const end = this.#scan(start, nesting, previous === ROW_START);
    if (end < 0) return end;
    const length = end - start;
    // A key that leads into an object where it holds one must not be passed over by the bytes before its value alone.
    const entry =
      length > MAX_STRETCH || this.#mayDescend() ? PASSING : this.#remember(start, length, nesting);
    if (entry === PASSING) {
      this.field[PASSING] = this.#fieldOfKeyFound();
      this.length[PASSING] = length;
      this.#after[PASSING] = this.#nesting;
      return PASSING;
    }
    // `#remember` may have forgotten `previous` and given its place to another.
    if (previous !== PASSING && previous < this.#entries && this.#after[previous] === nesting)
      this.#follow(previous, entry);
    return entry;
  }

  /** Reads from behind a value to the start of the next one; the position there, or `ROW_END` or `NOT_JSON`. */
  #scan(start: number, nestingBefore: number, atRowStart: boolean): number {
    const bytes = this.#bytes;
    let nesting = nestingBefore;
    let p = skipSpace(bytes, start);
    let opened = false;
    if (atRowStart) {
      if (bytes[p] !== OPEN_OBJECT) return NOT_JSON;
      p = skipSpace(bytes, p + 1);
      opened = true;
    }
    for (;;) {
      if (bytes[p] === CLOSE_OBJECT) {
        p++;
        if (nesting === 0) {
          this.rowEnd = p;
          return ROW_END;
        }
        nesting &= nesting & IN_ID ? ~IN_ID : ~IN_WRAPPER;
        opened = false;
        p = skipSpace(bytes, p);
        continue;
      }
      if (!opened) {
        if (bytes[p] !== COMMA) return NOT_JSON;
        p = skipSpace(bytes, p + 1);
      }
      if (bytes[p] !== QUOTE) return NOT_JSON;
      this.#keyStart = p + 1;
      p = skipString(bytes, p + 1);
      if (p < 0) return NOT_JSON;
      this.#keyEnd = p - 1;
      this.#nesting = nesting;
      p = skipSpace(bytes, p);
      if (bytes[p] !== COLON) return NOT_JSON;
      p = skipSpace(bytes, p + 1);
      if (bytes[p] !== OPEN_OBJECT || !this.#mayDescend()) return p;
      nesting |= this.#keyIs("id") ? IN_ID : IN_WRAPPER;
      p = skipSpace(bytes, p + 1);
      opened = true;
    }
  }

  /** Whether the key found is one whose object is read as part of the row. */
  #mayDescend(): boolean {
    if ((this.#nesting & IN_ID) !== 0) return false;
    return this.#keyIs("id") || (this.#nesting === 0 && this.#keyIs("conn"));
  }

  #keyIs(name: string): boolean {
    const bytes = this.#bytes;
    const start = this.#keyStart;
    if (this.#keyEnd - start > name.length)
      return !isPlain(bytes, start, this.#keyEnd) && decodeJsonString(bytes, start, this.#keyEnd) === name;
    if (this.#keyEnd - start < name.length) return false;
    for (let i = 0; i < name.length; i++) if (bytes[start + i] !== name.charCodeAt(i)) return false;
    return true;
  }

  #fieldOfKeyFound(): number {
    const key = decodeJsonString(this.#bytes, this.#keyStart, this.#keyEnd);
    return this.#fieldOfKey((this.#nesting & IN_ID) !== 0 ? `id.${key}` : key);
  }

  /** The entry of this very stretch in this nesting, a new one where there is none. */
  #remember(start: number, length: number, before: number): number {
    const bytes = this.#bytes;
    let hash = 0x811c9dc5 ^ before;
    for (let i = start; i < start + length; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
    hash ^= hash >>> 15;
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    for (; this.#slots[slot] !== 0; slot = (slot + 1) & mask) {
      const entry = this.#slots[slot]!;
      if (this.#hashes[entry] === hash && this.#before[entry] === before && this.#isAt(entry, start, length))
        return entry;
    }
    if (this.#entries === MAX_ENTRIES) {
      this.#forget();
      slot = hash & mask;
    }
    const entry = this.#entries++;
    this.#slots[slot] = entry;
    this.#hashes[entry] = hash;
    this.#before[entry] = before;
    this.#after[entry] = this.#nesting;
    this.length[entry] = length;
    this.field[entry] = this.#fieldOfKeyFound();
    const wordStart = entry * (MAX_STRETCH / 4);
    for (let i = 0, word = wordStart; i < length; i += 4, word++)
      this.#words[word] = this.#view.getInt32(start + Math.min(i, length - 4), true);
    return entry;
  }

  #isAt(entry: number, start: number, length: number): boolean {
    if (this.length[entry] !== length) return false;
    const wordStart = entry * (MAX_STRETCH / 4);
    for (let i = 0, word = wordStart; i < length; i += 4, word++)
      if (this.#words[word] !== this.#view.getInt32(start + Math.min(i, length - 4), true)) return false;
    return true;
  }

  /** Where more stretches follow one than there is room for, the last place is taken by turns. */
  #follow(previous: number, entry: number): void {
    const from = previous * SUCCESSORS;
    let k = from;
    while (k < from + SUCCESSORS - 1 && this.successors[k]! >= 0) k++;
    this.successors[k] = entry;
  }

  /** Streams with new keys in every row fill the book; starting anew costs little and needs no order of eviction. */
  #forget(): void {
    this.#slots.fill(0);
    this.successors.fill(-1);
    this.#entries = PASSING + 1;
    this.#after[ROW_START] = 0;
  }
}
