import type { CustomSeriesOption, EChartsOption, LegendComponentOption, TitleComponentOption } from "echarts";
import { hues, type Hue } from "./colors.ts";
import { fonts, greys, type Look, type Tip } from "./look.ts";
import type { ChartSpec } from "./spec.ts";
import { cutText, textWidth, wrapText } from "./text.ts";
import type { Scale } from "./ticks.ts";

/** Pixels of ordinary chart text. */
export const TEXT = 12;
const TITLE = 15;
const SIDE = 16;

/** The part of a picture above the plot: title and note, where they are drawn. */
export interface Head {
  readonly height: number;
  readonly title: TitleComponentOption | undefined;
}

export function chartHead(spec: ChartSpec, note: string | undefined, look: Look): Head {
  if (look.titled !== true) return { height: 0, title: undefined };
  const colors = greys[look.theme];
  const width = look.width - 2 * SIDE;
  const lines = wrapText(spec.title, width, TITLE * 1.06);
  const notes = note === undefined ? [] : wrapText(note, width, TEXT);
  return {
    height: 14 + lines.length * 20 + (notes.length === 0 ? 0 : 4 + notes.length * 16) + 8,
    title: {
      text: lines.join("\n"),
      subtext: notes.join("\n"),
      left: SIDE,
      top: 14,
      padding: 0,
      itemGap: 4,
      textStyle: {
        color: colors.text,
        fontSize: TITLE,
        fontWeight: "bold",
        lineHeight: 20,
        fontFamily: fonts.sans,
      },
      subtextStyle: { color: colors.quiet, fontSize: TEXT, lineHeight: 16, fontFamily: fonts.sans },
    },
  };
}

/** One axis: what it counts, and its scale. */
export interface AxisPlan {
  readonly name: string;
  readonly scale: Scale;
}

export interface PlotPlan {
  readonly look: Look;
  readonly head: Head;
  readonly across: AxisPlan;
  readonly up: AxisPlan;
  /** Series that are told apart by a legend; none where they are labelled directly or are alone. */
  readonly legend?: Legend;
  /** Pixels to the right of the plot, for labels at the ends of lines. */
  readonly room?: number;
  /** How many bins stand side by side, where the plot is made of bins. */
  readonly bins?: number;
  readonly pointer: "line" | "shadow" | "none";
  readonly tip: (index: number) => Tip | undefined;
}

export interface Legend {
  readonly height: number;
  readonly names: readonly string[];
}

const LEGEND_ROW = 22;
/** Pixels of the widest bin. */
const WIDEST = 120;

/** A legend above the plot: nothing for a single series. */
export function legendOf(names: readonly string[], look: Look): Legend {
  if (names.length < 2) return { height: 0, names: [] };
  let rows = 1;
  let used = 0;
  for (const name of names) {
    const width = textWidth(legendText(name), TEXT) + 36;
    if (used > 0 && used + width > look.width - 2 * SIDE) {
      rows++;
      used = 0;
    }
    used += width;
  }
  return { height: rows * LEGEND_ROW + 2, names };
}

const legendText = (name: string) => cutText(name, 180, TEXT);

/** Names the series for ECharts, which takes equal names for one series. */
export function seriesColors(names: readonly string[], look: Look): readonly Hue[] {
  return hues(names, look.theme);
}

