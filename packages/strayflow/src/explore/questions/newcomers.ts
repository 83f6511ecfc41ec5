import type { HostRow } from "../result.ts";
import { localClock, localDate } from "../zone.ts";
import type { Asking } from "./context.ts";

/** How many were seen for the first time on each local day; absent where there are too many to say. */
export type Newcomers = ReadonlyMap<string, number> | undefined;

/** More pairs than this are not counted by day. */
const MOST_PAIRS = 200_000;

/** New pairs of originator and responder. */
export async function askNewPairs({ store, zone, span, signal }: Asking, pairs: number): Promise<Newcomers> {
  if (pairs > MOST_PAIRS) return undefined;
  const found = await store.aggregate(
    { by: { pair: { kind: "pair", ordered: true } }, measures: { first: { kind: "min", column: "ts" } } },
    { signal },
  );
  return byDate(found.values.first, localClock(zone, span.from, span.to));
}

/** New hosts, where `rows` are all of them. */
export function newHosts({ zone, span }: Asking, rows: readonly HostRow[], hosts: number): Newcomers {
  if (rows.length < hosts) return undefined;
  return byDate(
    rows.map(({ firstSeen }) => firstSeen),
    localClock(zone, span.from, span.to),
  );
}

function byDate(firsts: Iterable<number>, local: (seconds: number) => number): Map<string, number> {
  const days = new Map<number, number>();
  for (const first of firsts) {
    const day = Math.floor(local(first) / DAY);
    days.set(day, (days.get(day) ?? 0) + 1);
  }
  return new Map([...days].map(([day, count]) => [localDate(day * DAY), count]));
}

const DAY = 86_400;
