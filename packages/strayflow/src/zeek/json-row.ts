import { readAddress } from "./address.ts";
import { UNSET_BOOLEAN } from "./batch.ts";
import { textColumns, type BatchBuilder, type OpenColumns } from "./builder.ts";
import {
  ADDRESS,
  BOOLEAN,
  CONN_LOG_NAME,
  COUNT,
  FOREIGN,
  INTERVAL,
  jsonFields,
  LOG_NAME,
  OPEN_CONN_LOG_NAMES,
  ORIG_P_FIELD,
  PORT,
  SKIP,
  TEXT,
  TIME,
  UID,
  WEAK_LOG_NAME,
} from "./json-fields.ts";
import { CLOSE_LIST, COMMA, OPEN_LIST, OPEN_OBJECT, openSkipStack, QUOTE } from "./json-skip.ts";
import { skipNumber, skipSpace, skipString, skipValue, skipWord } from "./json-skip.ts";
import { decodeJsonString } from "./json-text.ts";
import { isLetter, isPlain, isUnset, isUnsetText, wrongType } from "./json-values.ts";
import { OK, type RejectCode } from "./rejects.ts";
import { readJsonTime } from "./times.ts";
import { ascii, readBoolean, readCount, readInterval, readPort } from "./values.ts";

/** So many names of other logs are kept for messages. */
const MAX_OTHER_LOGS = 20;

const encoder = new TextEncoder();

/**
 * The row that a JSON scanner is filling, and the slow, complete way to read a value of it: any type where any other
 * was expected, escapes, lists, marks for unset. The scanner reads only the plainest form of each type by itself.
 */
export class JsonRow {
  /** Bits of the fields that hold a value now, and of those whose last value is at fault. */
  seen = 0;
  faulty = 0;
  /** The line names another log than conn.log. */
  isOther = false;
  /** The builder's text. */
  bytes: Uint8Array = new Uint8Array(0);
  /** Where a text column's value stands, by its place in `textColumns`; start -1 where it is in `textValue`. */
  readonly textStart = new Int32Array(textColumns.length);
  readonly textEnd = new Int32Array(textColumns.length);
  readonly textValue: string[] = textColumns.map(() => "");
  /** The columns by field; fields of other types have a column of that type too, so that the arrays are of one kind. */
  numbers: Float64Array[] = [];
  ports: Uint16Array[] = [];
  addresses: Uint32Array[] = [];
  booleans: Uint8Array[] = [];

  /** Originator ports over 65535, which are read as 0. */
  oddPorts = 0;

  readonly #builder: BatchBuilder;
  readonly #otherLogs: Set<string>;
  readonly #faults = new Int32Array(jsonFields.length);
  readonly #stack = openSkipStack();
  #columns: OpenColumns | undefined;
  /** Some line before called its log conn. */
  #metConn = false;

  constructor(builder: BatchBuilder, otherLogs: Set<string>) {
    this.#builder = builder;
    this.#otherLogs = otherLogs;
  }

