import { textColumns, type BatchBuilder } from "./builder.ts";
import { decodeText } from "./escapes.ts";
import {
  ADDRESS,
  BOOLEAN,
  CONN_ONLY_BITS,
  COUNT,
  FOREIGN_BIT,
  INTERVAL,
  jsonFields,
  LOG_NAME,
  ORIG_H_FIELD,
  PORT,
  PROTO_FIELD,
  REQUIRED_BITS,
  RESP_H_FIELD,
  SKIP,
  TEXT,
  TIME,
  TS_FIELD,
  UID,
  WEAK_LOG_NAME_BIT,
} from "./json-fields.ts";
import { KeyBook, ROW_END, ROW_START } from "./json-keys.ts";
import { readDecimal } from "./json-number.ts";
import { JsonRow, textIndex } from "./json-row.ts";
import { firstVisible, isNumberEnd, isUnset, readQuotedIpv4 } from "./json-values.ts";
import { OK, rejectCodes, SKIPPED, type RejectCode } from "./rejects.ts";

const JSON_INVALID = rejectCodes["json-invalid"];
const LINE_TOO_LONG = rejectCodes["line-too-long"];
const LINE_FEED = 10;
const QUOTE = 34;
const BACKSLASH = 92;
const ZERO = 48;
/** The four bytes of `true` and `fals` as a little-endian word. */
const TRUE = 0x65757274;
const FALS = 0x736c6166;

/** Below this, seconds are surely seconds, and in the range of times that rows may have. */
const PLAIN_SECONDS = 4e9;

/**
 * Reads conn.log written as JSON, one object a line, into a builder's columns. Keys may come in any order, spelling
 * and nesting that tools around Zeek use; absent, null, "", "-" and "(empty)" are unset; of a key that is written
 * twice the last value counts. Lines of other logs, as mixed streams hold them, are `SKIPPED`.
 *
 * Well-formed rows of a log whose keys mostly come in one order make no strings and no objects.
 */
export class JsonLines {
  /** Where the line that was read last ends: the place of its line feed. */
  lineFeed = 0;
  readonly #builder: BatchBuilder;
  readonly #maxLineBytes: number;
  readonly #row: JsonRow;
  readonly #keys = new KeyBook();
  readonly #kinds = Int32Array.from(jsonFields, (field) => field.kind);
  readonly #bits = Int32Array.from(jsonFields, (field) => field.bit);
  #text: Uint8Array = new Uint8Array(0);
  /** The same bytes: a Buffer finds a line feed several times faster. */
  #buffer: Buffer = Buffer.alloc(0);

  /** The names of other logs that are met are added to `otherLogs`. */
  constructor(builder: BatchBuilder, maxLineBytes: number, otherLogs: Set<string>) {
    this.#builder = builder;
    this.#maxLineBytes = maxLineBytes;
    this.#row = new JsonRow(builder, otherLogs);
  }

  /** Rows whose originator's port was over 65535 and is read as 0. */
  get oddPorts(): number {
    return this.#row.oddPorts;
  }

  /** To be called before the first line, and again where the builder was used for lines of another format. */
  resume(): void {
    for (const column of textColumns) this.#builder.table(column).setDecode(decodeText);
  }

