import { formatBytes, formatCount, formatDuration } from "../../base/units.ts";

/** "1,024 ports", "1 port", "0.4 a day": whole where it is ten or more. */
export function amount(value: number, one: string, many: string): string {
  const rounded = value >= 10 ? Math.round(value) : Math.round(value * 10) / 10;
  return `${formatCount(rounded)} ${rounded === 1 ? one : many}`;
}

/** " in 3 min", nothing where all happened at once. */
export function during(seconds: number): string {
  return seconds > 0 ? ` in ${formatDuration(seconds)}` : "";
}

/** ", 98 more in vain than answered", nothing where most were answered. */
export function inVain(failures: number): string {
  return failures >= 2 ? `, ${formatCount(Math.round(failures))} more in vain than answered` : "";
}

/** ", each 512 bytes", ", each about 512 bytes"; nothing where none is known. */
export function eachOf(bytes: number, deviation: number): string {
  if (!(bytes > 0)) return "";
  return `, each ${deviation < 0.01 * bytes ? "" : "about "}${formatBytes(Math.round(bytes))}`;
}
