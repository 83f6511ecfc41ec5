import { calendarBins, HALF_HOUR, QUARTER, type Quarter } from "../day-bins.ts";
import { localClock } from "../zone.ts";
import type { LogGap } from "../result.ts";
import type { Asking } from "./context.ts";

const HOUR = 3600;

/** When a silence is taken for a gap of the log; stated in the report. */
const gapLimits = {
  seconds: 300,
  /** Connections that would have been usual in that time. */
  expected: 20,
  /** So many times the length of a silence that the log has often: the 100th longest, or a tenth of them. */
  timesOrdinary: 5,
} as const;

export const gapRule = `A silence counts as a gap when it lasts at least ${gapLimits.seconds / 60} min, is ${gapLimits.timesOrdinary} times as long as silences that are ordinary in this log, and would usually hold at least ${gapLimits.expected} connections: by the quieter of the hours before and after it, by the mean of the log, and with three days or more by the median of that time of day, whichever is least.`;

/** Silences that the traffic itself does not account for, longest first. */
export async function askGaps(
  { store, span, connections, zone, signal }: Asking,
  quarters: readonly Quarter[],
): Promise<LogGap[]> {
  const rank = Math.max(1, Math.min(100, Math.ceil(connections / 10)));
  const silences = await store.gaps({ longerThan: 1, limit: 4 * rank + 1 }, { signal });
  const longest = silences.toSorted((a, b) => b.to - b.from - (a.to - a.from));
  const ordinary = longest.length > rank ? longest[rank]!.to - longest[rank]!.from : 1;
  const long = longest.filter(
    ({ from, to }) => to - from >= gapLimits.seconds && to - from >= gapLimits.timesOrdinary * ordinary,
  );
  if (long.length === 0) return [];
  const { usual } = calendarBins(quarters, span, zone);
  const rate = connections / Math.max(span.to - span.from, 1);
  const local = localClock(zone, span.from, span.to);
  const around = (from: number, to: number) => {
    const start = Math.max(from, span.from);
    const end = Math.min(to, span.to + QUARTER);
    if (end - start < QUARTER) return Infinity;
    let sum = 0;
    // Quarters are few, and gaps fewer.
    for (const quarter of quarters) {
      if (quarter.start >= start - QUARTER && quarter.start < end) sum += quarter.connections;
    }
    return sum / (end - start);
  };
  const leastIn = (from: number, to: number) => {
    const near = Math.min(rate, around(from - HOUR, from), around(to, to + HOUR));
    return Math.min(near * (to - from), usualIn(from, to));
  };
  const usualIn = (from: number, to: number) => {
    if (usual === undefined) return Infinity;
    let sum = 0;
    for (let start = Math.floor(from / HALF_HOUR) * HALF_HOUR; start < to; start += HALF_HOUR) {
      const part = Math.min(to, start + HALF_HOUR) - Math.max(from, start);
      const at = Math.floor((local(start) % 86_400) / HALF_HOUR);
      sum += ((usual[at] ?? 0) * part) / HALF_HOUR;
    }
    return sum;
  };
  return long
    .filter(({ from, to }) => leastIn(from, to) >= gapLimits.expected)
    .map(({ from, to }) => ({
      from,
      to,
      expected: usual === undefined ? leastIn(from, to) : usualIn(from, to),
    }))
    .slice(0, 50);
}
