import { readAddress } from "./address.ts";
import { UNSET_BOOLEAN } from "./batch.ts";
import type { BatchBuilder, OpenColumns, TextColumnName } from "./builder.ts";
import { decodeText, unescapeBytes, unescapeZeek } from "./escapes.ts";
import { GLUE, type ConnSection, type TsvLayout } from "./header.ts";
import { OK, rejectCodes, type RejectCode } from "./rejects.ts";
import type { TextTable } from "./text-table.ts";
import { ADDRESS, BOOLEAN, COUNT, GLUED, INTERVAL, PORT, SKIP, TEXT, TIME, UID } from "./tsv-plan.ts";
import { planSection, type PlanEntry } from "./tsv-plan.ts";
import { readBoolean, readCount, readInterval, readPort, readTime } from "./values.ts";

const {
  "field-count": FIELD_COUNT,
  "line-too-long": LINE_TOO_LONG,
  "time-missing": TIME_MISSING,
  "address-missing": ADDRESS_MISSING,
  "port-missing": PORT_MISSING,
  "proto-missing": PROTO_MISSING,
} = rejectCodes;

const NEWLINE = 10;
const RETURN = 13;
const SPACE = 32;
const HASH = 35;
const DOT = 46;
const ZERO = 48;
const LETTER_F = 70;
const LETTER_T = 84;
/** Below this, a time is in range and its microseconds are exact; later ones go through every check. */
const LAST_PLAIN_SECOND = 4_000_000_000;

/**
 * Reads the rows of one section of a TSV log into the builder, in one pass over the bytes. Sections, directives and what
 * becomes of rejected lines are the caller's (log-scanner.ts).
 */
export class TsvScanner {
  readonly layout: TsvLayout;
  /** Where `readRows` stopped: the start of the line behind the last row that was added. */
  at = 0;
  readonly #builder: BatchBuilder;
  readonly #maxLineBytes: number;
  readonly #separator: number;
  readonly #unset: Uint8Array;
  readonly #empty: Uint8Array;
  readonly #entries: readonly PlanEntry[];
  readonly #kinds: Uint8Array;
  readonly #fieldCount: number;
  /** The entries of kind TEXT, `proto` first, and the table of each. */
  readonly #textEntries: Uint16Array;
  readonly #tables: readonly TextTable[];
  /** Start and end, by entry, of the text fields of a row: they get codes only once the row is known to be good. */
  readonly #spans: Int32Array;
  /** The columns that the four lists below are taken from: by entry, where its values go. */
  #boundTo: OpenColumns | undefined;
  #numbers: readonly Float64Array[] = [];
  #words: readonly Uint32Array[] = [];
  #halves: readonly Uint16Array[] = [];
  #bytes: readonly Uint8Array[] = [];

