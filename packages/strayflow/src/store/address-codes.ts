import { LIST, VARCHAR, listValue, type DuckDBConnection } from "@duckdb/node-api";
import { formatAddress } from "../zeek/index.ts";
import { readTable } from "./read-table.ts";
import { FIRST_IPV6 } from "./schema.ts";

const MOST_CACHED = 200_000;
/** Addresses that come again and again are known by their words, without making a text of them. */
const RECENT = 4096;

interface Added {
  readonly code: number;
  readonly value: string;
  readonly high: bigint;
  readonly low: bigint;
}

/**
 * Gives addresses one number each: IPv4 its 32 bits, IPv6 numbers from 2^32 on in the order of first appearance, kept
 * in the table `addresses`. So most logs have addresses of a few bits a row, compared and grouped as plain numbers.
 * Memory is bounded however many addresses a flood invents.
 */
export class AddressCodes {
  readonly #connection: DuckDBConnection;
  readonly #mostCached: number;
  readonly #cache = new Map<string, number>();
  /** Words and code of the address that last had this hash; code 0 is none. */
  readonly #recentWords = new Uint32Array(4 * RECENT);
  readonly #recentCodes = new Float64Array(RECENT);
  #added: Added[] = [];
  #next = FIRST_IPV6;
  #complete = true;

  private constructor(connection: DuckDBConnection, mostCached: number) {
    this.#connection = connection;
    this.#mostCached = mostCached;
  }

  static async open(connection: DuckDBConnection, mostCached = MOST_CACHED): Promise<AddressCodes> {
    const codes = new AddressCodes(connection, mostCached);
    const known = await readTable(
      await connection.run(
        `SELECT code::DOUBLE, value FROM addresses ORDER BY code DESC LIMIT ${mostCached}`,
      ),
    );
    const values = known.texts(1);
    known.numbers(0).forEach((code, i) => codes.#cache.set(values[i]!, code));
    codes.#next = (known.numbers(0)[0] ?? FIRST_IPV6 - 1) + 1;
    codes.#complete = codes.#next - FIRST_IPV6 <= known.rows;
    return codes;
  }

  /** Fills `out` with the codes of `rows` addresses of four words each. */
  async codesOf(words: Uint32Array, rows: number, out: Float64Array): Promise<void> {
    let wide = false;
    for (let row = 0; row < rows; row++) {
      const at = row * 4;
      if (words[at] === 0 && words[at + 1] === 0 && words[at + 2] === 0xffff) out[row] = words[at + 3]!;
      else {
        out[row] = this.#recent(words, at);
        if (out[row] === -1) wide = true;
      }
    }
    if (wide) await this.#wideCodes(words, rows, out);
  }

  async flush(): Promise<void> {
    if (this.#added.length === 0) return;
    const appender = await this.#connection.createAppender("addresses");
    for (const { code, value, high, low } of this.#added) {
      appender.appendUBigInt(BigInt(code));
      appender.appendVarchar(value);
      appender.appendUBigInt(high);
      appender.appendUBigInt(low);
      appender.endRow();
    }
    appender.closeSync();
    this.#added = [];
  }

  async #wideCodes(words: Uint32Array, rows: number, out: Float64Array): Promise<void> {
    const texts = new Map<number, string>();
    const missing = new Set<string>();
    for (let row = 0; row < rows; row++)
      if (out[row] === -1) {
        const text = formatAddress(words, row);
        texts.set(row, text);
        if (!this.#cache.has(text)) missing.add(text);
      }
    if (missing.size > 0 && !this.#complete) await this.#recall(missing);
    for (const [row, text] of texts) {
      const code = this.#cache.get(text) ?? this.#add(text, words, row * 4);
      out[row] = code;
      const slot = recentSlot(words, row * 4);
      this.#recentWords.set(words.subarray(row * 4, row * 4 + 4), slot * 4);
      this.#recentCodes[slot] = code;
    }
    if (this.#cache.size > this.#mostCached) {
      await this.flush();
      this.#cache.clear();
      this.#complete = false;
    }
  }

  /** The code of an address that was here lately, -1 for any other. */
  #recent(words: Uint32Array, at: number): number {
    const slot = recentSlot(words, at);
    const known = this.#recentWords;
    const code = this.#recentCodes[slot]!;
    for (let word = 0; word < 4; word++) if (known[slot * 4 + word] !== words[at + word]) return -1;
    return code === 0 ? -1 : code;
  }

  #add(value: string, words: Uint32Array, at: number): number {
    const code = this.#next++;
    const pair = (i: number) => (BigInt(words[at + i]!) << 32n) | BigInt(words[at + i + 1]!);
    this.#cache.set(value, code);
    this.#added.push({ code, value, high: pair(0), low: pair(2) });
    return code;
  }

  async #recall(missing: ReadonlySet<string>): Promise<void> {
    await this.flush();
    const found = await readTable(
      await this.#connection.run(
        "SELECT code::DOUBLE, value FROM addresses WHERE value IN (SELECT unnest($1))",
        [listValue([...missing])],
        [LIST(VARCHAR)],
      ),
    );
    const values = found.texts(1);
    found.numbers(0).forEach((code, i) => this.#cache.set(values[i]!, code));
  }
}

function recentSlot(words: Uint32Array, at: number): number {
  const mixed = Math.imul(words[at]! ^ Math.imul(words[at + 1]!, 0x85ebca6b), 0x9e3779b1);
  const low = Math.imul(words[at + 2]! ^ Math.imul(words[at + 3]!, 0xc2b2ae35), 0x27d4eb2f);
  return ((mixed ^ low ^ (low >>> 15)) >>> 0) % RECENT;
}

/** The address of a code; `wide` is the text of the table `addresses`, where the code is of there. */
export function addressOf(code: number, wide: string | null): string {
  if (code >= FIRST_IPV6) return wide ?? "";
  return `${code >>> 24}.${(code >>> 16) & 255}.${(code >>> 8) & 255}.${code & 255}`;
}
