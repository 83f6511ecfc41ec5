import { assert } from "../base/errors.ts";
import type { Batch, BatchSource, TextColumn } from "./batch.ts";
import { numberColumns, textColumns } from "./builder.ts";

type Column = Uint8Array | Uint16Array | Uint32Array | Float64Array;

/** How a column is stored; written before it. */
const CONSTANT = 0;
const BYTES = 1;
const HALVES = 2;
const WORDS = 3;
const DOUBLES = 4;
const IPV4 = 5;

/**
 * The columns of a batch as bytes, without the text they were read from (but with their uids): some 80 bytes a connection. Every value comes
 * back as it was, to the bit. In the byte order of the machine: for what this process itself reads again.
 */
export function encodeBatch(batch: Batch): Uint8Array {
  const head = new TextEncoder().encode(JSON.stringify(textColumns.map((name) => batch[name].values)));
  const parts: Uint8Array[] = [bytesOf(Uint32Array.of(batch.rows, head.length)), head];
  const put = (kind: number, column: Column) => parts.push(Uint8Array.of(kind), bytesOf(column));
  for (const name of numberColumns) putNumbers(put, batch[name]);
  for (const name of ["orig_h", "resp_h"] as const) putAddresses(put, batch[name]);
  for (const name of ["orig_p", "resp_p"] as const) put(HALVES, batch[name]);
  for (const name of ["local_orig", "local_resp"] as const) put(BYTES, batch[name]);
  for (const name of textColumns) {
    const { codes, values } = batch[name];
    if (values.length <= 256) put(BYTES, Uint8Array.from(codes));
    else put(HALVES, codes);
  }
  putUids(parts, batch);
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** The uids one after another, and where each ends. */
function putUids(parts: Uint8Array[], { rows, text, uid }: Batch): void {
  const ends = new Uint32Array(rows);
  let length = 0;
  for (let row = 0; row < rows; row++) ends[row] = length += uid.end[row]! - uid.start[row]!;
  const joined = new Uint8Array(length);
  for (let row = 0, at = 0; row < rows; at = ends[row++]!) {
    for (let from = uid.start[row]!, to = at; to < ends[row]!;) joined[to++] = text[from++]!;
  }
  parts.push(bytesOf(ends), joined);
}

type Put = (kind: number, column: Column) => void;

/** As narrow as all its values allow: the largest value of a type stands for NaN. */
function putNumbers(put: Put, column: Float64Array): void {
  const first = column[0]!;
  let isConstant = true;
  let isWhole = true;
  let largest = 0;
  for (let row = 0; row < column.length; row++) {
    const value = column[row]!;
    if (!Object.is(value, first)) isConstant = false;
    if (value !== value) continue;
    if (value > largest) largest = value;
    // Minus zero is no whole number here: it would come back as zero.
    if (value < 0 || value !== Math.trunc(value) || (value === 0 && 1 / value < 0)) isWhole = false;
  }
  if (isConstant) return put(CONSTANT, column.subarray(0, 1));
  if (!isWhole || largest >= 0xffffffff) return put(DOUBLES, column);
  const [kind, narrow] =
    largest < 0xff
      ? ([BYTES, new Uint8Array(column.length)] as const)
      : largest < 0xffff
        ? ([HALVES, new Uint16Array(column.length)] as const)
        : ([WORDS, new Uint32Array(column.length)] as const);
  const missing = missingOf(narrow);
  for (let row = 0; row < column.length; row++) {
    const value = column[row]!;
    narrow[row] = value === value ? value : missing;
  }
  return put(kind, narrow);
}

function missingOf(column: Uint8Array | Uint16Array | Uint32Array): number {
  return 2 ** (8 * column.BYTES_PER_ELEMENT) - 1;
}

/** Where all addresses are IPv4, their last word says everything. */
function putAddresses(put: Put, column: Uint32Array): void {
  const rows = column.length / 4;
  const last = new Uint32Array(rows);
  for (let row = 0; row < rows; row++) {
    if (column[row * 4] !== 0 || column[row * 4 + 1] !== 0 || column[row * 4 + 2] !== 0xffff)
      return put(WORDS, column);
    last[row] = column[row * 4 + 3]!;
  }
  return put(IPV4, last);
}

/** The batch behind `encodeBatch`; its `text` holds the uids alone, and its line columns are empty. */
export function decodeBatch(bytes: Uint8Array, source: BatchSource): Batch {
  const reader = new Reader(bytes);
  const [rows, headBytes] = reader.take(Uint32Array, 2);
  const values = JSON.parse(
    new TextDecoder().decode(reader.take(Uint8Array, headBytes!)),
  ) as readonly string[][];
  const numbers = () => reader.numbers(rows!);
  const addresses = () => reader.addresses(rows!);
  const halves = () => Uint16Array.from(reader.column(rows!));
  const coded = (index: number): TextColumn => ({ codes: halves(), values: values[index]! });
  const none = new Uint32Array(0);
  // Evaluated in the order written, which is the order of `numberColumns` and of `encodeBatch`.
  const columns = {
    ts: numbers(),
    duration: numbers(),
    orig_bytes: numbers(),
    resp_bytes: numbers(),
    missed_bytes: numbers(),
    orig_pkts: numbers(),
    orig_ip_bytes: numbers(),
    resp_pkts: numbers(),
    resp_ip_bytes: numbers(),
    ip_proto: numbers(),
    orig_h: addresses(),
    resp_h: addresses(),
    orig_p: halves(),
    resp_p: halves(),
    local_orig: Uint8Array.from(reader.column(rows!)),
    local_resp: Uint8Array.from(reader.column(rows!)),
    proto: coded(0),
    service: coded(1),
    conn_state: coded(2),
    history: coded(3),
    label: coded(4),
    detailedlabel: coded(5),
  };
  const end = reader.take(Uint32Array, rows!);
  const start = new Uint32Array(rows!);
  start.set(end.subarray(0, -1), 1);
  return {
    rows: rows!,
    source,
    text: reader.take(Uint8Array, end.at(-1) ?? 0),
    lineStart: none,
    lineEnd: none,
    lineNumber: none,
    uid: { start, end },
    ...columns,
  };
}

type ColumnType<T> = {
  new (buffer: ArrayBuffer, offset: number, length: number): T;
  readonly BYTES_PER_ELEMENT: number;
};

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** A copy, since stored columns are not aligned. */
  take<T extends Column>(type: ColumnType<T>, length: number): T {
    const end = this.#at + length * type.BYTES_PER_ELEMENT;
    const copy = this.#bytes.slice(this.#at, end);
    this.#at = end;
    return new type(copy.buffer, 0, length);
  }

  column(length: number): Uint8Array | Uint16Array | Uint32Array {
    const kind = this.#bytes[this.#at++]!;
    if (kind === BYTES) return this.take(Uint8Array, length);
    if (kind === HALVES) return this.take(Uint16Array, length);
    assert(kind === WORDS || kind === IPV4, `column of kind ${kind}`);
    return this.take(Uint32Array, length);
  }

  numbers(rows: number): Float64Array {
    const kind = this.#bytes[this.#at]!;
    if (kind === CONSTANT || kind === DOUBLES) {
      this.#at++;
      if (kind === DOUBLES) return this.take(Float64Array, rows);
      return new Float64Array(rows).fill(this.take(Float64Array, 1)[0]!);
    }
    const narrow = this.column(rows);
    const missing = missingOf(narrow);
    const column = new Float64Array(rows);
    for (let row = 0; row < rows; row++) column[row] = narrow[row] === missing ? NaN : narrow[row]!;
    return column;
  }

  addresses(rows: number): Uint32Array {
    const isIpv4 = this.#bytes[this.#at] === IPV4;
    if (!isIpv4) return this.column(rows * 4) as Uint32Array;
    const last = this.column(rows);
    const column = new Uint32Array(rows * 4);
    for (let row = 0; row < rows; row++) {
      column[row * 4 + 2] = 0xffff;
      column[row * 4 + 3] = last[row]!;
    }
    return column;
  }
}

function bytesOf(column: Column): Uint8Array {
  return new Uint8Array(column.buffer, column.byteOffset, column.byteLength);
}
