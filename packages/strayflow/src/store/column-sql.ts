import { UNSET_FLAG, type CodedColumn, codedColumns } from "./schema.ts";
import type { BooleanColumn, NumberColumn, StoreColumn } from "./store-columns.ts";
import { booleanColumns } from "./store-columns.ts";

/** Which of its ends a connection is looked at from. */
export type Side = "orig" | "resp";

const other = { orig: "resp", resp: "orig" } as const;

const plain: Partial<Record<NumberColumn, string>> = {
  ts: "(ts::DOUBLE / 1e6)",
  "id.orig_p": "orig_p",
  "id.resp_p": "resp_p",
  end: "(ts::DOUBLE / 1e6 + coalesce(duration, 0))",
};

/** SQL of a column of numbers; NULL is unset. */
export function numberSql(column: NumberColumn, side: Side = "orig"): string {
  const stored = plain[column];
  if (stored !== undefined) return stored;
  switch (column) {
    case "total_bytes":
    case "total_ip_bytes":
    case "total_pkts":
      return total(column.slice("total_".length));
    case "sent_bytes":
    case "sent_ip_bytes":
    case "sent_pkts":
      return `${side}_${column.slice("sent_".length)}`;
    case "received_bytes":
    case "received_ip_bytes":
    case "received_pkts":
      return `${other[side]}_${column.slice("received_".length)}`;
    default:
      return column;
  }
}

function total(what: string): string {
  const orig = `orig_${what}`;
  const resp = `resp_${what}`;
  return `(CASE WHEN ${orig} IS NULL THEN ${resp} WHEN ${resp} IS NULL THEN ${orig} ELSE ${orig} + ${resp} END)`;
}

/** SQL of a column of truth values; NULL is unset. */
export function booleanSql(column: BooleanColumn): string {
  return `nullif(${column}, ${UNSET_FLAG})`;
}

/** SQL that holds where a column is set. */
export function isSetSql(column: StoreColumn, side: Side = "orig"): string {
  if (isCoded(column)) return `${column} <> 0`;
  if (column === "uid") return "uid IS NOT NULL";
  if (isBoolean(column)) return `${column} <> ${UNSET_FLAG}`;
  return `${numberSql(column, side)} IS NOT NULL`;
}

export function isCoded(column: string): column is CodedColumn {
  return (codedColumns as readonly string[]).includes(column);
}

export function isBoolean(column: string): column is BooleanColumn {
  return (booleanColumns as readonly string[]).includes(column);
}