  constructor(builder: BatchBuilder, section: ConnSection, maxLineBytes: number) {
    const { layout, columns } = section;
    const { entries, fieldCount } = planSection(layout, columns);
    const encoder = new TextEncoder();
    this.layout = layout;
    this.#builder = builder;
    this.#maxLineBytes = maxLineBytes;
    this.#separator = layout.separator.charCodeAt(0);
    this.#unset = encoder.encode(layout.unsetField);
    this.#empty = encoder.encode(layout.emptyField);
    this.#entries = entries;
    this.#kinds = Uint8Array.from(entries, (entry) => entry.kind);
    this.#fieldCount = fieldCount;
    const text = entries.flatMap((entry, index) => (entry.kind === TEXT ? [index] : []));
    text.sort((a, b) => Number(entries[b]!.target === "proto") - Number(entries[a]!.target === "proto"));
    this.#textEntries = Uint16Array.from(text);
    this.#tables = text.map((index) => {
      const { target, isSet } = entries[index]!;
      const table = builder.table(target as TextColumnName);
      table.setDecode(textDecode(layout, isSet));
      return table;
    });
    this.#spans = new Int32Array(entries.length * 2);
  }

  /**
   * Reads rows from builder.text[from, limit), which ends with a line end, until there are no more or the builder is full
   * (`OK`), until a line that may be a directive or blank (`OK`; never the first line where `isRow`), or until a line
   * that is rejected (its code; `at` is the start of that line). `line` is the line number at `from`.
   */
  readRows(from: number, limit: number, line: number, isRow: boolean): RejectCode {
    const builder = this.#builder;
    const { text, capacity, columns } = builder;
    if (this.#boundTo !== columns) this.#bind(columns);
    const { lineStart, lineEnd, lineNumber, uidStart, uidEnd } = columns;
    const kinds = this.#kinds;
    const fieldCount = this.#fieldCount;
    const separator = this.#separator;
    const longestMark = Math.max(this.#unset.length, this.#empty.length);
    const unsetByte = this.#unset.length === 1 ? this.#unset[0]! : -1;
    const numbers = this.#numbers;
    const words = this.#words;
    const halves = this.#halves;
    const flags = this.#bytes;
    const spans = this.#spans;
    const textEntries = this.#textEntries;
    const tables = this.#tables;
    let row = builder.rows;
    let at = from;
    let code: RejectCode = OK;

    for (; at < limit && row < capacity; row++, line++) {
      const first = text[at]!;
      if ((first === HASH || first <= SPACE) && !isRow) break;
      isRow = false;
      let p = at;
      let byte = 0;
      let field = 0;
      for (; field < fieldCount; field++, p++) {
        const start = p;
        byte = text[p]!;
        switch (kinds[field]) {
          case COUNT: {
            let value = 0;
            let digit = byte - ZERO;
            while (digit >= 0 && digit <= 9) {
              value = (value * 10 + digit) | 0;
              byte = text[++p]!;
              digit = byte - ZERO;
            }
            // Nine digits fit the integer. Whatever else the field holds is looked at again.
            if ((byte === separator || byte === NEWLINE) && p > start && p - start <= 9) {
              numbers[field]![row] = value;
              break;
            }
            while (byte !== separator && byte !== NEWLINE) byte = text[++p]!;
            if (p - start === 1 && text[start] === unsetByte) numbers[field]![row] = NaN;
            else code = this.#readEntry(field, start, p, byte, row);
            break;
          }
          case TIME:
          case INTERVAL: {
            // Seconds of up to nine digits and a further one, a point and six decimals: as Zeek writes it.
            let seconds = 0;
            let digit = byte - ZERO;
            const wholeEnd = start + 9;
            while (digit >= 0 && digit <= 9 && p < wholeEnd) {
              seconds = (seconds * 10 + digit) | 0;
              byte = text[++p]!;
              digit = byte - ZERO;
            }
            let whole = seconds;
            if (p === wholeEnd && digit >= 0 && digit <= 9) {
              whole = seconds * 10 + digit;
              byte = text[++p]!;
            }
            if (byte === DOT && p > start) {
              const decimals = p + 1;
              let micros = 0;
              byte = text[++p]!;
              digit = byte - ZERO;
              while (digit >= 0 && digit <= 9) {
                micros = (micros * 10 + digit) | 0;
                byte = text[++p]!;
                digit = byte - ZERO;
              }
              if (
                (byte === separator || byte === NEWLINE) &&
                p - decimals === 6 &&
                whole <= LAST_PLAIN_SECOND
              ) {
                numbers[field]![row] = (whole * 1e6 + micros) / 1e6;
                break;
              }
            }
            while (byte !== separator && byte !== NEWLINE) byte = text[++p]!;
            if (p - start === 1 && text[start] === unsetByte && kinds[field] === INTERVAL)
              numbers[field]![row] = NaN;
            else code = this.#readEntry(field, start, p, byte, row);
            break;
          }
          case PORT: {
            let value = 0;
            let digit = byte - ZERO;
            while (digit >= 0 && digit <= 9) {
              value = (value * 10 + digit) | 0;
              byte = text[++p]!;
              digit = byte - ZERO;
            }
            if ((byte === separator || byte === NEWLINE) && p > start && p - start <= 9 && value <= 65535) {
              halves[field]![row] = value;
              break;
            }
            while (byte !== separator && byte !== NEWLINE) byte = text[++p]!;
            code = this.#readEntry(field, start, p, byte, row);
            break;
          }
          case ADDRESS: {
            // Four octets. Anything else, IPv6 above all, is looked at again.
            let word = 0;
            let octets = 0;
            let octet = 0;
            let octetStart = p;
            for (;;) {
              const digit = byte - ZERO;
              if (digit >= 0 && digit <= 9) octet = (octet * 10 + digit) | 0;
              else {
                if (p === octetStart || p - octetStart > 3 || octet > 255) break;
                word = (word << 8) | octet;
                octets++;
                if (byte !== DOT) break;
                octetStart = p + 1;
                octet = 0;
              }
              byte = text[++p]!;
            }
            if ((byte === separator || byte === NEWLINE) && octets === 4 && p > octetStart) {
              const target = words[field]!;
              target[row * 4] = 0;
              target[row * 4 + 1] = 0;
              target[row * 4 + 2] = 0xffff;
              target[row * 4 + 3] = word;
              break;
            }
            while (byte !== separator && byte !== NEWLINE) byte = text[++p]!;
            if (readAddress(text, start, p, words[field]!, row) !== OK)
              code = this.#readEntry(field, start, p, byte, row);
            break;
          }
          case BOOLEAN:
            byte = text[++p]!;
            if (byte === separator || byte === NEWLINE) {
              const letter = text[start]!;
              const value =
                letter === LETTER_T ? 1 : letter === LETTER_F ? 0 : letter === unsetByte ? UNSET_BOOLEAN : -1;
              if (value >= 0) {
                flags[field]![row] = value;
                break;
              }
            }
            p = start;
            byte = text[p]!;
            while (byte !== separator && byte !== NEWLINE) byte = text[++p]!;
            code = this.#readEntry(field, start, p, byte, row);
            break;
          case SKIP:
            while (byte !== separator && byte !== NEWLINE) byte = text[++p]!;
            break;
          case TEXT:
            while (byte !== separator && byte !== NEWLINE) byte = text[++p]!;
            spans[field * 2] = start;
            spans[field * 2 + 1] = p;
            break;
          case UID:
            while (byte !== separator && byte !== NEWLINE) byte = text[++p]!;
            uidStart[row] = start;
            uidEnd[row] = p;
            if (p - start <= longestMark || byte === NEWLINE)
              code = this.#readEntry(field, start, p, byte, row);
            break;
          default:
            while (byte !== separator && byte !== NEWLINE) byte = text[++p]!;
            code = this.#readEntry(field, start, p, byte, row);
        }
        if (code !== OK || byte === NEWLINE) break;
      }
      if (code !== OK) break;
      if (field !== fieldCount - 1) {
        code = FIELD_COUNT;
        break;
      }
      const end = text[p - 1] === RETURN ? p - 1 : p;
      if (end - at > this.#maxLineBytes) {
        code = LINE_TOO_LONG;
        break;
      }
      // `proto` comes first, so that a row without it takes up no code.
      for (let k = 0; k < textEntries.length; k++) {
        const entry = textEntries[k]!;
        const stop = spans[entry * 2 + 1]!;
        const value = tables[k]!.code(text, spans[entry * 2]!, stop > end ? end : stop);
        if (value === 0 && k === 0) {
          code = PROTO_MISSING;
          builder.faultColumn = "proto";
          break;
        }
        halves[entry]![row] = value;
      }
      if (code !== OK) break;
      lineStart[row] = at;
      lineEnd[row] = end;
      lineNumber[row] = line;
      at = p + 1;
    }
    builder.rows = row;
    this.at = at;
    return code;
  }

  #bind(columns: OpenColumns): void {
    this.#boundTo = columns;
    const targets = this.#entries.map((entry) => columns[entry.target]);
    // Entries of another kind get some column of the right type, so that each list holds one kind of array.
    this.#numbers = targets.map((target) => (target instanceof Float64Array ? target : columns.ts));
    this.#words = targets.map((target) => (target instanceof Uint32Array ? target : columns.orig_h));
    this.#halves = targets.map((target) => (target instanceof Uint16Array ? target : columns.orig_p));
    this.#bytes = targets.map((target) => (target instanceof Uint8Array ? target : columns.local_orig));
  }

  /**
   * Reads one field with every check, text[start, stop) being followed by `after`: what the fast ways of `readRows` do
   * not cover, and the verdict on what cannot be read.
   */
  #readEntry(index: number, start: number, stop: number, after: number, row: number): RejectCode {
    const { text } = this.#builder;
    const end = after === NEWLINE && stop > start && text[stop - 1] === RETURN ? stop - 1 : stop;
    const { kind, name } = this.#entries[index]!;
    if (kind === GLUED) return this.#readGlued(start, end, row);
    const isUnset = start === end || isMark(text, start, end, this.#unset);
    const code = isUnset ? this.#unsetEntry(index, kind, row) : this.#readValue(index, kind, start, end, row);
    if (code !== OK) this.#builder.faultColumn = name;
    return code;
  }

  #unsetEntry(index: number, kind: number, row: number): RejectCode {
    switch (kind) {
      case COUNT:
      case INTERVAL:
        this.#numbers[index]![row] = NaN;
        return OK;
      case BOOLEAN:
        this.#bytes[index]![row] = UNSET_BOOLEAN;
        return OK;
      case TEXT:
        this.#spans[index * 2] = this.#spans[index * 2 + 1] = 0;
        return OK;
      case UID:
        this.#builder.columns.uidStart[row] = this.#builder.columns.uidEnd[row] = 0;
        return OK;
      case TIME:
        return TIME_MISSING;
      case ADDRESS:
        return ADDRESS_MISSING;
      case PORT:
        return PORT_MISSING;
      default:
        return OK;
    }
  }

  #readValue(index: number, kind: number, start: number, end: number, row: number): RejectCode {
    const { text, columns } = this.#builder;
    switch (kind) {
      case COUNT:
        return readCount(text, start, end, this.#numbers[index]!, row);
      case INTERVAL:
        return readInterval(text, start, end, this.#numbers[index]!, row);
      case TIME:
        return readTime(text, start, end, this.#numbers[index]!, row);
      case ADDRESS:
        return readAddress(text, start, end, this.#words[index]!, row);
      case PORT:
        return readPort(text, start, end, this.#halves[index]!, row);
      case BOOLEAN:
        return readBoolean(text, start, end, this.#bytes[index]!, row);
      case TEXT:
        this.#spans[index * 2] = start;
        this.#spans[index * 2 + 1] = end;
        return OK;
      case UID: {
        const isEmpty = isMark(text, start, end, this.#empty);
        columns.uidStart[row] = isEmpty ? 0 : start;
        columns.uidEnd[row] = isEmpty ? 0 : end;
        return OK;
      }
      default:
        return OK;
    }
  }

  /** The columns that are glued into the last field by three spaces or more. */
  #readGlued(start: number, end: number, row: number): RejectCode {
    const { text } = this.#builder;
    let from = start;
    for (let index = this.#fieldCount; index < this.#entries.length; index++) {
      if (from > end) return FIELD_COUNT;
      let to = from;
      while (to < end && !isMark(text, to, Math.min(to + GLUE.length, end), GLUE_BYTES)) to++;
      const code = this.#readEntry(index, from, to, 0, row);
      if (code !== OK) return code;
      from = to;
      while (from < end && text[from] === SPACE) from++;
      if (to === end) from = end + 1;
    }
    return from > end ? OK : FIELD_COUNT;
  }
}

const GLUE_BYTES = new TextEncoder().encode(GLUE);

function isMark(text: Uint8Array, start: number, end: number, mark: Uint8Array): boolean {
  if (end - start !== mark.length) return false;
  for (let i = 0; i < mark.length; i++) if (text[start + i] !== mark[i]) return false;
  return true;
}

/** How the bytes of a text field become its value; the marks for unset and empty become "", which is unset. */
function textDecode(layout: TsvLayout, isSet: boolean): (bytes: Uint8Array) => string {
  const { unsetField, emptyField, setSeparator } = layout;
  return (bytes) => {
    const raw = decodeText(bytes);
    if (raw === unsetField || raw === emptyField) return "";
    // Members may hold the separator in escaped form, so the set is taken apart before escapes are undone.
    if (isSet && setSeparator !== ",") return raw.split(setSeparator).map(unescapeZeek).join(",");
    return raw.includes("\\") ? decodeText(unescapeBytes(bytes)) : raw;
  };
}
