import type { Filter, Key } from "../../store/index.ts";
import type { Top, TopRow } from "../result.ts";
import type { Asking } from "./context.ts";

/** What connections are counted by. */
export type Dimension = keyof typeof dimensions;

const notPorts = { not: { proto: ["icmp", "icmp6"] } } as const;

export const dimensions = {
  proto: { keys: { name: { kind: "column", column: "proto" } }, reads: ["proto"], where: undefined },
  service: { keys: { name: { kind: "column", column: "service" } }, reads: ["service"], where: undefined },
  conn_state: {
    keys: { name: { kind: "column", column: "conn_state" } },
    reads: ["conn_state"],
    where: undefined,
  },
  port: {
    keys: { name: { kind: "column", column: "id.resp_p" }, proto: { kind: "column", column: "proto" } },
    reads: [],
    where: notPorts,
  },
  source: { keys: { name: { kind: "host", side: "orig" } }, reads: [], where: undefined },
  destination: { keys: { name: { kind: "host", side: "resp" } }, reads: [], where: undefined },
  pair: { keys: { name: { kind: "pair", ordered: true } }, reads: [], where: undefined },
} as const satisfies Record<
  string,
  {
    readonly keys: Readonly<Record<string, Key>>;
    readonly reads: readonly string[];
    readonly where: Filter | undefined;
  }
>;

/** Shown instead of a name where the log states none. */
const unsetName = "(unset)";

/** What all connections of a choice come to. */
export interface Totals {
  readonly connections: number;
  readonly sentBytes: number;
  readonly receivedBytes: number;
}

const measures = {
  connections: { kind: "count" },
  sent: { kind: "sum", column: "orig_bytes" },
  received: { kind: "sum", column: "resp_bytes" },
  bytes: { kind: "sum", column: "total_bytes" },
} as const;

interface TopOptions {
  readonly limit?: number;
  readonly where?: Filter | undefined;
  /** Where they are known: one question less. */
  readonly totals?: Promise<Totals> | undefined;
}

/** The largest of a dimension, by connections or by bytes of payload, and what the rest comes to. */
export async function askTop(
  asking: Asking,
  dimension: Dimension,
  by: "connections" | "bytes",
  { limit = 15, where, totals }: TopOptions = {},
): Promise<Top> {
  const { keys, where: own } = dimensions[dimension];
  const chosen = own === undefined ? where : { ...where, ...own };
  const [found, all] = await Promise.all([
    asking.store.aggregate(
      {
        by: keys,
        measures,
        where: chosen,
        order: [{ by, descending: true }],
        limit,
      },
      { signal: asking.signal },
    ),
    own === undefined && totals !== undefined ? totals : askTotals(asking, chosen),
  ]);
  const rows = Array.from({ length: found.rows }, (_, group): TopRow => ({
    name: nameOf(found.keys, group),
    connections: found.values.connections[group]!,
    sentBytes: found.values.sent[group]! || 0,
    receivedBytes: found.values.received[group]! || 0,
  }));
  const sum = (value: (row: TopRow) => number) => rows.reduce((total, row) => total + value(row), 0);
  return {
    dimension,
    by,
    distinct: found.groups,
    rows,
    others: {
      count: found.groups - rows.length,
      connections: all.connections - sum(({ connections }) => connections),
      bytes:
        all.sentBytes + all.receivedBytes - sum(({ sentBytes, receivedBytes }) => sentBytes + receivedBytes),
    },
  };
}

/** Connections and payload of a choice of connections. */
export async function askTotals({ store, signal }: Asking, where: Filter | undefined): Promise<Totals> {
  const { values } = await store.aggregate({ by: {}, measures, where }, { signal });
  return {
    connections: values.connections[0] ?? 0,
    sentBytes: values.sent[0]! || 0,
    receivedBytes: values.received[0]! || 0,
  };
}

/** Every dimension that the logs have, by connections and by bytes. */
export async function askTops(asking: Asking, all: Totals): Promise<Top[]> {
  const totals = Promise.resolve(all);
  const present = (Object.keys(dimensions) as Dimension[]).filter((dimension) =>
    dimensions[dimension].reads.every((column) => asking.columns.has(column)),
  );
  return await Promise.all(
    present.flatMap((dimension) => [
      askTop(asking, dimension, "connections", { totals }),
      askTop(asking, dimension, "bytes", { totals }),
    ]),
  );
}

function nameOf(keys: Readonly<Record<string, ArrayLike<string | number | null>>>, group: number): string {
  const text = textOf(keys["name"]![group]);
  return keys["proto"] === undefined ? text : `${text}/${textOf(keys["proto"][group])}`;
}

function textOf(value: string | number | null | undefined): string {
  return value === null || value === undefined || Number.isNaN(value) ? unsetName : String(value);
}
