import { expect, test } from "vitest";
import { scoreLogs } from "../../src/pipeline/score.ts";
import { trainModel } from "../../src/pipeline/train.ts";
import { openDriftingNetwork, type DriftOptions } from "./drifting-network.ts";
import { quick, shares } from "./office.ts";

/** STRAYFLOW_MONTHS=1 takes larger networks for longer, and networks that are trained as usual: some minutes. */
const isLong = process.env["STRAYFLOW_MONTHS"] === "1";

/** In a month: traffic and what it carries grow by 6 %, one host in four is new by the end, one place out there in six has moved. */
const slow = { growth: 0.002, volume: 0.002, moved: 1 / 6 } as const;

const budget = 10;

const months: readonly DriftOptions[] = isLong
  ? [1, 2, 3].map((seed) => ({ seed, hosts: 12, days: 44, trainingDays: 14, daysPerNewHost: 10, ...slow }))
  : [{ seed: 1, hosts: 10, days: 30, trainingDays: 7, rows: 36_000, daysPerNewHost: 8, ...slow }];

test(
  "a budget of incidents is kept for a month of a network that slowly changes, not only on the day after training",
  { timeout: isLong ? 1_800_000 : 60_000 },
  async () => {
    const means: number[] = [];
    for (const month of months) {
      await using network = await openDriftingNetwork(month);
      const { training, later, model } = network;
      const usual = { preset: "behavior", seed: 1, split: "time", shares } as const;
      await trainModel({ ...usual, ...(isLong ? {} : quick), inputs: [training], modelDir: model });
      const run = scoreLogs({ inputs: [later], modelDir: model, budgetPerDay: budget });
      for await (const _ of run);
      const days = run.summary().budget!.realised.map(({ incidents }) => incidents);
      expect(days.length).toBeGreaterThanOrEqual(month.days - month.trainingDays - 1);
      const half = days.length >> 1;
      if (isLong) console.log(`seed ${month.seed}: ${days.join(" ")} (mean ${mean(days).toFixed(1)})`);
      means.push(mean(days));
      // What drifts away is not made up for by more and more alarms.
      expect(mean(days.slice(half))).toBeLessThan(2 * budget);
    }
    expect(mean(means)).toBeGreaterThan(0.3 * budget);
    expect(mean(means)).toBeLessThan(1.5 * budget);
  },
);

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
