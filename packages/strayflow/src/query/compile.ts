import { ExpectedError, unreachable } from "../base/errors.ts";
import { UNSET_BOOLEAN, type Batch, type SpanColumn, type TextColumn } from "../zeek/batch.ts";
import { fieldOf, type FieldId, type FieldOf } from "./fields.ts";
import { above, below } from "./next-double.ts";
import type { Comparison, Network, Query } from "./query.ts";
import { maskWord } from "./values.ts";

/** Gives 1 for every row that the query holds for, 0 for the others. The caller owns the array. */
export type RowSelector = (batch: Batch) => Uint8Array;

export interface CompileOptions {
  /** Seconds since 1970 that ages (`since:2d`) are counted back from. */
  readonly now?: number;
}

/**
 * Turns a query into a selector over batches. Works a column at a time: texts are compared once per distinct value of
 * the batch, not once per row. Throws `usage` where the query asks for something that a log alone does not say
 * (`score`), or for an age when there is no `now`.
 */
export function compileQuery(query: Query, options: CompileOptions = {}): RowSelector {
  switch (query.kind) {
    case "everything":
      return (batch) => new Uint8Array(batch.rows).fill(1);
    case "and":
    case "or":
      return combine(
        query.kind,
        query.terms.map((term) => compileQuery(term, options)),
      );
    case "not": {
      const select = compileQuery(query.term, options);
      return (batch) => {
        const keep = select(batch);
        for (let row = 0; row < keep.length; row++) keep[row] = 1 - keep[row]!;
        return keep;
      };
    }
    case "unset":
      return compileUnset(query.field);
    case "number":
      return compileNumber(query.field, query.op, query.value);
    case "time":
      return compileTime(query.field, query.op, query.seconds);
    case "age":
      if (options.now === undefined) {
        throw new ExpectedError("usage", "an age such as 2d needs a present; give a date and time instead");
      }
      return compileTime(query.field, query.op, options.now - query.seconds);
    case "text": {
      const wanted = foldOf(query.field)(query.value);
      const fold = foldOf(query.field);
      return compileText(query.field, (value) => fold(value) === wanted);
    }
    case "contains": {
      const fold = foldOf(query.field);
      const wanted = fold(query.value);
      return compileText(query.field, (value) => fold(value).includes(wanted));
    }
    case "elements": {
      const fold = foldOf(query.field);
      const wanted = query.values.map(fold);
      return compileText(query.field, (value) => {
        const elements = fold(value).split(",");
        return wanted.every((element) => elements.includes(element));
      });
    }
    case "boolean":
      return compileBoolean(query.field, query.value);
    case "network":
      return compileNetwork(query.field, query.network);
    default:
      return unreachable(query);
  }
}

function combine(kind: "and" | "or", selectors: readonly RowSelector[]): RowSelector {
  return (batch) => {
    const keep = selectors[0]!(batch);
    for (let i = 1; i < selectors.length; i++) {
      const other = selectors[i]!(batch);
      if (kind === "and") for (let row = 0; row < keep.length; row++) keep[row] = keep[row]! & other[row]!;
      else for (let row = 0; row < keep.length; row++) keep[row] = keep[row]! | other[row]!;
    }
    return keep;
  };
}

/** Every comparison is a closed interval of doubles; NaN, which is unset, is in none. */
function intervalOf(op: Comparison, value: number): readonly [low: number, high: number] {
  switch (op) {
    case "=":
      return [value, value];
    case "<":
      return [-Infinity, below(value)];
    case "<=":
      return [-Infinity, value];
    case ">":
      return [above(value), Infinity];
    case ">=":
      return [value, Infinity];
    default:
      return unreachable(op);
  }
}

function compileNumber(field: FieldOf<"number" | "port">, op: Comparison, value: number): RowSelector {
  const column = numberColumn(field);
  const [low, high] = intervalOf(op, value);
  return (batch) => {
    const values = column(batch);
    const keep = new Uint8Array(batch.rows);
    for (let row = 0; row < keep.length; row++) {
      const number = values[row]!;
      keep[row] = number >= low && number <= high ? 1 : 0;
    }
    return keep;
  };
}

function compileTime(field: FieldOf<"time">, op: Comparison, seconds: number): RowSelector {
  const [low, high] = intervalOf(op, seconds);
  const atEnd = field === "end";
  return ({ rows, ts, duration }) => {
    const keep = new Uint8Array(rows);
    for (let row = 0; row < rows; row++) {
      const length = duration[row]!;
      const time = atEnd && length === length ? ts[row]! + length : ts[row]!;
      keep[row] = time >= low && time <= high ? 1 : 0;
    }
    return keep;
  };
}

