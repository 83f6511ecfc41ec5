import { unreachable } from "../base/errors.ts";
import { zeekColumns, type ZeekColumn } from "../zeek/batch.ts";
import type { JsonValue } from "../zeek/record.ts";
import type { ScoredConnection } from "./scored.ts";

/** What a column of the flat formats holds. `count` is a whole number of at most 2^53. */
export type ColumnKind = "text" | "number" | "count" | "time" | "boolean";

export interface ScoreColumn {
  readonly name: string;
  readonly kind: ColumnKind;
  /** Absent where the log did not set it. */
  readonly value: (connection: ScoredConnection) => string | number | boolean | undefined;
}

const kinds: Readonly<Record<ZeekColumn, ColumnKind>> = {
  ts: "time",
  uid: "text",
  "id.orig_h": "text",
  "id.orig_p": "count",
  "id.resp_h": "text",
  "id.resp_p": "count",
  proto: "text",
  service: "text",
  duration: "number",
  orig_bytes: "count",
  resp_bytes: "count",
  conn_state: "text",
  local_orig: "boolean",
  local_resp: "boolean",
  missed_bytes: "count",
  history: "text",
  orig_pkts: "count",
  orig_ip_bytes: "count",
  resp_pkts: "count",
  resp_ip_bytes: "count",
  tunnel_parents: "text",
  ip_proto: "count",
  label: "text",
  detailedlabel: "text",
};

const known: ReadonlySet<string> = new Set(zeekColumns);

/**
 * The columns of CSV and Parquet: the same for every log, so that files can be put under one another. Fields that the
 * program does not know are together in `extra`, as a JSON object.
 *
 * @param reasons how the reasons are told in one cell
 */
export function scoreColumns(reasons: (connection: ScoredConnection) => string): readonly ScoreColumn[] {
  return [
    ...zeekColumns.map((name) => zeekColumn(name, kinds[name])),
    { name: "extra", kind: "text", value: ({ record }) => extraFields(record) },
    { name: "score", kind: "number", value: ({ score }) => score },
    { name: "p_value", kind: "number", value: ({ pValue }) => pValue },
    { name: "flagged", kind: "boolean", value: ({ flagged }) => flagged },
    { name: "reasons", kind: "text", value: reasons },
  ];
}

function zeekColumn(name: ZeekColumn, kind: ColumnKind): ScoreColumn {
  switch (kind) {
    case "time":
      return { name, kind, value: ({ ts }) => ts };
    case "text":
      return { name, kind, value: ({ record }) => textOf(record[name]) };
    case "boolean":
      return { name, kind, value: ({ record }) => booleanOf(record[name]) };
    case "count":
    case "number":
      return { name, kind, value: ({ record }) => numberOf(record[name]) };
    default:
      return unreachable(kind);
  }
}

/** Some tools rewrite logs with numbers as strings; the reader took them as numbers, so these columns do too. */
function numberOf(value: JsonValue | undefined): number | undefined {
  const number = typeof value === "string" && value !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : undefined;
}

function booleanOf(value: JsonValue | undefined): boolean | undefined {
  if (typeof value === "boolean") return value;
  if (value === "T" || value === "true") return true;
  return value === "F" || value === "false" ? false : undefined;
}

/** Sets as Zeek's TSV writes them: joined by commas. */
function textOf(value: JsonValue | undefined): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map((item) => textOf(item) ?? "").join(",");
  return JSON.stringify(value);
}

function extraFields(record: Readonly<Record<string, JsonValue>>): string | undefined {
  const extra = Object.entries(record).filter(([name]) => !known.has(name));
  return extra.length === 0 ? undefined : JSON.stringify(Object.fromEntries(extra));
}