/** Everything of a chart with two axes but its series. */
export function plotOption(plan: PlotPlan): EChartsOption {
  const { look, head, across, up, legend } = plan;
  const colors = greys[look.theme];
  const { left, right } = margins(plan);
  const twoLines = across.scale.ticks.some(({ text }) => text.includes("\n"));
  const label = { color: colors.quiet, fontSize: TEXT, fontFamily: fonts.sans };
  const textAt = (scale: Scale) => {
    const texts = new Map(scale.ticks.map(({ at, text }) => [at, text]));
    return (value: number) => texts.get(value) ?? "";
  };
  return {
    ...shared(look, head),
    grid: {
      left,
      right,
      top: head.height + (legend?.height ?? 0) + 30,
      bottom: 30 + (twoLines ? 16 : 0) + 18,
    },
    xAxis: {
      type: "value",
      min: across.scale.min,
      max: across.scale.max,
      name: across.name,
      nameLocation: "middle",
      nameGap: 26 + (twoLines ? 16 : 0),
      nameTextStyle: label,
      axisLine: { show: true, onZero: false, lineStyle: { color: colors.axis } },
      axisTick: {
        show: true,
        length: 4,
        customValues: places(across.scale),
        lineStyle: { color: colors.axis },
      },
      axisLabel: {
        ...label,
        lineHeight: 16,
        customValues: places(across.scale),
        formatter: textAt(across.scale),
        hideOverlap: true,
      },
      splitLine: { show: false },
    },
    yAxis: {
      type: "value",
      min: up.scale.min,
      max: up.scale.max,
      name: up.name,
      nameLocation: "end",
      nameGap: 12,
      // The name begins where the picture begins, whatever the width of the labels.
      nameTextStyle: { ...label, align: "left", padding: [0, 0, 0, SIDE - left] },
      axisLine: { show: false, onZero: false },
      axisTick: { show: false, customValues: places(up.scale) },
      axisLabel: { ...label, customValues: places(up.scale), formatter: textAt(up.scale) },
      splitLine: { show: true, lineStyle: { color: colors.grid } },
    },
    ...(legend === undefined || legend.names.length === 0
      ? {}
      : { legend: legendOption(legend, look, head) }),
    ...tooltipOption(look, "axis", plan.pointer, (params) => plan.tip(indexOf(params))),
  };
}

/** Room for the labels up, for names at the ends of lines, and for half a label where one stands near an end. */
function margins({ look, across, up, room = 0, bins }: PlotPlan): {
  readonly left: number;
  readonly right: number;
} {
  const { min, max, ticks } = across.scale;
  let left = SIDE + Math.max(8, ...up.scale.ticks.map(({ text }) => textWidth(text, TEXT))) + 6;
  let right = Math.max(SIDE, room);
  // A bin or two would fill the whole picture.
  if (bins !== undefined) right = Math.max(right, look.width - left - bins * WIDEST);
  const plot = Math.max(40, look.width - left - right);
  const first = ticks[0];
  const last = ticks.at(-1);
  const half = (text: string) => Math.max(...text.split("\n").map((line) => textWidth(line, TEXT))) / 2 + 4;
  if (first !== undefined) left = Math.max(left, half(first.text) - ((first.at - min) / (max - min)) * plot);
  if (last !== undefined) right = Math.max(right, half(last.text) - ((max - last.at) / (max - min)) * plot);
  return { left, right };
}

/** What all charts have in common. */
export function shared(look: Look, head: Head): EChartsOption {
  const colors = greys[look.theme];
  return {
    animation: false,
    backgroundColor: look.titled === true ? colors.background : "transparent",
    textStyle: { color: colors.text, fontFamily: fonts.sans, fontSize: TEXT },
    ...(head.title === undefined ? {} : { title: head.title }),
  };
}

/** A legend that hides a series by a click, unless the chart cannot do without it. */
export function legendOption(
  legend: Legend,
  look: Look,
  head: Head,
  selectedMode = true,
): LegendComponentOption {
  const colors = greys[look.theme];
  return {
    selectedMode,
    data: [...legend.names],
    top: head.height + 2,
    left: SIDE - 4,
    right: SIDE,
    padding: [2, 4],
    itemGap: 14,
    itemWidth: 12,
    itemHeight: 12,
    icon: "roundRect",
    inactiveColor: colors.axis,
    itemStyle: { opacity: 1 },
    textStyle: { color: colors.text, fontSize: TEXT, fontFamily: fonts.sans },
    formatter: legendText,
  };
}

