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
      const amount = counted(value);
      return `${before} ${formatCount(amount)} ${amount === 1 ? one : many} ${after}; usually ${formatCount(counted(usual))}`;
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

/** A column of ln(now / usual for this host): "opened 8.3 times as many connections as is usual for it; usually 1.1 times". */
export function logRatio(summary: string, before: string, after: string): ColumnTexts {
  return {
    unit: "log ratio",
    summary,
    explain: (value, usual) =>
      `${before} ${formatCount(ratio(value))} times ${after}; usually ${formatCount(ratio(usual))} times`,
  };
}

/** A column of `DampedMoments.deviations`. */
export function deviations(summary: string, what: string, whose: string): ColumnTexts {
  return {
    unit: "standard deviations",
    summary,
    explain: (value, usual) =>
      `${what} ${formatCount(Math.abs(tenth(value)))} standard deviations ${value < 0 ? "below" : "above"} ${whose}; usually ${formatCount(tenth(clamp(usual, -10, 10)))}`,
  };
}

/** A column of `DampedMoments.spread` of a logarithm: by what factor values usually differ. */
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

/** A column of ln(age of the keeper / age of the kept): how little of the time it has been known. */
export function novelty(summary: string, what: string): ColumnTexts {
  return {
    unit: "log ratio",
    summary,
    explain: (value, usual) =>
      `${what} for ${partKnown(value)} of that time; usually for ${partKnown(usual)}`,
  };
}

/** Counts in sliding windows are seldom whole; from ten on their parts mean nothing. */
function counted(value: number): number {
  const amount = fromLog(value);
  return amount < 10 ? rough(amount) : Math.round(amount);
}

function partKnown(value: number): string {
  return formatShare(Math.exp(-Math.max(0, value)));
}

function ratio(value: number): number {
  return Number(Math.exp(clamp(value, -30, 30)).toPrecision(2));
}

function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}