function compileText(field: FieldOf<"text" | "set">, holds: (value: string) => boolean): RowSelector {
  if (field === "uid") {
    const decoder = new TextDecoder();
    return ({ rows, text, uid }) => {
      const keep = new Uint8Array(rows);
      for (let row = 0; row < rows; row++) {
        if (uid.start[row] === uid.end[row]) continue;
        keep[row] = holds(decoder.decode(text.subarray(uid.start[row], uid.end[row]))) ? 1 : 0;
      }
      return keep;
    };
  }
  return (batch) => {
    const { codes, values } = batch[field];
    const hits = Uint8Array.from(values, (value, code) => (code > 0 && holds(value) ? 1 : 0));
    const keep = new Uint8Array(batch.rows);
    for (let row = 0; row < keep.length; row++) keep[row] = hits[codes[row]!]!;
    return keep;
  };
}

function compileBoolean(field: FieldOf<"boolean">, value: boolean): RowSelector {
  if (field === "flagged") throw notInLogs(field);
  const wanted = value ? 1 : 0;
  return (batch) => {
    const values = batch[field];
    const keep = new Uint8Array(batch.rows);
    for (let row = 0; row < keep.length; row++) keep[row] = values[row] === wanted ? 1 : 0;
    return keep;
  };
}

function compileNetwork(field: FieldOf<"address">, { words, prefix }: Network): RowSelector {
  const [mask0, mask1, mask2, mask3] = [0, 1, 2, 3].map((i) => maskWord(prefix, i)) as [
    number,
    number,
    number,
    number,
  ];
  const [word0, word1, word2, word3] = words.map((word) => word | 0) as [number, number, number, number];
  return (batch) => {
    const address = field === "id.orig_h" ? batch.orig_h : batch.resp_h;
    const keep = new Uint8Array(batch.rows);
    for (let row = 0, at = 0; row < keep.length; row++, at += 4) {
      const same =
        (address[at + 3]! & mask3) === word3 &&
        (address[at + 2]! & mask2) === word2 &&
        (address[at + 1]! & mask1) === word1 &&
        (address[at]! & mask0) === word0;
      keep[row] = same ? 1 : 0;
    }
    return keep;
  };
}

function compileUnset(field: FieldId): RowSelector {
  switch (field) {
    case "ts":
    case "end":
    case "id.orig_h":
    case "id.orig_p":
    case "id.resp_h":
    case "id.resp_p":
      // Rows without these are rejected by the reader.
      return (batch) => new Uint8Array(batch.rows);
    case "uid":
      return (batch) => unsetSpans(batch.uid, batch.rows);
    case "proto":
    case "service":
    case "conn_state":
    case "history":
    case "label":
    case "detailedlabel":
      return (batch) => unsetCodes(batch[field], batch.rows);
    case "local_orig":
    case "local_resp":
      return (batch) => batch[field].slice(0, batch.rows).map((value) => (value === UNSET_BOOLEAN ? 1 : 0));
    case "score":
    case "p_value":
    case "flagged":
      throw notInLogs(field);
    default: {
      const column = numberColumn(field);
      return (batch) => {
        const values = column(batch);
        const keep = new Uint8Array(batch.rows);
        for (let row = 0; row < keep.length; row++) keep[row] = Number.isNaN(values[row]) ? 1 : 0;
        return keep;
      };
    }
  }
}

function unsetCodes({ codes }: TextColumn, rows: number): Uint8Array {
  return Uint8Array.from(codes.subarray(0, rows), (code) => (code === 0 ? 1 : 0));
}

function unsetSpans({ start, end }: SpanColumn, rows: number): Uint8Array {
  return Uint8Array.from({ length: rows }, (_, row) => (start[row] === end[row] ? 1 : 0));
}

function numberColumn(field: FieldOf<"number" | "port">): (batch: Batch) => Float64Array | Uint16Array {
  switch (field) {
    case "id.orig_p":
      return (batch) => batch.orig_p;
    case "id.resp_p":
      return (batch) => batch.resp_p;
    case "score":
    case "p_value":
      throw notInLogs(field);
    default:
      return (batch) => batch[field];
  }
}

function foldOf(field: FieldId): (text: string) => string {
  return fieldOf(field).caseless === true ? (text) => text.toLowerCase() : (text) => text;
}

function notInLogs(field: FieldId): ExpectedError {
  return new ExpectedError(
    "usage",
    `${field} is known only once connections are scored; a log does not state it`,
  );
}
