import type { AddressColumn, NumberColumn, StoreColumn } from "../../store/index.ts";
import { zeekTypes, type ZeekColumn } from "../../zeek/index.ts";
import { binCount, chooseBins } from "../histogram-bins.ts";
import type { ColumnHistogram, ColumnProfile, Correlations } from "../result.ts";
import { MOST_EXACT, type Asking } from "./context.ts";
import { fewAtOnce } from "./few-at-once.ts";

const quantiles = [0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1] as const;

type Profiled = (StoreColumn | AddressColumn) & ZeekColumn;

/** What the reader and the store know, in the order of Zeek's own log. */
function profiled(columns: ReadonlySet<string>): readonly Profiled[] {
  const order = [
    "ts", "uid", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "proto", "service", "duration",
    "orig_bytes", "resp_bytes", "conn_state", "local_orig", "local_resp", "missed_bytes", "history",
    "orig_pkts", "orig_ip_bytes", "resp_pkts", "resp_ip_bytes", "ip_proto", "label", "detailedlabel",
  ] as const; // prettier-ignore
  return order.filter((column) => columns.has(column));
}

/** Every column that is understood: how much of it is set, how many values, which, and how they are spread. */
export async function askColumns(asking: Asking): Promise<ColumnProfile[]> {
  const { store, columns, signal } = asking;
  return await fewAtOnce(profiled(columns), AT_ONCE, async (column): Promise<ColumnProfile> => {
    if (column === "uid") return await askUids(asking);
    const found = await store.profile({ column, quantiles, top: 5 }, { signal });
    const { numbers } = found;
    return {
      column,
      type: zeekTypes[column],
      set: found.rows - found.unset,
      unset: found.unset,
      distinct: found.distinct,
      isDistinctExact: true,
      top: found.top.map(({ value, rows }) => ({ value: String(value), connections: rows })),
      numbers:
        numbers === undefined
          ? null
          : {
              min: numbers.min,
              max: numbers.max,
              mean: numbers.mean,
              zeros: found.zeros,
              quantiles: numbers.quantiles.map(({ q, value }) => ({ share: q, value })),
            },
    };
  });
}

/** Each holds how often every value occurs, so that all at once would need memory of many columns. */
const AT_ONCE = 2;

/** Nearly all of them are different, so that nothing is worth saying but how many. */
async function askUids({ store, connections, signal }: Asking): Promise<ColumnProfile> {
  const approximate = connections > MOST_EXACT;
  const uid = { kind: "column", column: "uid" } as const;
  const found = await store.aggregate(
    {
      by: {},
      measures: { set: { kind: "set", column: "uid" }, distinct: { kind: "distinct", of: uid, approximate } },
    },
    { signal },
  );
  const set = found.values.set[0]!;
  return {
    column: "uid",
    type: zeekTypes.uid,
    set,
    unset: connections - set,
    distinct: found.values.distinct[0]!,
    isDistinctExact: !approximate,
    top: [],
    numbers: null,
  };
}

/** Times have charts of their own; a protocol number is a name. */
const notBinned: ReadonlySet<string> = new Set(["ts"]);
/** A port is a name that happens to be a number: factors between ports mean nothing. */
const linearOnly: ReadonlySet<string> = new Set(["id.orig_p", "id.resp_p", "ip_proto"]);
const fractional: ReadonlySet<string> = new Set(["duration"]);

/** A histogram of each column of numbers that has a value. */
export async function askHistograms(
  { store, signal }: Asking,
  profiles: readonly ColumnProfile[],
): Promise<ColumnHistogram[]> {
  const wanted = profiles.filter(({ column, numbers }) => numbers !== null && !notBinned.has(column));
  const least = await leastPositive(
    { store, signal },
    wanted.map(({ column }) => column as NumberColumn),
  );
  return await Promise.all(
    wanted.map(async ({ column, numbers, unset }): Promise<ColumnHistogram> => {
      const name = column as NumberColumn;
      const { min, max, zeros } = numbers!;
      const median = numbers!.quantiles.find(({ share }) => share === 0.5)!.value;
      const bins = chooseBins({
        min,
        max,
        median,
        leastPositive: least.get(name) ?? NaN,
        isWhole: !fractional.has(column),
        mayBeLog: !linearOnly.has(column),
      });
      const found = await store.aggregate(
        {
          by: {
            bin:
              bins.scale === "log"
                ? { kind: "log-bin", column: name, perDecade: bins.perDecade }
                : { kind: "bin", column: name, from: bins.from, width: bins.width },
          },
          measures: { rows: { kind: "count" } },
        },
        { signal },
      );
      const counts = Array.from({ length: binCount(bins) }, () => 0);
      const first = bins.scale === "log" ? bins.first : 0;
      found.keys.bin.forEach((k, group) => {
        // NaN is unset, -Infinity zero.
        if (!Number.isFinite(k)) return;
        counts[Math.min(Math.max(k - first, 0), counts.length - 1)]! += found.values.rows[group]!;
      });
      return {
        column,
        scale: bins.scale,
        edges: bins.edges,
        counts,
        zeros: bins.scale === "log" ? zeros : 0,
        unset,
      };
    }),
  );
}

/** The smallest value above 0 of each column; NaN where there is none. */
async function leastPositive(
  { store, signal }: Pick<Asking, "store" | "signal">,
  columns: readonly NumberColumn[],
): Promise<ReadonlyMap<NumberColumn, number>> {
  const measures = Object.fromEntries(
    columns.map((column) => [
      column,
      { kind: "min", column, where: { numbers: [{ column, from: 1e-9 }] } } as const,
    ]),
  );
  const { values } = await store.aggregate({ by: {}, measures }, { signal });
  return new Map(columns.map((column) => [column, values[column]?.[0] ?? NaN]));
}

const correlated = [
  "duration", "orig_bytes", "resp_bytes", "missed_bytes", "orig_pkts", "orig_ip_bytes", "resp_pkts",
  "resp_ip_bytes", "id.orig_p", "id.resp_p", "ip_proto",
] as const; // prettier-ignore

/** Ranks take time and memory: of more connections than this they are those of an even sample. */
const MOST_RANKED = 1_500_000;
const SAMPLED = 200_000;

/** Pearson's and Spearman's correlation of each two columns of numbers that vary. */
export async function askCorrelations(
  { store, connections, signal }: Asking,
  profiles: readonly ColumnProfile[],
): Promise<Correlations> {
  const has = correlated.filter((name) => profiles.some(({ column }) => column === name));
  const varies = has.filter((name) => {
    const numbers = profiles.find(({ column }) => column === name)?.numbers;
    return numbers !== null && numbers !== undefined && numbers.min < numbers.max;
  });
  const mostRows = connections <= MOST_RANKED ? MOST_RANKED : SAMPLED;
  // Both compute on this thread: one after the other takes no longer, and less memory.
  const pearson = await store.correlations({ columns: varies, method: "pearson" }, { signal });
  const spearman = await store.correlations({ columns: varies, method: "spearman", mostRows }, { signal });
  const square = (matrix: Float64Array) =>
    varies.map((_, y) =>
      varies.map((__, x) => {
        const value = matrix[y * varies.length + x]!;
        return Number.isFinite(value) ? value : null;
      }),
    );
  return {
    columns: varies,
    pearson: square(pearson.matrix),
    spearman: square(spearman.matrix),
    spearmanConnections: spearman.sampled ? SAMPLED : connections,
    left: has.filter((name) => !varies.includes(name)),
  };
}
