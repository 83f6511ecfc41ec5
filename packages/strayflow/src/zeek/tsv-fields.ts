import { readAddress } from "./address.ts";
import { UNSET_BOOLEAN } from "./batch.ts";
import type { BatchBuilder, OpenColumns, TextColumnName } from "./builder.ts";
import { decodeText, unescapeBytes, unescapeZeek } from "./escapes.ts";
import { GLUE, type ConnSection, type TsvLayout } from "./header.ts";
import { OK, rejectCodes, type RejectCode } from "./rejects.ts";
import type { TextTable } from "./text-table.ts";
import { readTime } from "./times.ts";
import { ADDRESS, BOOLEAN, COUNT, GLUED, INTERVAL, PORT, TEXT, TIME, UID } from "./tsv-plan.ts";
import { planSection, type PlanEntry } from "./tsv-plan.ts";
import { readBoolean, readCount, readInterval, readPort } from "./values.ts";

const {
  "field-count": FIELD_COUNT,
  "time-missing": TIME_MISSING,
  "address-missing": ADDRESS_MISSING,
  "port-missing": PORT_MISSING,
} = rejectCodes;

const NEWLINE = 10;
const RETURN = 13;
const SPACE = 32;

/**
 * The fields of a section: where each goes, and the complete way to read one of them. The scanner (tsv.ts) itself reads
 * the forms that Zeek writes, and asks here about all others.
 */
export class TsvFields {
  readonly fieldCount: number;
  /** By entry (tsv-plan.ts). */
  readonly kinds: Uint8Array;
  /** The entries of kind TEXT, `proto` first, and the table of each. */
  readonly textEntries: Uint16Array;
  readonly tables: readonly TextTable[];
  /** Start and end, by entry, of the text fields of a row: they get codes only once the row is known to be good. */
  readonly spans: Int32Array;
  readonly unset: Uint8Array;
  readonly empty: Uint8Array;
  /** By entry, where its values go. */
  numbers: readonly Float64Array[] = [];
  words: readonly Uint32Array[] = [];
  halves: readonly Uint16Array[] = [];
  bytes: readonly Uint8Array[] = [];
  readonly #builder: BatchBuilder;
  readonly #entries: readonly PlanEntry[];
  #boundTo: OpenColumns | undefined;

  constructor(builder: BatchBuilder, { layout, columns }: ConnSection) {
    const { entries, fieldCount } = planSection(layout, columns);
    const encoder = new TextEncoder();
    this.#builder = builder;
    this.#entries = entries;
    this.fieldCount = fieldCount;
    this.kinds = Uint8Array.from(entries, (entry) => entry.kind);
    this.unset = encoder.encode(layout.unsetField);
    this.empty = encoder.encode(layout.emptyField);
    this.spans = new Int32Array(entries.length * 2);
    const text = entries.flatMap((entry, index) => (entry.kind === TEXT ? [index] : []));
    text.sort((a, b) => Number(entries[b]!.target === "proto") - Number(entries[a]!.target === "proto"));
    this.textEntries = Uint16Array.from(text);
    this.tables = text.map((index) => {
      const { target, isSet } = entries[index]!;
      const table = builder.table(target as TextColumnName);
      table.setDecode(textDecode(layout, isSet));
      return table;
    });
  }

  /** Directs the values into the batch that the builder has open. */
  bind(columns: OpenColumns): void {
    if (this.#boundTo === columns) return;
    this.#boundTo = columns;
    const targets = this.#entries.map((entry) => columns[entry.target]);
    // Entries of another kind get some column of the right type, so that each list holds one kind of array.
    this.numbers = targets.map((target) => (target instanceof Float64Array ? target : columns.ts));
    this.words = targets.map((target) => (target instanceof Uint32Array ? target : columns.orig_h));
    this.halves = targets.map((target) => (target instanceof Uint16Array ? target : columns.orig_p));
    this.bytes = targets.map((target) => (target instanceof Uint8Array ? target : columns.local_orig));
  }

  /**
   * Reads one field with every check, builder.text[start, stop) being followed by `after`: the forms that are rare, and
   * the verdict on what cannot be read, with the column at fault in `builder.faultColumn`.
   */
  read(index: number, start: number, stop: number, after: number, row: number): RejectCode {
    const { text } = this.#builder;
    const end = after === NEWLINE && stop > start && text[stop - 1] === RETURN ? stop - 1 : stop;
    const { kind, name } = this.#entries[index]!;
    if (kind === GLUED) return this.#readGlued(start, end, row);
    const isUnset = start === end || isMark(text, start, end, this.unset);
    const code = isUnset ? this.#unsetEntry(index, kind, row) : this.#readValue(index, kind, start, end, row);
    if (code !== OK) this.#builder.faultColumn = name;
    return code;
  }

  #unsetEntry(index: number, kind: number, row: number): RejectCode {
    switch (kind) {
      case COUNT:
      case INTERVAL:
        this.numbers[index]![row] = NaN;
        return OK;
      case BOOLEAN:
        this.bytes[index]![row] = UNSET_BOOLEAN;
        return OK;
      case TEXT:
        this.spans[index * 2] = this.spans[index * 2 + 1] = 0;
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
        return readCount(text, start, end, this.numbers[index]!, row);
      case INTERVAL:
        return readInterval(text, start, end, this.numbers[index]!, row);
      case TIME:
        return readTime(text, start, end, this.numbers[index]!, row);
      case ADDRESS:
        return readAddress(text, start, end, this.words[index]!, row);
      case PORT:
        return readPort(text, start, end, this.halves[index]!, row);
      case BOOLEAN:
        return readBoolean(text, start, end, this.bytes[index]!, row);
      case TEXT:
        this.spans[index * 2] = start;
        this.spans[index * 2 + 1] = end;
        return OK;
      case UID: {
        const isEmpty = isMark(text, start, end, this.empty);
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
    for (let index = this.fieldCount; index < this.#entries.length; index++) {
      if (from > end) return FIELD_COUNT;
      let to = from;
      while (to < end && !isMark(text, to, Math.min(to + GLUE.length, end), GLUE_BYTES)) to++;
      const code = this.read(index, from, to, 0, row);
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
