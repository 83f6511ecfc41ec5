import { formatBytes, formatCount, formatDuration } from "../../packages/strayflow/src/base/units.ts";
import { formatRate } from "../../packages/strayflow/src/output/figures.ts";
import { qualities, verdictOn, type QualityId, type Unit } from "./qualities.ts";
import type { Samples } from "./samples.ts";
import type { Table } from "./table.ts";

/** One measured thing. */
export interface Figure {
  readonly name: string;
  readonly unit: Unit;
  readonly value: Samples;
  /** The quality that this figure decides, where it decides one. */
  readonly quality?: QualityId;
}

/** Figure, median, spread, and where a quality hangs on it: floor, aim and verdict. */
export function figureTable(figures: readonly Figure[]): Table {
  return {
    columns: [
      { head: "figure" },
      { head: "median", align: "right" },
      { head: "least to most" },
      { head: "floor", align: "right" },
      { head: "aim", align: "right" },
      { head: "" },
    ],
    rows: figures.map(({ name, unit, value, quality }) => [
      name,
      formatFigure(value.median, unit),
      formatSpread(value, unit),
      quality === undefined ? "" : formatFigure(qualities[quality].floor, unit),
      quality === undefined ? "" : formatFigure(qualities[quality].aim, unit),
      quality === undefined ? "" : verdictOn(quality, value.median),
    ]),
  };
}

/** "0.74 s", "1.1 M rows/s", "2.1x", "8.2x faster", "214 MB", "31". */
export function formatFigure(value: number, unit: Unit): string {
  switch (unit) {
    case "seconds":
      return formatDuration(value);
    case "rows a second":
      return `${formatRate(value)} rows/s`;
    case "times as long":
      return `${formatTimes(value)}x`;
    case "times faster":
      return `${formatTimes(value)}x faster`;
    case "bytes":
      return formatBytes(value);
    case "count":
      return formatCount(value);
  }
}

/** 0.62, 3.0, 17: two digits, or whole numbers. */
function formatTimes(value: number): string {
  if (value >= 9.95) return formatCount(Math.round(value));
  return value.toFixed(value < 0.995 ? 2 : 1);
}

function formatSpread({ least, most, count }: Samples, unit: Unit): string {
  if (count === 1) return "once";
  return `${formatFigure(least, unit)} to ${formatFigure(most, unit)}, ${count} times`;
}
