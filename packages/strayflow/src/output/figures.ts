import { formatCount } from "../base/units.ts";

/** Shown where a value is not set; never 0. */
const unset = "–";

/** A count with its noun: "1 file", "3 files". */
export function countOf(value: number, singular: string, plural = `${singular}s`): string {
  return `${formatCount(value)} ${value === 1 ? singular : plural}`;
}

/** Rows a second: 850, 3.2 k, 1.1 M. */
export function formatRate(perSecond: number): string {
  if (perSecond < 999.5) return formatCount(Math.round(perSecond));
  const isMillion = perSecond >= 999_500;
  return `${Number((perSecond / (isMillion ? 1e6 : 1e3)).toPrecision(3))} ${isMillion ? "M" : "k"}`;
}

/** N of "1 in N" for a column that is headed so, to two digits. */
export function oneInCell(p: number): string {
  if (!(p > 0)) return unset;
  const n = 1 / p;
  // A tail fitted to some thousand scores says nothing about rarities beyond this.
  if (n > 1e8) return "> 100,000,000";
  return formatCount(Number(n.toPrecision(2)));
}

/** Seconds since 1970 as `2025-02-22 13:04:55`, in UTC, which the column's head names. */
export function utcTime(seconds: number): string {
  const date = new Date(Math.floor(seconds) * 1000);
  if (Number.isNaN(date.getTime())) return unset;
  return date.toISOString().replace(".000Z", "").replace("T", " ");
}

/** A figure without a unit, to about three digits: 0.0123, 1.23, 48.2, 1,204. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return unset;
  const size = Math.abs(value);
  if (size >= 1000) return formatCount(Math.round(value));
  return size > 0 && size < 0.001 ? value.toExponential(1) : String(Number(value.toPrecision(3)));
}
