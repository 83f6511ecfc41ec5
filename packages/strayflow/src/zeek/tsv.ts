import { readAddress } from "./address.ts";
import { UNSET_BOOLEAN } from "./batch.ts";
import type { BatchBuilder } from "./builder.ts";
import type { ConnSection, TsvLayout } from "./header.ts";
import { OK, rejectCodes, type RejectCode } from "./rejects.ts";
import { TsvFields } from "./tsv-fields.ts";
import { ADDRESS, BOOLEAN, COUNT, INTERVAL, PORT, SKIP, TEXT, TIME, UID } from "./tsv-plan.ts";

const {
  "field-count": FIELD_COUNT,
  "line-too-long": LINE_TOO_LONG,
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
  readonly #fields: TsvFields;

  constructor(builder: BatchBuilder, section: ConnSection, maxLineBytes: number) {
    this.layout = section.layout;
    this.#builder = builder;
    this.#maxLineBytes = maxLineBytes;
    this.#separator = section.layout.separator.charCodeAt(0);
    this.#fields = new TsvFields(builder, section);
  }

  /**
   * Reads rows from builder.text[from, limit), which ends with a line end, until there are no more or the builder is full
   * (`OK`), until a line that may be a directive or blank (`OK`; never the first line where `isRow`), or until a line
   * that is rejected (its code; `at` is the start of that line). `line` is the line number at `from`.
   */
  readRows(from: number, limit: number, line: number, isRow: boolean): RejectCode {
    const builder = this.#builder;
    const { text, capacity, columns } = builder;
    const fields = this.#fields;
    fields.bind(columns);
    const { lineStart, lineEnd, lineNumber, uidStart, uidEnd } = columns;
    const { kinds, fieldCount, numbers, words, halves, spans, textEntries, tables, unset, empty } = fields;
    const flags = fields.bytes;
    const separator = this.#separator;
    const maxLineBytes = this.#maxLineBytes;
    const unsetByte = unset.length === 1 ? unset[0]! : -1;
    const longestMark = Math.max(unset.length, empty.length);
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
            else code = fields.read(field, start, p, byte, row);
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
            else code = fields.read(field, start, p, byte, row);
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
            code = fields.read(field, start, p, byte, row);
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
              code = fields.read(field, start, p, byte, row);
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
            code = fields.read(field, start, p, byte, row);
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
            if (p - start <= longestMark || byte === NEWLINE) code = fields.read(field, start, p, byte, row);
            break;
          default:
            while (byte !== separator && byte !== NEWLINE) byte = text[++p]!;
            code = fields.read(field, start, p, byte, row);
        }
        if (code !== OK || byte === NEWLINE) break;
      }
      if (code !== OK) break;
      if (field !== fieldCount - 1) {
        code = FIELD_COUNT;
        break;
      }
      const end = text[p - 1] === RETURN ? p - 1 : p;
      if (end - at > maxLineBytes) {
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
}
