import type { CustomSeriesRenderItemReturn, EChartsOption } from "echarts";
import { densityColor, divergingColor, textOn } from "./colors.ts";
import { extentOf, leastPositive } from "./extent.ts";
import { chartHead, indexOf, shared, TEXT, tooltipOption } from "./frame.ts";
import { fonts, greys, type Look, type Tip } from "./look.ts";
import { formatQuantity } from "./quantity.ts";
import type { HeatmapSpec } from "./spec.ts";
import { cutText, textWidth } from "./text.ts";

const KEY = 40;
const SMALL = 10;

/** A matrix of coloured cells with its key above. Cells that are large enough say their number; empty ones stay empty. */
export function heatmapOption(spec: HeatmapSpec, note: string | undefined, look: Look): EChartsOption {
  const colors = greys[look.theme];
  const head = chartHead(spec, note, look);
  const plan = layout(spec, look);
  const paint = painter(spec, look);
  const label = { color: colors.text, fontSize: TEXT, fontFamily: fonts.sans, interval: 0 };
  const cells = spec.values.flatMap((row, y) => row.map((value, x) => ({ x, y, value })));
  const tip = (index: number): Tip | undefined => {
    const cell = cells[index];
    if (cell === undefined) return undefined;
    return {
      title: `${spec.rows[cell.y] ?? ""}, ${spec.columns[cell.x] ?? ""}`,
      rows: [{ name: "", value: formatQuantity(cell.value, spec.quantity) }],
    };
  };
  return {
    ...shared(look, head),
    grid: { left: plan.left, top: head.height + KEY, width: plan.width, height: plan.height },
    xAxis: {
      type: "category",
      data: plan.columns.map((_, index) => String(index)),
      axisLine: { show: false },
      axisTick: { show: false },
      axisLabel: {
        ...label,
        rotate: plan.turned ? 90 : 0,
        interval: (index: number) => index % plan.everyColumn === 0,
        formatter: (_: string, index: number) => plan.columns[index] ?? "",
      },
    },
    yAxis: {
      type: "category",
      inverse: true,
      data: plan.rows.map((_, index) => String(index)),
      axisLine: { show: false },
      axisTick: { show: false },
      axisLabel: { ...label, formatter: (_: string, index: number) => plan.rows[index] ?? "" },
    },
    ...tooltipOption(look, "item", "none", (params) => tip(indexOf(params))),
    graphic: keyGraphic(spec, paint, look, head.height),
    series: [
      {
        type: "custom",
        name: "cells",
        data: cells.map(({ x, y }) => [x, y]),
        renderItem: (params, api) => {
          const cell = cells[params.dataIndex];
          if (cell === undefined || cell.value === null) return null;
          const [middleX = 0, middleY = 0] = api.coord([cell.x, cell.y]);
          return drawCell(
            cell.value,
            middleX,
            middleY,
            plan,
            paint,
            spec,
          ) as unknown as CustomSeriesRenderItemReturn;
        },
      },
    ],
  };
}

/** Pixels of everything below the head. */
export function heatmapHeight(spec: HeatmapSpec, look: Look): number {
  const plan = layout(spec, look);
  return KEY + plan.height + plan.bottom;
}

interface Layout {
  readonly left: number;
  readonly width: number;
  readonly height: number;
  readonly bottom: number;
  readonly turned: boolean;
  readonly everyColumn: number;
  readonly columns: readonly string[];
  readonly rows: readonly string[];
}