  /**
   * Reads the line at `start` of the builder's text, in which a line feed must follow, into the builder's next row;
   * its line number is the caller's. `Batch.lineStart` and `lineEnd` are set to the object alone, without what stands
   * around it. `OK` where the row was added; `SKIPPED` where the line is of another log; else the code of the reject
   * reason, with the column at fault in `builder.faultColumn`.
   */
  readLine(start: number): RejectCode {
    const builder = this.#builder;
    builder.faultColumn = "";
    this.lineFeed = -1;
    let code = this.#readRow(start);
    if (code === OK) {
      builder.rows++;
      return OK;
    }
    if (this.lineFeed < 0) {
      this.lineFeed = this.#buffer.indexOf(LINE_FEED, start);
      if (this.lineFeed - start > this.#maxLineBytes) code = LINE_TOO_LONG;
    }
    builder.clearRow();
    return code;
  }

  #readRow(start: number): RejectCode {
    const bytes = this.#builder.text;
    if (bytes !== this.#text) {
      this.#text = bytes;
      this.#buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      this.#keys.use(bytes);
    }
    const row = this.#row;
    row.begin();
    const keys = this.#keys;
    const kinds = this.#kinds;
    const bits = this.#bits;
    const at = this.#builder.rows;

    const rowStart = firstVisible(bytes, start);
    let p = rowStart;
    let entry = ROW_START;
    for (;;) {
      entry = keys.next(entry, p);
      if (entry < 0) break;
      p += keys.length[entry]!;
      const field = keys.field[entry]!;
      // Each case reads the plainest form of its type and leaves `next` below zero for every other.
      let next = -1;
      let byte = bytes[p]!;
      switch (kinds[field]!) {
        case COUNT: {
          let value = 0;
          let i = p;
          const limit = p + 9;
          for (byte -= ZERO; byte >= 0 && byte <= 9 && i < limit; byte = bytes[++i]! - ZERO)
            value = (value * 10 + byte) | 0;
          if (i > p && isNumberEnd(byte + ZERO) && (bytes[p] !== ZERO || i === p + 1)) {
            row.numbers[field]![at] = value;
            next = i;
          }
          break;
        }
        case TEXT: {
          if (byte !== QUOTE) break;
          const first = p + 1;
          let i = first;
          for (byte = bytes[i]!; byte !== QUOTE && byte !== BACKSLASH && byte > 31; byte = bytes[++i]!);
          if (byte !== QUOTE || isUnset(bytes, first, i)) break;
          const index = textIndex(field);
          row.textStart[index] = first;
          row.textEnd[index] = i;
          next = i + 1;
          break;
        }
        case PORT: {
          let value = 0;
          let i = p;
          const limit = p + 6;
          for (byte -= ZERO; byte >= 0 && byte <= 9 && i < limit; byte = bytes[++i]! - ZERO)
            value = (value * 10 + byte) | 0;
          if (i > p && value < 65536 && isNumberEnd(byte + ZERO) && (bytes[p] !== ZERO || i === p + 1)) {
            row.ports[field]![at] = value;
            next = i;
          }
          break;
        }
        case ADDRESS:
          if (byte === QUOTE) next = readQuotedIpv4(bytes, p + 1, row.addresses[field]!, at * 4);
          break;
        case TIME: {
          const column = row.numbers[field]!;
          next = readDecimal(bytes, p, column, at);
          if (next >= 0 && !(column[at]! < PLAIN_SECONDS)) next = -1;
          break;
        }
        case INTERVAL:
          next = readDecimal(bytes, p, row.numbers[field]!, at);
          break;
        case UID: {
          if (byte !== QUOTE) break;
          const first = p + 1;
          let i = first;
          for (byte = bytes[i]!; byte !== QUOTE && byte !== BACKSLASH && byte > 31; byte = bytes[++i]!);
          if (byte !== QUOTE || isUnset(bytes, first, i)) break;
          this.#builder.columns.uidStart[at] = first;
          this.#builder.columns.uidEnd[at] = i;
          next = i + 1;
          break;
        }
        case BOOLEAN: {
          const word = bytes[p]! | (bytes[p + 1]! << 8) | (bytes[p + 2]! << 16) | (bytes[p + 3]! << 24);
          if (word === TRUE) {
            row.booleans[field]![at] = 1;
            next = p + 4;
          } else if (word === FALS && bytes[p + 4] === 101 /* e */) {
            row.booleans[field]![at] = 0;
            next = p + 5;
          }
          break;
        }
        case SKIP: {
          if (byte !== QUOTE) break;
          let i = p + 1;
          for (byte = bytes[i]!; byte !== QUOTE && byte !== BACKSLASH && byte > 31; byte = bytes[++i]!);
          if (byte === QUOTE) next = i + 1;
          break;
        }
      }
      if (next >= 0) {
        p = next;
        const bit = bits[field]!;
        row.seen |= bit;
        if (row.faulty !== 0) row.faulty &= ~bit;
        continue;
      }
      p = row.readValue(field, p);
      if (p < 0) return JSON_INVALID;
      if (kinds[field] === LOG_NAME && row.isOther) return SKIPPED;
    }
    if (entry !== ROW_END) return JSON_INVALID;
    const lineFeed = firstVisible(bytes, keys.rowEnd);
    if (bytes[lineFeed] !== LINE_FEED) return JSON_INVALID;
    this.lineFeed = lineFeed;
    return this.#finishRow(rowStart, keys.rowEnd);
  }

  /** Judges the row, and only then asks for the codes of its texts. */
  #finishRow(start: number, end: number): RejectCode {
    const row = this.#row;
    const builder = this.#builder;
    const seen = row.seen;
    if (end - start > this.#maxLineBytes) return LINE_TOO_LONG;
    if ((seen & (FOREIGN_BIT | WEAK_LOG_NAME_BIT)) !== 0 && ((seen | row.faulty) & CONN_ONLY_BITS) === 0)
      return SKIPPED;
    if (row.faulty !== 0) return row.firstFault();
    if ((seen & REQUIRED_BITS) !== REQUIRED_BITS) return this.#missing(seen);
    const at = builder.rows;
    const columns = builder.columns;
    columns.lineStart[at] = start;
    columns.lineEnd[at] = end;
    columns.proto[at] = row.textCode(0);
    if ((seen & SERVICE_BIT) !== 0) columns.service[at] = row.textCode(1);
    if ((seen & CONN_STATE_BIT) !== 0) columns.conn_state[at] = row.textCode(2);
    if ((seen & HISTORY_BIT) !== 0) columns.history[at] = row.textCode(3);
    if ((seen & LABEL_BIT) !== 0) columns.label[at] = row.textCode(4);
    if ((seen & DETAILEDLABEL_BIT) !== 0) columns.detailedlabel[at] = row.textCode(5);
    return OK;
  }

  #missing(seen: number): RejectCode {
    let field = TS_FIELD;
    while ((REQUIRED_BITS & ~seen & jsonFields[field]!.bit) === 0) field++;
    this.#builder.faultColumn = jsonFields[field]!.name;
    switch (field) {
      case TS_FIELD:
        return rejectCodes["time-missing"];
      case PROTO_FIELD:
        return rejectCodes["proto-missing"];
      case ORIG_H_FIELD:
      case RESP_H_FIELD:
        return rejectCodes["address-missing"];
      default:
        return rejectCodes["port-missing"];
    }
  }
}

const SERVICE_BIT = bitOf("service");
const CONN_STATE_BIT = bitOf("conn_state");
const HISTORY_BIT = bitOf("history");
const LABEL_BIT = bitOf("label");
const DETAILEDLABEL_BIT = bitOf("detailedlabel");

function bitOf(column: string): number {
  return jsonFields.find((field) => field.column === column)!.bit;
}
