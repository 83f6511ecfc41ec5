import { assert } from "../base/errors.ts";
import { UNSET_BOOLEAN, type Batch, type BatchSource } from "./batch.ts";
import { openTextTable, type TextTable } from "./text-table.ts";

export const numberColumns = [
  "ts",
  "duration",
  "orig_bytes",
  "resp_bytes",
  "missed_bytes",
  "orig_pkts",
  "orig_ip_bytes",
  "resp_pkts",
  "resp_ip_bytes",
  "ip_proto",
] as const;
export const textColumns = ["proto", "service", "conn_state", "history", "label", "detailedlabel"] as const;

export type NumberColumnName = (typeof numberColumns)[number];
export type TextColumnName = (typeof textColumns)[number];

/** The batch being filled: every column `capacity` rows long, all of them views of one buffer. */
export interface OpenColumns {
  readonly lineStart: Uint32Array;
  readonly lineEnd: Uint32Array;
  readonly lineNumber: Uint32Array;
  readonly ts: Float64Array;
  readonly duration: Float64Array;
  readonly orig_bytes: Float64Array;
  readonly resp_bytes: Float64Array;
  readonly missed_bytes: Float64Array;
  readonly orig_pkts: Float64Array;
  readonly orig_ip_bytes: Float64Array;
  readonly resp_pkts: Float64Array;
  readonly resp_ip_bytes: Float64Array;
  readonly ip_proto: Float64Array;
  readonly orig_h: Uint32Array;
  readonly resp_h: Uint32Array;
  readonly uidStart: Uint32Array;
  readonly uidEnd: Uint32Array;
  readonly orig_p: Uint16Array;
  readonly resp_p: Uint16Array;
  readonly proto: Uint16Array;
  readonly service: Uint16Array;
  readonly conn_state: Uint16Array;
  readonly history: Uint16Array;
  readonly label: Uint16Array;
  readonly detailedlabel: Uint16Array;
  readonly local_orig: Uint8Array;
  readonly local_resp: Uint8Array;
}

/** Codes are 16 bits wide, 0 is unset: with no more rows than this, no column of a batch can run out of codes. */
export const MAX_BATCH_ROWS = 65535;

/**
 * Columns of a batch under construction. The owner (log-scanner.ts) gathers bytes in `text` and empties the builder when
 * it is full; a line scanner fills the rows.
 */
export class BatchBuilder {
  readonly capacity: number;
  /** Complete rows so far; also the index of the row being filled. Never above `capacity`. */
  rows = 0;
  /** Replaced by `take` and by whoever makes room for more text: read it anew for every line. */
  columns: OpenColumns;
  /** The bytes of the rows, and behind them those that were not scanned yet. Replaced like `columns`. */
  text: Uint8Array = new Uint8Array(0);
  /** The column whose value made the last line a reject. */
  faultColumn = "";
  readonly #tables: Readonly<Record<TextColumnName, TextTable>>;