function layout(spec: HeatmapSpec, look: Look): Layout {
  const limit = Math.max(48, Math.min(180, look.width * 0.28));
  const rows = spec.rows.map((name) => cutText(name, limit, TEXT));
  const left = 16 + Math.max(8, ...rows.map((name) => textWidth(name, TEXT))) + 8;
  const room = look.width - left - 16;
  const isSquare = spec.scale === "correlation";
  const cell = Math.min(isSquare ? 46 : 64, room / Math.max(1, spec.columns.length));
  const width = cell * spec.columns.length;
  const high = Math.max(SMALL + 5, Math.min(isSquare ? cell : 28, 46));
  const widest = Math.max(8, ...spec.columns.map((name) => textWidth(name, TEXT)));
  const isRegular = spec.columns.every((name) => name.length <= 5);
  const turned = widest > cell - 4 && !isRegular;
  const columns = spec.columns.map((name) => cutText(name, turned ? limit : Math.max(cell * 4, 40), TEXT));
  const everyColumn = turned ? Math.ceil(14 / cell) : isRegular ? Math.ceil((widest + 6) / cell) : 1;
  const label = turned ? Math.max(...columns.map((name) => textWidth(name, TEXT))) : TEXT + 4;
  return {
    left,
    width,
    height: high * Math.max(1, spec.rows.length),
    bottom: label + 16,
    turned,
    everyColumn,
    columns,
    rows,
  };
}

interface Painter {
  readonly low: number;
  readonly high: number;
  readonly color: (value: number) => string;
}

function painter(spec: HeatmapSpec, look: Look): Painter {
  if (spec.scale === "correlation")
    return { low: -1, high: 1, color: (value) => divergingColor(value, look.theme) };
  const { max } = extentOf(spec.values);
  if (spec.scale === "density") {
    return { low: 0, high: max, color: (value) => densityColor(max > 0 ? value / max : 0, look.theme) };
  }
  const low = Math.min(leastPositive(spec.values), max > 0 ? max : 1);
  const span = Math.log(max / low);
  // The least that is there must not look like nothing.
  const part = (value: number) =>
    value > 0 ? 0.12 + 0.88 * (span > 0 ? Math.log(value / low) / span : 1) : 0;
  return { low, high: max, color: (value) => densityColor(part(value), look.theme) };
}

function drawCell(
  value: number,
  x: number,
  y: number,
  plan: Layout,
  paint: Painter,
  spec: HeatmapSpec,
): object {
  const width = plan.width / Math.max(1, spec.columns.length);
  const height = plan.height / Math.max(1, spec.rows.length);
  const gap = width > 8 ? 1 : 0;
  const fill = paint.color(value);
  const rect = {
    type: "rect",
    shape: { x: x - width / 2, y: y - height / 2, width: width - gap, height: height - gap },
    style: { fill },
  };
  const text = spec.scale === "correlation" ? value.toFixed(2).replace("-", "−") : "";
  if (text === "" || textWidth(text, SMALL) > width - 3 || height < SMALL + 3) return rect;
  return {
    type: "group",
    children: [
      rect,
      {
        type: "text",
        silent: true,
        style: {
          text,
          x,
          y,
          fill: textOn(fill),
          align: "center",
          verticalAlign: "middle",
          fontSize: SMALL,
          fontFamily: fonts.sans,
        },
      },
    ],
  };
}

/** Steps of colour from the least to the greatest, with both named. */
function keyGraphic(spec: HeatmapSpec, paint: Painter, look: Look, top: number): object[] {
  const steps = 24;
  const width = 144;
  const isLog = spec.scale === "log-density";
  const low = formatQuantity(paint.low, spec.quantity);
  const high = `${formatQuantity(paint.high, spec.quantity)}${isLog ? " (log scale)" : ""}`;
  const start = 16 + textWidth(low, TEXT) + 6;
  const at = (part: number) =>
    isLog ? paint.low * (paint.high / paint.low) ** part : paint.low + (paint.high - paint.low) * part;
  const text = (x: number, content: string) => ({
    type: "text",
    silent: true,
    style: {
      text: content,
      x,
      y: top + 8,
      fill: greys[look.theme].quiet,
      fontSize: TEXT,
      fontFamily: fonts.sans,
    },
  });
  return [
    text(16, low),
    ...Array.from({ length: steps }, (_, index) => ({
      type: "rect",
      silent: true,
      shape: { x: start + (index * width) / steps, y: top + 8, width: width / steps + 0.3, height: 12 },
      style: { fill: paint.color(at(index / (steps - 1))) },
    })),
    text(start + width + 6, high),
  ];
}
