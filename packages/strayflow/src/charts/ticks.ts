import { formatTick } from "./quantity.ts";
import type { Quantity } from "./spec.ts";

/** A place on an axis and what is written there. */
export interface Tick {
  readonly at: number;
  readonly text: string;
}

/** An axis from `min` to `max` in the numbers that are drawn: the values themselves, or their logarithms. */
export interface Scale {
  readonly min: number;
  readonly max: number;
  readonly ticks: readonly Tick[];
  /** From a value to the number that is drawn. */
  readonly place: (value: number) => number;
}

/** Steps of a clock; other quantities step by 1, 2 and 5. */
const clockSteps = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 43_200, 86_400,
] as const;

/**
 * A linear axis that covers `from` to `to` with about `count` ticks. It ends at a tick where it begins at 0, so that bars
 * have room above them.
 */
export function linearScale(quantity: Quantity, from: number, to: number, count: number): Scale {
  const span = to > from ? to - from : Math.abs(to) || 1;
  const step = niceStep(quantity, span / Math.max(1, count));
  const min = from === 0 || to > from ? Math.floor(from / step + 1e-9) * step : from - step;
  const max = Math.ceil((to > from ? to : from + step) / step - 1e-9) * step;
  const ticks: Tick[] = [];
  for (let index = Math.round(min / step); index * step <= max + step / 2; index++) {
    // Through text, because 3 * 0.1 is not 0.3.
    const at = Number((index * step).toPrecision(12));
    ticks.push({ at, text: formatTick(at, quantity) });
  }
  return { min, max, ticks, place: (value) => value };
}

/** The same axis, ended where the data end: for places that are not amounts, such as ports or epochs. */
export function tightScale(quantity: Quantity, from: number, to: number, count: number): Scale {
  const scale = linearScale(quantity, from, to, count);
  if (to <= from) return scale;
  const slack = (to - from) * 1e-9;
  return {
    ...scale,
    min: from,
    max: to,
    ticks: scale.ticks.filter(({ at }) => at >= from - slack && at <= to + slack),
  };
}

/**
 * A logarithmic axis from `from` to `to`, both above 0, in decades; seconds have minutes, hours and days instead of their
 * multiples of ten. With `tight` the axis ends where the data end.
 */
export function logScale(quantity: Quantity, from: number, to: number, count: number, tight = false): Scale {
  const low = Math.log10(from);
  const high = Math.log10(Math.max(to, from));
  const min = tight && high > low ? low : Math.floor(low + 1e-9);
  const max = tight && high > low ? high : Math.max(Math.ceil(high - 1e-9), min + 1);
  const places = logPlaces(quantity, min, max);
  const every = Math.max(1, Math.ceil(places.length / Math.max(2, count)));
  const ticks = places
    .filter((_, index) => index % every === 0)
    .map((value) => ({ at: Math.log10(value), text: formatTick(value, quantity) }));
  return { min, max, ticks, place: (value) => Math.log10(value) };
}

function niceStep(quantity: Quantity, rough: number): number {
  if (quantity === "seconds" && rough > 1) {
    const step = clockSteps.find((candidate) => candidate >= rough);
    if (step !== undefined) return step;
    return 86_400 * decimalStep(rough / 86_400);
  }
  const whole = quantity === "count" || quantity === "port" || quantity === "bytes";
  return whole ? Math.max(1, decimalStep(rough)) : decimalStep(rough);
}

/** The next of 1, 2, 5 times a power of ten. */
function decimalStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const lead = rough / power;
  return (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10) * power;
}

function logPlaces(quantity: Quantity, min: number, max: number): readonly number[] {
  const places: number[] = [];
  for (let power = Math.ceil(min - 1e-9); power <= max + 1e-9; power++) places.push(10 ** power);
  if (quantity !== "seconds") {
    if (places.length >= 2) return places;
    const powers = [...places, 10 ** Math.floor(min), 10 ** Math.ceil(max)];
    return [...new Set(powers.flatMap((power) => [power, 2 * power, 5 * power]))]
      .filter((value) => Math.log10(value) >= min - 1e-9 && Math.log10(value) <= max + 1e-9)
      .sort((a, b) => a - b);
  }
  const clock = [60, 600, 3600, 86_400, 864_000, 8_640_000, 86_400_000];
  return [...places.filter((value) => value <= 10), ...clock].filter(
    (value) => Math.log10(value) >= min - 1e-9 && Math.log10(value) <= max + 1e-9,
  );
}
