import type { Filter } from "../../store/index.ts";
import { QUARTER, type Quarter, type Span } from "../day-bins.ts";
import type { Zone } from "../zone.ts";
import type { Asking } from "./context.ts";

/** Amounts in bins of equal width; `null` in gaps of the log. */
export interface TimeLine {
  /** Seconds. */
  readonly bin: number;
  readonly start: number;
  readonly connections: readonly (number | null)[];
  readonly sentBytes: readonly (number | null)[];
  readonly receivedBytes: readonly (number | null)[];
  readonly flagged: readonly (number | null)[];
}

const MOST_BINS = 1000;
const widths = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400,
];

/** Width of the bins of a time line, seconds: the finest that gives at most 1,000 of them. */
function lineBin({ from, to }: Span): number {
  const least = (to - from) / MOST_BINS;
  return widths.find((width) => width >= least) ?? Math.ceil(least / 86_400) * 86_400;
}

/** All of the time in bins that begin where clocks show round times. */
export async function askTimeLine(
  { store, zone, span, signal }: Asking,
  gaps: readonly Span[] = [],
  where?: Filter,
): Promise<TimeLine> {
  const bin = lineBin(span);
  const start = lineStart(zone, span, bin);
  const found = await store.aggregate(
    {
      by: { bin: { kind: "bin", column: "ts", from: start, width: bin } },
      measures: {
        connections: { kind: "count" },
        sent: { kind: "sum", column: "orig_bytes" },
        received: { kind: "sum", column: "resp_bytes" },
        flagged: { kind: "count", where: { flagged: true } },
      },
      where,
    },
    { signal },
  );
  const bins = Math.floor((span.to - start) / bin) + 1;
  const fill = (values: Float64Array) => {
    const line = Array.from<number | null>({ length: bins }).fill(0);
    for (const { from, to } of gaps) {
      for (let k = Math.max(0, Math.ceil((from - start) / bin)); (k + 1) * bin + start <= to; k++)
        line[k] = null;
    }
    found.keys.bin.forEach((k, group) => {
      line[Math.min(k, bins - 1)] = (line[Math.min(k, bins - 1)] ?? 0) + (values[group]! || 0);
    });
    return line;
  };
  return {
    bin,
    start,
    connections: fill(found.values.connections),
    sentBytes: fill(found.values.sent),
    receivedBytes: fill(found.values.received),
    flagged: fill(found.values.flagged),
  };
}

function lineStart(zone: Zone, { from }: Span, bin: number): number {
  const offset = zone.offsetAt(from);
  return Math.floor((from + offset) / bin) * bin - offset;
}

/** Quarters of an hour, of which days in any zone can be made. */
export async function askQuarters({ store, signal }: Asking, where?: Filter): Promise<Quarter[]> {
  const found = await store.aggregate(
    {
      by: { quarter: { kind: "bin", column: "ts", from: 0, width: QUARTER } },
      measures: {
        connections: { kind: "count" },
        sent: { kind: "sum", column: "orig_bytes" },
        received: { kind: "sum", column: "resp_bytes" },
      },
      where,
      order: [{ by: "quarter" }],
    },
    { signal },
  );
  return Array.from(found.keys.quarter, (k, group) => ({
    start: k * QUARTER,
    connections: found.values.connections[group]!,
    bytes: (found.values.sent[group]! || 0) + (found.values.received[group]! || 0),
  }));
}