  constructor(capacity: number) {
    assert(capacity >= 1 && capacity <= MAX_BATCH_ROWS, `a batch of ${capacity} rows`);
    this.capacity = capacity;
    this.columns = openColumns(capacity);
    this.#tables = {
      proto: openTextTable(),
      service: openTextTable(),
      conn_state: openTextTable(),
      history: openTextTable(),
      label: openTextTable(),
      detailedlabel: openTextTable(),
    };
  }

  /** The table of one text column, for scanners that keep them in locals. */
  table(column: TextColumnName): TextTable {
    return this.#tables[column];
  }

  /** Puts unset into every column of the row being filled; for scanners that meet fields in any order or not at all. */
  clearRow(): void {
    const c = this.columns;
    const row = this.rows;
    c.duration[row] = NaN;
    c.orig_bytes[row] = NaN;
    c.resp_bytes[row] = NaN;
    c.missed_bytes[row] = NaN;
    c.orig_pkts[row] = NaN;
    c.orig_ip_bytes[row] = NaN;
    c.resp_pkts[row] = NaN;
    c.resp_ip_bytes[row] = NaN;
    c.ip_proto[row] = NaN;
    c.uidStart[row] = 0;
    c.uidEnd[row] = 0;
    c.proto[row] = 0;
    c.service[row] = 0;
    c.conn_state[row] = 0;
    c.history[row] = 0;
    c.label[row] = 0;
    c.detailedlabel[row] = 0;
    c.local_orig[row] = UNSET_BOOLEAN;
    c.local_resp[row] = UNSET_BOOLEAN;
  }

  /**
   * The rows so far as a batch, whose text is text[0, textEnd); the builder goes on empty. A full batch is handed over
   * as it is; one that is less than half full is copied out, so that many small files do not hold many large buffers.
   */
  take(source: BatchSource, textEnd: number): Batch {
    const rows = this.rows;
    const small = rows * 2 < this.capacity;
    const open = small ? copyColumns(this.columns, rows) : this.columns;
    const text =
      textEnd * 2 < this.text.length ? this.text.slice(0, textEnd) : this.text.subarray(0, textEnd);
    const coded = (column: TextColumnName) => ({
      codes: open[column].subarray(0, rows),
      values: this.#tables[column].finish(),
    });
    const batch: Batch = {
      rows,
      source,
      text,
      lineStart: open.lineStart.subarray(0, rows),
      lineEnd: open.lineEnd.subarray(0, rows),
      lineNumber: open.lineNumber.subarray(0, rows),
      ts: open.ts.subarray(0, rows),
      duration: open.duration.subarray(0, rows),
      orig_bytes: open.orig_bytes.subarray(0, rows),
      resp_bytes: open.resp_bytes.subarray(0, rows),
      missed_bytes: open.missed_bytes.subarray(0, rows),
      orig_pkts: open.orig_pkts.subarray(0, rows),
      orig_ip_bytes: open.orig_ip_bytes.subarray(0, rows),
      resp_pkts: open.resp_pkts.subarray(0, rows),
      resp_ip_bytes: open.resp_ip_bytes.subarray(0, rows),
      ip_proto: open.ip_proto.subarray(0, rows),
      orig_h: open.orig_h.subarray(0, rows * 4),
      resp_h: open.resp_h.subarray(0, rows * 4),
      orig_p: open.orig_p.subarray(0, rows),
      resp_p: open.resp_p.subarray(0, rows),
      local_orig: open.local_orig.subarray(0, rows),
      local_resp: open.local_resp.subarray(0, rows),
      proto: coded("proto"),
      service: coded("service"),
      conn_state: coded("conn_state"),
      history: coded("history"),
      label: coded("label"),
      detailedlabel: coded("detailedlabel"),
      uid: { start: open.uidStart.subarray(0, rows), end: open.uidEnd.subarray(0, rows) },
    };
    this.rows = 0;
    // The tail beyond the batch's text stays with the caller, who copies what it has not scanned yet.
    this.columns = small ? this.columns : openColumns(this.capacity);
    // One row more: a rejected line may have left values there.
    if (small) unsetColumns(this.columns, rows + 1);
    return batch;
  }
}

/** Columns of `capacity` rows, everything unset. */
function openColumns(capacity: number): OpenColumns {
  const columns = layColumns(capacity);
  unsetColumns(columns, capacity);
  return columns;
}

/** Scanners that meet columns by plan never touch those that their log lacks, so these must start as unset. */
function unsetColumns(columns: OpenColumns, rows: number): void {
  for (const name of numberColumns) columns[name].fill(NaN, 0, rows);
  for (const name of textColumns) columns[name].fill(0, 0, rows);
  columns.local_orig.fill(UNSET_BOOLEAN, 0, rows);
  columns.local_resp.fill(UNSET_BOOLEAN, 0, rows);
  columns.uidStart.fill(0, 0, rows);
  columns.uidEnd.fill(0, 0, rows);
}

function copyColumns(from: OpenColumns, rows: number): OpenColumns {
  const to = layColumns(rows);
  for (const name of Object.keys(to) as (keyof OpenColumns)[]) {
    const width = name === "orig_h" || name === "resp_h" ? 4 : 1;
    to[name].set(from[name].subarray(0, rows * width));
  }
  return to;
}

/** One zeroed buffer cut into columns, widest elements first so that all are aligned. One buffer also moves at once. */
function layColumns(rows: number): OpenColumns {
  const bytesPerRow = numberColumns.length * 8 + (4 + 4 + 5) * 4 + (2 + textColumns.length) * 2 + 2;
  const buffer = new ArrayBuffer(bytesPerRow * rows);
  let at = 0;
  const doubles = () => {
    const column = new Float64Array(buffer, at, rows);
    at += column.byteLength;
    return column;
  };
  const words = (width = 1) => {
    const column = new Uint32Array(buffer, at, rows * width);
    at += column.byteLength;
    return column;
  };
  const halves = () => {
    const column = new Uint16Array(buffer, at, rows);
    at += column.byteLength;
    return column;
  };
  const bytes = () => {
    const column = new Uint8Array(buffer, at, rows);
    at += column.byteLength;
    return column;
  };
  // Evaluated in the order written, which is the order in the buffer.
  return {
    ts: doubles(),
    duration: doubles(),
    orig_bytes: doubles(),
    resp_bytes: doubles(),
    missed_bytes: doubles(),
    orig_pkts: doubles(),
    orig_ip_bytes: doubles(),
    resp_pkts: doubles(),
    resp_ip_bytes: doubles(),
    ip_proto: doubles(),
    orig_h: words(4),
    resp_h: words(4),
    lineStart: words(),
    lineEnd: words(),
    lineNumber: words(),
    uidStart: words(),
    uidEnd: words(),
    orig_p: halves(),
    resp_p: halves(),
    proto: halves(),
    service: halves(),
    conn_state: halves(),
    history: halves(),
    label: halves(),
    detailedlabel: halves(),
    local_orig: bytes(),
    local_resp: bytes(),
  };
}