/** A tooltip whose content is an element that the look makes: never a string, which ECharts would take for markup. */
export function tooltipOption(
  look: Look,
  trigger: "axis" | "item",
  pointer: "line" | "shadow" | "none",
  tipOf: (params: unknown) => Tip | undefined,
): EChartsOption {
  const { tip: show } = look;
  if (show === undefined) return {};
  const colors = greys[look.theme];
  const formatter = (params: unknown) => {
    const tip = tipOf(params);
    return tip === undefined ? [] : [show(tip)];
  };
  return {
    tooltip: {
      trigger,
      confine: true,
      transitionDuration: 0,
      showDelay: 0,
      hideDelay: 50,
      backgroundColor: colors.background,
      borderColor: colors.axis,
      borderWidth: 1,
      padding: [6, 8],
      extraCssText: "box-shadow:none;max-width:min(420px,90vw);white-space:normal;",
      textStyle: { color: colors.text, fontSize: TEXT, fontFamily: fonts.sans },
      axisPointer: {
        type: pointer,
        label: { show: false },
        lineStyle: { color: colors.axis, type: "solid" },
        shadowStyle: { color: colors.text, opacity: 0.06 },
      },
      // The types ask for HTMLElement, which code without a browser cannot name.
      formatter: formatter as unknown as () => string,
    },
  };
}

/** The index of the datum under the pointer, from what ECharts hands to a formatter. */
export function indexOf(params: unknown): number {
  const first: unknown = Array.isArray(params) ? params[0] : params;
  if (typeof first !== "object" || first === null || !("dataIndex" in first)) return -1;
  return typeof first.dataIndex === "number" ? first.dataIndex : -1;
}

/**
 * Rectangles of one colour as a single path, which stays small for thousands of bins. `rects` are x0, x1, y0, y1 in the
 * numbers of the axes. Bins of more than some pixels are drawn a pixel apart.
 */
export function rectSeries(name: string, color: string, rects: readonly number[], z = 2): CustomSeriesOption {
  return {
    type: "custom",
    name,
    z,
    silent: true,
    clip: true,
    itemStyle: { color },
    tooltip: { show: false },
    // One datum that lies nowhere: the path is all of the series.
    data: [[rects[0] ?? 0, rects[3] ?? 0]],
    renderItem: (_, api) => {
      let path = "";
      for (let at = 0; at + 3 < rects.length; at += 4) {
        const [left = 0, top = 0] = api.coord([rects[at] ?? 0, rects[at + 3] ?? 0]);
        const [right = 0, bottom = 0] = api.coord([rects[at + 1] ?? 0, rects[at + 2] ?? 0]);
        if (bottom - top <= 0) continue;
        const gap = right - left > 4 ? 1 : 0;
        // What is there must be seen, however small it is.
        const high = Math.max(bottom - top, 0.75);
        path += `M${short(left)} ${short(bottom)}V${short(bottom - high)}H${short(Math.max(right - gap, left + 0.75))}V${short(bottom)}Z`;
      }
      return { type: "path", shape: { pathData: path === "" ? "M0 0" : path }, style: { fill: color } };
    },
  };
}

/** Points that are not drawn, for the tooltip to find: `places` in the numbers of the axis across. */
export function hoverSeries(
  look: Look,
  places: readonly number[],
  up: number,
): EChartsOption["series"] & object {
  if (look.tip === undefined) return [];
  return [
    {
      type: "line",
      name: "",
      data: places.map((place) => [place, up]),
      symbol: "none",
      lineStyle: { opacity: 0 },
      silent: true,
      z: 1,
      emphasis: { disabled: true },
    },
  ];
}

const places = ({ ticks }: Scale) => ticks.map(({ at }) => at);
const short = (pixels: number) => String(Math.round(pixels * 100) / 100);

/** About how many labels of this width fit side by side under a plot of so many bins. */
export function fitting(look: Look, pixels: number, bins = Number.POSITIVE_INFINITY): number {
  return Math.max(2, Math.floor(Math.min(look.width - 90, bins * WIDEST) / pixels));
}