  /** Starts on the row `builder.rows`, which must be all unset. */
  begin(): void {
    this.seen = 0;
    this.faulty = 0;
    this.isOther = false;
    this.bytes = this.#builder.text;
    if (this.#builder.columns !== this.#columns) this.#useColumns(this.#builder.columns);
  }

  /**
   * Reads the value at `from` into `field`; gives the position after it, or -1 where it is no JSON. A value of the
   * wrong type is a fault of the row unless a later value of the same field takes its place.
   */
  readValue(field: number, from: number): number {
    const bytes = this.bytes;
    // The stretch before may have been remembered with less white space at its end.
    const start = skipSpace(bytes, from);
    const kind = jsonFields[field]!.kind;
    const first = bytes[start]!;
    if (kind === FOREIGN) this.seen |= jsonFields[field]!.bit;
    const skipped = kind === SKIP || kind === FOREIGN;
    if (skipped || (first !== QUOTE && (kind === LOG_NAME || kind === WEAK_LOG_NAME)))
      return skipValue(bytes, start, this.#stack);
    if (first === QUOTE) {
      const end = skipString(bytes, start + 1);
      if (end < 0) return -1;
      if (isPlain(bytes, start + 1, end - 1)) this.#set(field, bytes, start + 1, end - 1);
      else this.#setString(field, decodeJsonString(bytes, start + 1, end - 1), start + 1, end - 1);
      return end;
    }
    if (first === OPEN_LIST && kind === TEXT) return this.#readTexts(field, start);
    if (first === OPEN_LIST || first === OPEN_OBJECT) {
      const end = skipValue(bytes, start, this.#stack);
      if (end >= 0) this.#fail(field, wrongType(kind));
      return end;
    }
    const end = isLetter(first) ? skipWord(bytes, start) : skipNumber(bytes, start);
    if (end < 0) return -1;
    if (first === 110 /* null */) this.#unset(field);
    else this.#set(field, bytes, start, end);
    return end;
  }

  /** The text that a text column holds after all; to be asked for only where its bit is in `seen`. */
  textCode(index: number): number {
    const table = this.#builder.table(textColumns[index]!);
    const start = this.textStart[index]!;
    return start < 0
      ? table.codeOfString(this.textValue[index]!)
      : table.code(this.bytes, start, this.textEnd[index]!);
  }

  /** The first fault of the row in the order of its columns. */
  firstFault(): RejectCode {
    for (let field = 1; field < jsonFields.length; field++) {
      if ((this.faulty & jsonFields[field]!.bit) === 0) continue;
      this.#builder.faultColumn = jsonFields[field]!.name;
      return this.#faults[field]!;
    }
    return OK;
  }

  /** A set written as a list: its members joined by commas, those that are unset left out. */
  #readTexts(field: number, start: number): number {
    const bytes = this.bytes;
    const end = skipValue(bytes, start, this.#stack);
    if (end < 0) return -1;
    const members: string[] = [];
    let p = skipSpace(bytes, start + 1);
    while (bytes[p] !== CLOSE_LIST) {
      const from = p;
      const first = bytes[p]!;
      if (first === OPEN_LIST || first === OPEN_OBJECT) {
        this.#fail(field, wrongType(TEXT));
        return end;
      }
      p = skipValue(bytes, p, this.#stack);
      if (first === QUOTE) members.push(decodeJsonString(bytes, from + 1, p - 1));
      else if (first !== 110 /* null */) members.push(ascii(bytes, from, p));
      p = skipSpace(bytes, p);
      if (bytes[p] === COMMA) p = skipSpace(bytes, p + 1);
    }
    this.#setString(field, members.filter((member) => !isUnsetText(member)).join(","), start, end);
    return end;
  }

  /** Sets a field to a string that does not stand in the line as it is, but in another form at bytes[start, end). */
  #setString(field: number, value: string, start: number, end: number): void {
    const kind = jsonFields[field]!.kind;
    if (isUnsetText(value)) return this.#unset(field);
    // The batch refers to a uid where it stands; one with escapes, which Zeek never writes, is given as written.
    if (kind === UID) return this.#set(field, this.bytes, start, end);
    if (kind === TEXT) {
      const index = textIndex(field);
      this.textStart[index] = -1;
      this.textValue[index] = value;
      return this.#succeed(field);
    }
    const bytes = encoder.encode(value);
    this.#set(field, bytes, 0, bytes.length);
  }

  #set(field: number, bytes: Uint8Array, start: number, end: number): void {
    if (isUnset(bytes, start, end)) return this.#unset(field);
    const row = this.#builder.rows;
    const numbers = this.numbers[field]!;
    let code: RejectCode = OK;
    switch (jsonFields[field]!.kind) {
      case TIME:
        code = readJsonTime(bytes, start, end, numbers, row);
        break;
      case INTERVAL:
        code = readInterval(bytes, start, end, numbers, row);
        // Turns -0 into 0.
        numbers[row] = numbers[row]! + 0;
        break;
      case COUNT:
        code = readCount(bytes, start, end, numbers, row);
        numbers[row] = numbers[row]! + 0;
        break;
      case PORT:
        code = readPort(bytes, start, end, this.ports[field]!, row);
        // A key names its value, so an originator's port that cannot be says nothing against the rest of the row, and
        // nothing is learned from it. In TSV it would mean that the fields have shifted.
        if (code !== OK && field === ORIG_P_FIELD && isWholeNumber(bytes, start, end)) {
          this.ports[field]![row] = 0;
          this.oddPorts++;
          code = OK;
        }
        break;
      case ADDRESS:
        code = readAddress(bytes, start, end, this.addresses[field]!, row);
        break;
      case BOOLEAN:
        code = readBoolean(bytes, start, end, this.booleans[field]!, row);
        break;
      case TEXT: {
        const index = textIndex(field);
        this.textStart[index] = start;
        this.textEnd[index] = end;
        break;
      }
      case UID:
        this.#builder.columns.uidStart[row] = start;
        this.#builder.columns.uidEnd[row] = end;
        break;
      case LOG_NAME:
        this.#readLogName(ascii(bytes, start, Math.min(end, start + 64)));
        break;
      case WEAK_LOG_NAME:
        // A path of another kind has slashes or dots.
        if (!/^[a-z][a-z0-9_]*$/.test(ascii(bytes, start, Math.min(end, start + 64))))
          return this.#unset(field);
        if (this.#isConnLog(ascii(bytes, start, Math.min(end, start + 64)))) return this.#unset(field);
        break;
    }
    if (code === OK) this.#succeed(field);
    else this.#fail(field, code);
  }

  #readLogName(name: string): void {
    if (this.#isConnLog(name)) return;
    this.isOther = true;
    if (this.#otherLogs.has(name)) return;
    if (this.#otherLogs.size < MAX_OTHER_LOGS && /^[\w.-]{1,40}$/.test(name)) this.#otherLogs.add(name);
  }

  #isConnLog(name: string): boolean {
    if (name === CONN_LOG_NAME) this.#metConn = true;
    return name === CONN_LOG_NAME || (!this.#metConn && OPEN_CONN_LOG_NAMES.has(name));
  }

  #succeed(field: number): void {
    const bit = jsonFields[field]!.bit;
    this.seen |= bit;
    this.faulty &= ~bit;
  }

  #fail(field: number, code: RejectCode): void {
    if (code === OK) return;
    this.faulty |= jsonFields[field]!.bit;
    this.#faults[field] = code;
  }

  #unset(field: number): void {
    const bit = jsonFields[field]!.bit;
    const row = this.#builder.rows;
    this.seen &= ~bit;
    this.faulty &= ~bit;
    switch (jsonFields[field]!.kind) {
      case INTERVAL:
      case COUNT:
        this.numbers[field]![row] = NaN;
        break;
      case BOOLEAN:
        this.booleans[field]![row] = UNSET_BOOLEAN;
        break;
      case UID:
        this.#builder.columns.uidStart[row] = 0;
        this.#builder.columns.uidEnd[row] = 0;
        break;
    }
  }

  #useColumns(columns: OpenColumns): void {
    const columnOf = <T>(kinds: readonly number[], spare: T): T[] =>
      jsonFields.map((f) =>
        kinds.includes(f.kind) ? (columns[f.column as keyof OpenColumns] as unknown as T) : spare,
      );
    this.numbers = columnOf([TIME, INTERVAL, COUNT], columns.ts);
    this.ports = columnOf([PORT], columns.orig_p);
    this.addresses = columnOf([ADDRESS], columns.orig_h);
    this.booleans = columnOf([BOOLEAN], columns.local_orig);
    this.#columns = columns;
  }
}

function isWholeNumber(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i]! < 48 || bytes[i]! > 57) return false;
  return end > start;
}

/** Place in `textColumns` of each text field, by field. */
const textIndices = jsonFields.map((f) => (textColumns as readonly string[]).indexOf(f.column));

export function textIndex(field: number): number {
  return textIndices[field]!;
}
