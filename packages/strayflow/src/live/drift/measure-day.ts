import type { Manifest } from "../../model/manifest.ts";
import { isShifted, type ColumnFit, type FitMonitor, type TrafficFit } from "../../model/traffic-fit.ts";
import { wordColumns, type WordColumn } from "../../model/traffic-norms.ts";

/** What is measured of a day, and what it is held against. */
export interface DayMeasure {
  readonly measure: DriftMeasure;
  readonly column?: string | undefined;
  readonly value: number;
  /** NaN where nothing is known to be usual. */
  readonly usual: number;
}

/** Every measure of drift, with what it means; the store knows them by these names. */
export const driftMeasures = {
  connections: "connections of the day, and of a day of the training",
  rejects: "share of lines that were no connections, and in training",
  "alert-rate": "share of connections that were flagged, and the p-value asked for",
  incidents: "incidents of the day, and the budget or what the model expects",
  "shifted-columns": "share of the features whose values are others than in training",
  column:
    "distance of a feature's values from those of training, 0 to 1, and how far later rows of the training were",
  outside: "share of rows outside the range that held 99.8 % of the training rows; where it is more than 1 %",
  "unknown-categories": "share of a column's words that training never saw",
  "new-subnets":
    "share of the hosts of this network in subnets that training never saw, and of rows in training",
  "one-sided": "share of TCP connections with data that show one direction only, and in training",
} as const;

export type DriftMeasure = keyof typeof driftMeasures;

/** A day of a stream, held against what the model learned. */
export interface DayFigures {
  /** "2024-04-20", UTC. */
  readonly day: string;
  /** Its beginning, seconds since 1970. */
  readonly from: number;
  readonly rows: number;
  readonly rejected: number;
  readonly incidents: number;
  readonly measures: readonly DayMeasure[];
  /** Undefined where there are too few rows to say. */
  readonly fit: TrafficFit | undefined;
  readonly moved: readonly ColumnFit[];
  readonly unknown: readonly { readonly column: WordColumn; readonly share: number }[];
  readonly usual: { readonly incidents: number; readonly rejects: number };
}

export function measureDay(
  day: {
    readonly day: number;
    readonly rows: number;
    readonly flagged: number;
    readonly incidents: number;
    readonly rejected: number;
    readonly fit: FitMonitor;
  },
  {
    manifest,
    pValue,
    incidentsPerDay,
  }: { readonly manifest: Manifest; readonly pValue: number; readonly incidentsPerDay: number },
): DayFigures {
  const { rows, flagged, incidents, rejected } = day;
  const { traffic, features } = manifest;
  const trainedDays = Math.max(1 / 24, (traffic.to - traffic.from) / 86_400);
  const usualRejects = traffic.rows.rejected / Math.max(1, traffic.rows.read + traffic.rows.rejected);
  const isEnough = rows >= LEAST_ROWS;
  const fit = isEnough ? day.fit.verdict() : undefined;
  // What never varied in training is not measured by distance: any other value is outside its range.
  const constant = new Set(features.filter((one) => one.constant).map(({ id }) => id));
  const columns = isEnough ? day.fit.columns() : [];
  const unknown = isEnough
    ? wordColumns.map((column) => ({ column, share: day.fit.unknownWords(column) }))
    : [];
  const measures: DayMeasure[] = [
    { measure: "connections", value: rows, usual: traffic.rows.read / trainedDays },
    { measure: "rejects", value: rejected / Math.max(1, rows + rejected), usual: usualRejects },
    { measure: "alert-rate", value: flagged / Math.max(1, rows), usual: pValue },
    { measure: "incidents", value: incidents, usual: incidentsPerDay },
    ...columns.flatMap(({ feature, shift, usualShift, outside }): DayMeasure[] => [
      ...(constant.has(feature)
        ? []
        : [{ measure: "column" as const, column: feature, value: shift, usual: usualShift }]),
      ...(outside < LEAST_OUTSIDE
        ? []
        : [{ measure: "outside" as const, column: feature, value: outside, usual: USUAL_OUTSIDE }]),
    ]),
    ...unknown.map(({ column, share }) => ({
      measure: "unknown-categories" as const,
      column,
      value: share,
      usual: 0,
    })),
  ];
  if (fit !== undefined) {
    measures.push({ measure: "shifted-columns", value: fit.shiftedShare, usual: 0 });
    if (fit.newSubnets !== undefined)
      measures.push({
        measure: "new-subnets",
        value: fit.newSubnets,
        usual: manifest.norms.subnets?.unseen ?? NaN,
      });
    if (fit.oneSided !== undefined)
      measures.push({ measure: "one-sided", value: fit.oneSided.here, usual: fit.oneSided.usual });
  }
  const from = day.day * 86_400;
  return {
    day: dayName(from),
    from,
    rows,
    rejected,
    incidents,
    measures,
    fit,
    moved: columns.filter(isShifted),
    unknown,
    usual: { incidents: incidentsPerDay, rejects: usualRejects },
  };
}

/** "2024-04-20" of a moment in seconds since 1970. */
export function dayName(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10);
}

/** Of fewer, the features of a day say nothing. */
const LEAST_ROWS = 1000;
const LEAST_OUTSIDE = 0.01;
const USUAL_OUTSIDE = 0.002;
