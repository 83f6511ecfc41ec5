import { formatBytes, formatCount, formatDuration, formatShare } from "../../base/units.ts";
import type { ColumnTexts } from "../define.ts";
import { clamp, fromLog, rough } from "../explain.ts";

/** A column of ln(1 + count): "contacted 312 hosts in 5 min; usually 4". */
export function logCount(
  summary: string,
  before: string,
  [one, many]: readonly [string, string],
  after: string,
): ColumnTexts {
  return {
    unit: `log ${many.split(" ")[0]}`,
    summary,
    explain: (value, usual) => {
      const [amount, wouldBe] = counted(fromLog(value), fromLog(usual));
      return `${before} ${formatCount(amount)} ${amount === 1 ? one : many} ${after}; usually ${formatCount(wouldBe)}`;
    },
  };
}

/** A column of ln(1 + bytes) in a window: "sent 1.4 GB in 5 min; usually 40 kB". */
export function logBytes(summary: string, before: string, after: string): ColumnTexts {
  return {
    unit: "log bytes",
    summary,
    explain: (value, usual) =>
      `${before} ${formatBytes(fromLog(value))} ${after}; usually ${formatBytes(fromLog(usual))}`,
  };
}

/** A column of ln(1 + seconds). */
export function logSeconds(summary: string, before: string, after: string): ColumnTexts {
  return {
    unit: "log seconds",
    summary,
    explain: (value, usual) =>
      `${before} ${formatDuration(fromLog(value))} ${after}; usually ${formatDuration(fromLog(usual))}`,
  };
}

/** A column of the same with -ln of a share: "this port is 9.3 times rarer than those that it usually uses; usually 1.1 times". */
export function rarer(summary: string, what: string, those: string): ColumnTexts {
  return {
    unit: "log ratio",
    summary,
    explain: (value, usual) => {
      const [is, wouldBe] = [timesRarer(value), timesRarer(usual)];
      return `${what} is ${is ?? "as rare"} ${is === undefined ? "as" : "than"} ${those}; usually ${wouldBe ?? "as rare"}`;
    },
  };
}

/** A column of ln(now / usual for this host): "opened 8.3 times as many connections as is usual for it; usually 1.1 times". */
export function logRatio(summary: string, before: string, after: string): ColumnTexts {
  return {
    unit: "log ratio",
    summary,
    explain: (value, usual) =>
      `${before} ${formatCount(ratio(value))} times ${after}; usually ${formatCount(ratio(usual))} times`,
  };
}

/** A column of `MomentColumns.deviation`. */
export function deviations(summary: string, what: string, whose: string): ColumnTexts {
  return {
    unit: "standard deviations",
    summary,
    explain: (value, usual) =>
      `${what} ${formatCount(Math.abs(tenth(value)))} standard deviations ${value < 0 ? "below" : "above"} ${whose}; usually ${formatCount(tenth(clamp(usual, -10, 10)))}`,
  };
}

/** A column of `MomentColumns.spread` of a logarithm: by what factor values usually differ. */
export function spread(summary: string, what: string): ColumnTexts {
  return {
    unit: "log factor",
    summary,
    explain: (value, usual) =>
      `${what} within a factor of ${formatCount(ratio(value))}; usually of ${formatCount(ratio(Math.max(0, usual)))}`,
  };
}

/** A difference of two shares, -1 to 1. */
export function shareExcess(summary: string, what: string): ColumnTexts {
  return {
    unit: "share",
    summary,
    explain: (value, usual) =>
      `${formatShare(Math.abs(value))} ${value < 0 ? "fewer" : "more"} ${what}; usually ${formatShare(clamp(usual, -1, 1))}`,
  };
}

/** A column of ln(age of the keeper / age of the kept): "has used this port only in the last 1.7 % of the time that it is known; usually from the beginning". */
export function novelty(summary: string, what: string, since: string): ColumnTexts {
  return {
    unit: "log ratio",
    summary,
    explain: (value, usual) => `${what} ${inTheLast(value)} of ${since}; usually ${inTheLast(usual)}`,
  };
}

function inTheLast(value: number): string {
  const part = Math.exp(-Math.max(0, value));
  return part > 0.995 ? "from the beginning" : `only in the last ${formatShare(part)}`;
}

function timesRarer(value: number): string | undefined {
  const times = ratio(Math.abs(value));
  if (times === 1) return undefined;
  return `${formatCount(times)} times ${value < 0 ? "more common" : "rarer"}`;
}

/** Counts in sliding windows are seldom whole, but nobody contacts 3.1 hosts: their parts are told where they make the difference. */
function counted(amount: number, usual: number): readonly [number, number] {
  const whole = [Math.round(amount), Math.round(usual)] as const;
  return whole[0] === whole[1] && amount < 10 ? [rough(amount), rough(usual)] : whole;
}

function ratio(value: number): number {
  return Number(Math.exp(clamp(value, -30, 30)).toPrecision(2));
}

function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}
