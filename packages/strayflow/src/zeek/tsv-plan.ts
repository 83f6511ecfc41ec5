import type { ZeekColumn } from "./batch.ts";
import type { OpenColumns } from "./builder.ts";
import type { SectionColumn, TsvLayout } from "./header.ts";

/** What a column of the log becomes; numbers, because the scanner's hot loop switches on them. */
export const SKIP = 0;
export const COUNT = 1;
export const INTERVAL = 2;
export const TIME = 3;
export const PORT = 4;
export const ADDRESS = 5;
export const BOOLEAN = 6;
export const TEXT = 7;
export const UID = 8;
/** Several columns in one field; they have entries of their own behind those of the fields. */
export const GLUED = 9;

/** Kind of each column, and where in the batch under construction its values go. */
const columnPlans = {
  ts: [TIME, "ts"],
  uid: [UID, "uidStart"],
  "id.orig_h": [ADDRESS, "orig_h"],
  "id.orig_p": [PORT, "orig_p"],
  "id.resp_h": [ADDRESS, "resp_h"],
  "id.resp_p": [PORT, "resp_p"],
  proto: [TEXT, "proto"],
  service: [TEXT, "service"],
  duration: [INTERVAL, "duration"],
  orig_bytes: [COUNT, "orig_bytes"],
  resp_bytes: [COUNT, "resp_bytes"],
  conn_state: [TEXT, "conn_state"],
  local_orig: [BOOLEAN, "local_orig"],
  local_resp: [BOOLEAN, "local_resp"],
  missed_bytes: [COUNT, "missed_bytes"],
  history: [TEXT, "history"],
  orig_pkts: [COUNT, "orig_pkts"],
  orig_ip_bytes: [COUNT, "orig_ip_bytes"],
  resp_pkts: [COUNT, "resp_pkts"],
  resp_ip_bytes: [COUNT, "resp_ip_bytes"],
  tunnel_parents: [SKIP, "ts"],
  ip_proto: [COUNT, "ip_proto"],
  label: [TEXT, "label"],
  detailedlabel: [TEXT, "detailedlabel"],
} as const satisfies Readonly<Record<ZeekColumn, readonly [number, keyof OpenColumns]>>;

/** One column of the log, ready for reading. */
export interface PlanEntry {
  /** As the log spells it, for messages. */
  readonly name: string;
  readonly kind: number;
  /** Without meaning where the kind is SKIP or GLUED. */
  readonly target: keyof OpenColumns;
  /** True where the values are sets or vectors, whose separator may have to be made a comma. */
  readonly isSet: boolean;
}

/**
 * The reading order of a section: entry k below `fieldCount` is the k-th separated field of a row; those from
 * `fieldCount` on are the columns that are glued together in the last field, from left to right.
 */
export interface TsvPlan {
  readonly entries: readonly PlanEntry[];
  readonly fieldCount: number;
}

export function planSection(layout: TsvLayout, columns: readonly SectionColumn[]): TsvPlan {
  const fields: PlanEntry[] = [];
  const glued: PlanEntry[] = [];
  for (const [field, name] of layout.fields.entries()) {
    const isSet = /^(set|table|vector)\[/.test(layout.types[field] ?? "");
    const made = columns.filter((column) => column.field === field).map((column) => entryOf(column, isSet));
    if (made.length === 1) fields.push(made[0]!);
    else {
      fields.push({ name, kind: GLUED, target: "ts", isSet: false });
      glued.push(...made);
    }
  }
  return { entries: [...fields, ...glued], fieldCount: fields.length };
}

function entryOf({ name, known }: SectionColumn, isSet: boolean): PlanEntry {
  const [kind, target] = known === undefined ? ([SKIP, "ts"] as const) : columnPlans[known];
  return { name, kind, target, isSet };
}
