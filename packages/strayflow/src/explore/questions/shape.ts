import type { Store } from "../../store/index.ts";

/** What there is in all. Times are seconds since 1970. */
export interface Overview {
  readonly connections: number;
  readonly from: number;
  readonly to: number;
  readonly lastEnd: number;
  readonly originators: number;
  readonly responders: number;
  readonly hosts: number;
  readonly pairs: number;
  readonly sentBytes: number;
  readonly receivedBytes: number;
}

/** Counts and sums over all connections of a store, which holds at least one. */
export async function askOverview(store: Store, signal?: AbortSignal): Promise<Overview> {
  const [sums, hosts] = await Promise.all([
    store.aggregate(
      {
        by: {},
        measures: {
          connections: { kind: "count" },
          from: { kind: "min", column: "ts" },
          to: { kind: "max", column: "ts" },
          lastEnd: { kind: "max", column: "end" },
          originators: { kind: "distinct", of: { kind: "host", side: "orig" } },
          responders: { kind: "distinct", of: { kind: "host", side: "resp" } },
          pairs: { kind: "distinct", of: { kind: "pair", ordered: true } },
          sentBytes: { kind: "sum", column: "orig_bytes" },
          receivedBytes: { kind: "sum", column: "resp_bytes" },
        },
      },
      { signal },
    ),
    store.aggregate(
      { by: { host: { kind: "host", side: "either" } }, measures: { n: { kind: "count" } }, limit: 1 },
      { signal },
    ),
  ]);
  const one = (name: keyof typeof sums.values) => sums.values[name][0]!;
  return {
    connections: one("connections"),
    from: one("from"),
    to: one("to"),
    lastEnd: Math.max(one("lastEnd") || -Infinity, one("to")),
    originators: one("originators"),
    responders: one("responders"),
    hosts: hosts.groups,
    pairs: one("pairs"),
    sentBytes: one("sentBytes") || 0,
    receivedBytes: one("receivedBytes") || 0,
  };
}
