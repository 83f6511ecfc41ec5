import { formatCount } from "../../base/units.ts";
import type { ModelTrial } from "./try-model.ts";

/** Two models on the same day. */
export interface Comparison {
  readonly champion: ModelTrial;
  readonly challenger: ModelTrial;
  /** In what the challenger is worse, as sentences without a full stop; none where it may take over by itself. */
  readonly worse: readonly string[];
}

/**
 * The challenger is worse where one of these holds: it fits the day's traffic worse; it gives more incidents than the champion
 * and more than chance makes of what is expected; it misses a confirmed incident that the champion finds; it learned no better than
 * PCA though the champion did; it learned from less than half as long a time, which is less than a week.
 *
 * @param more faults that were found by other means
 */
export function compareTrials(
  champion: ModelTrial,
  challenger: ModelTrial,
  more: readonly string[] = [],
): Comparison {
  const worse: string[] = [];
  const [before, after] = [champion, challenger];
  if (verdicts.indexOf(after.fit.verdict) > verdicts.indexOf(before.fit.verdict))
    worse.push(`it fits the traffic worse: ${after.fit.verdict}, the model in use ${before.fit.verdict}`);
  const expected = after.expectedPerDay > 0 ? after.expectedPerDay : 0;
  const most = expected + 3 * Math.sqrt(expected);
  if (after.incidentsPerDay > before.incidentsPerDay && after.incidentsPerDay > most)
    worse.push(
      `it gives ${perDay(after.incidentsPerDay)}, the model in use ${perDay(before.incidentsPerDay)}, and ${perDay(expected)} are expected`,
    );
  if (after.confirmed.found < before.confirmed.found)
    worse.push(
      `of ${formatCount(after.confirmed.all)} confirmed incidents it finds ${formatCount(after.confirmed.found)}, the model in use ${formatCount(before.confirmed.found)}`,
    );
  if (before.loss.better && !after.loss.better) worse.push("its network learned no better than PCA");
  const lengths = [before, after].map(({ learned }) => learned.to - learned.from);
  if (lengths[1]! < Math.min(lengths[0]! / 2, WEEK_SECONDS))
    worse.push(`it learned from ${days(lengths[1]!)}, the model in use from ${days(lengths[0]!)}`);
  return { champion, challenger, worse: [...worse, ...more] };
}

const verdicts = ["fits", "doubtful", "foreign"] as const;
const WEEK_SECONDS = 7 * 86_400;

function perDay(incidents: number): string {
  return `${formatCount(Math.round(10 * incidents) / 10)} incidents a day`;
}

function days(seconds: number): string {
  return `${formatCount(Math.round(seconds / 8640) / 10)} days`;
}
