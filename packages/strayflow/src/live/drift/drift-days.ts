import { isShifted, type ColumnFit } from "../../model/traffic-fit.ts";
import type { DriftEntry } from "../../store/index.ts";
import type { DriftMeasure } from "./measure-day.ts";

/** A figure and what it is held against; NaN where it is unknown. */
export interface HeldFigure {
  readonly value: number;
  readonly usual: number;
}

/** A day of a sensor, put together from what the store keeps of it. */
export interface DriftDay {
  readonly sensor: string;
  readonly day: string;
  readonly connections: HeldFigure;
  readonly alertRate: HeldFigure;
  readonly incidents: HeldFigure;
  readonly rejects: HeldFigure;
  /** Features with other values than in training, worst first; undefined where there were too few connections to say. */
  readonly moved: readonly ColumnFit[] | undefined;
  /** Largest share of unknown words among `proto`, `service` and `conn_state`. */
  readonly unknown: { readonly column: string; readonly share: number } | undefined;
}

/** In the order of the entries: by day, then by sensor. */
export function driftDays(entries: readonly DriftEntry[]): DriftDay[] {
  const days = Map.groupBy(entries, ({ sensor, day }) => JSON.stringify([day, sensor]));
  return [...days.values()].map(dayOf);
}

function dayOf(entries: readonly DriftEntry[]): DriftDay {
  const of = (measure: DriftMeasure) => entries.filter((one) => one.measure === measure);
  const figure = (measure: DriftMeasure): HeldFigure => of(measure)[0] ?? { value: NaN, usual: NaN };
  const outside = new Map(of("outside").map(({ column, value }) => [column!, value]));
  const shifts = new Map(of("column").map((one) => [one.column!, one]));
  const isMeasured = shifts.size > 0;
  const columns = [...new Set([...shifts.keys(), ...outside.keys()])].map((feature): ColumnFit => {
    const shift = shifts.get(feature);
    return {
      feature,
      shift: shift?.value ?? 0,
      usualShift: shift?.usual ?? 0,
      outside: outside.get(feature) ?? 0,
    };
  });
  const [unknown] = of("unknown-categories").toSorted((a, b) => b.value - a.value);
  const { sensor, day } = entries[0]!;
  return {
    sensor,
    day,
    connections: pick(figure("connections")),
    alertRate: pick(figure("alert-rate")),
    incidents: pick(figure("incidents")),
    rejects: pick(figure("rejects")),
    moved: isMeasured ? columns.filter(isShifted).toSorted((a, b) => distance(b) - distance(a)) : undefined,
    unknown: unknown && { column: unknown.column!, share: unknown.value },
  };
}

function pick({ value, usual }: HeldFigure): HeldFigure {
  return { value, usual };
}

function distance({ shift, usualShift, outside }: ColumnFit): number {
  return Math.max(shift - 2 * usualShift, outside);
}
