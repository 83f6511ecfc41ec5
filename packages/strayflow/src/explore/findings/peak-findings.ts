import { robustDeviations } from "../../detect/audit/outliers.ts";
import { formatCount, formatShare } from "../../base/units.ts";
import { median } from "../numbers.ts";
import type { Asking } from "../questions/context.ts";
import type { ExploreResult } from "../result.ts";
import { period } from "../zone.ts";
import { partners } from "./audit-findings.ts";
import type { Found } from "./findings.ts";

/** Robust standard deviations of the logarithm of a bin's connections; at least a factor of 4, as the spread is taken for 0.4 or more. */
const FAR = 3.5;
const LEAST_SPREAD = 0.4;
/** Fewer bins or connections say nothing of a peak. */
const LEAST_BINS = 48;
const LEAST_CONNECTIONS = 100;
const MOST = 3;

/** Stretches of the time line that are far busier than the others, the busiest first. */
export async function peakFindings(
  { time, shape }: Pick<ExploreResult, "time" | "shape">,
  asking: Asking,
): Promise<Found[]> {
  const bins = time.connections.flatMap((count, bin) =>
    count === null || count === 0 ? [] : [{ bin, count }],
  );
  if (bins.length < LEAST_BINS) return [];
  const counts = bins.map(({ count }) => count);
  const usual = median(counts);
  const deviations = robustDeviations(counts.map(Math.log), LEAST_SPREAD);
  const stretches: { from: number; to: number; connections: number; peak: number }[] = [];
  bins.forEach(({ bin, count }, k) => {
    if (deviations[k]! < FAR || count < LEAST_CONNECTIONS) return;
    const from = time.start + bin * time.bin;
    const last = stretches.at(-1);
    if (last !== undefined && last.to === from) {
      last.to += time.bin;
      last.connections += count;
      last.peak = Math.max(last.peak, count);
    } else stretches.push({ from, to: from + time.bin, connections: count, peak: count });
  });
  // Where there are many, that is how this traffic is.
  if (stretches.length > bins.length / 20) return [];
  const worst = stretches.toSorted((a, b) => b.connections - a.connections).slice(0, MOST);
  return await Promise.all(
    worst.map(async ({ from, to, connections, peak }): Promise<Found> => {
      const evidence = await partners(asking, null, { from, to: to - 1e-6 });
      const [pair] = evidence.rows;
      const share = Number(pair?.[2] ?? 0) / connections;
      const who = share >= 0.5 ? `; ${formatShare(share)} of them from ${pair![0]} to ${pair![1]}` : "";
      return {
        kind: "peak",
        label: "peak",
        // A busy minute is no attack; what makes it one has a finding of its own.
        severity: 0,
        sentence: `${formatCount(connections)} connections began ${period(asking.zone, from, to)}, up to ${formatCount(Math.round(peak / usual))} times as many as usual${who}`,
        details: [
          `Compared with the median of the bins of the time line, ${formatCount(usual)} connections, by the median absolute deviation of logarithms.`,
        ],
        connections,
        share: connections / shape.connections,
        from,
        to,
        host: share >= 0.5 ? String(pair![0]) : null,
        evidence: { ...evidence, title: "Busiest pairs of that time" },
      };
    }),
  );
}
