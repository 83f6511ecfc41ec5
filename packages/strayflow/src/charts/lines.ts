import type { LineSeriesOption } from "echarts";
import type { Hue } from "./colors.ts";
import { TEXT } from "./frame.ts";
import { fonts, greys, type Look } from "./look.ts";
import { cutText, textWidth } from "./text.ts";
import type { Scale } from "./ticks.ts";

/** How many lines are named at their ends; more have a legend. */
export const DIRECT = 5;
const LABEL = 150;

/** Pixels that the names need to the right of the plot. */
export function endLabelRoom(names: readonly string[], look: Look): number {
  const limit = Math.min(LABEL, look.width / 4);
  return 14 + Math.max(0, ...names.map((name) => textWidth(cutText(name, limit, TEXT), TEXT)));
}

/**
 * One line. `null` is a gap, never bridged; a value between two gaps, which no line reaches, is a dot. With `label` the
 * name stands at its end.
 */
export function lineSeries(
  name: string,
  points: readonly (readonly [number, number | null])[],
  hue: Hue,
  look: Look,
  { label = false, lift = 0, width = 1.6, opacity = 1, z = 3, step = false }: LineStyle = {},
): LineSeriesOption {
  const isThere = (index: number) => typeof points[index]?.[1] === "number";
  const data = points.map(([x, y], index) =>
    y !== null && !isThere(index - 1) && !isThere(index + 1)
      ? { value: [x, y], symbol: "circle", symbolSize: width + 3 }
      : [x, y],
  );
  const limit = Math.min(LABEL, look.width / 4);
  return {
    type: "line",
    name,
    z,
    silent: true,
    symbol: "none",
    showSymbol: true,
    showAllSymbol: true,
    connectNulls: false,
    ...(step ? { step: "middle" as const } : {}),
    itemStyle: { color: hue.fill, opacity },
    lineStyle: { color: hue.fill, width, opacity, join: "round" },
    emphasis: { disabled: true },
    data,
    ...(label
      ? {
          endLabel: {
            show: true,
            distance: 6,
            offset: [0, -lift],
            color: hue.ink,
            textBorderColor: greys[look.theme].background,
            textBorderWidth: 3,
            fontSize: TEXT,
            fontFamily: fonts.sans,
            formatter: () => cutText(name, limit, TEXT),
          },
        }
      : {}),
  };
}

export interface LineStyle {
  readonly label?: boolean;
  /** Pixels by which the name stands higher than the end of its line (`labelLifts`). */
  readonly lift?: number;
  readonly width?: number;
  readonly opacity?: number;
  readonly z?: number;
  readonly step?: boolean;
}

/**
 * How far each name must move up (or down, below 0) so that names of lines that end close together do not overlap and none
 * leaves the plot. `lists` are the values as they are drawn; `bottom` and `top` those of the plot.
 */
export function labelLifts(
  lists: readonly (readonly (number | null)[])[],
  scale: Pick<Scale, "min" | "max">,
): readonly number[] {
  const pixels = PLOT_PIXELS / (scale.max - scale.min);
  const ends = lists.map((list, index) => {
    const last = list.findLastIndex((value) => value !== null);
    return { index, last, height: last < 0 ? 0 : ((list[last] ?? scale.min) - scale.min) * pixels };
  });
  const lifts = lists.map(() => 0);
  const order = ends.toSorted((a, b) => a.height - b.height);
  let floor = LINE / 2;
  for (const { index, height, last } of order) {
    if (last < 0) continue;
    const place = Math.max(height, floor);
    lifts[index] = place - height;
    floor = place + LINE;
  }
  // What was pushed out at the top goes down again, and pushes those below it.
  let ceiling = PLOT_PIXELS;
  for (const { index, height, last } of order.toReversed()) {
    if (last < 0) continue;
    const place = Math.min(height + (lifts[index] ?? 0), ceiling);
    lifts[index] = Math.round(place - height);
    ceiling = place - LINE;
  }
  return lifts;
}

/** About the height of a plot; a name takes one line of it. */
const PLOT_PIXELS = 190;
const LINE = 14;
