import type { EChartsOption } from "echarts";
import { unreachable } from "../base/errors.ts";
import { formatCount } from "../base/units.ts";
import { barsHeight, barsOption } from "./bars.ts";
import { curvesOption } from "./curves.ts";
import { daysOption } from "./days.ts";
import { chartHead, legendOf } from "./frame.ts";
import { graphHeight, graphLeft, graphOption } from "./graph.ts";
import { heatmapHeight, heatmapOption } from "./heatmap.ts";
import { histogramOption } from "./histogram.ts";
import type { Look } from "./look.ts";
import { pointsOption } from "./points.ts";
import type { ChartSpec } from "./spec.ts";
import { timelineOption } from "./timeline.ts";

/**
 * The ECharts option that draws a chart. The same for a browser and for a file; depends on nothing but its arguments.
 *
 * @throws RangeError where a zone is not an IANA name
 */
export function chartOption(spec: ChartSpec, look: Look): EChartsOption {
  const note = chartNote(spec);
  switch (spec.kind) {
    case "histogram":
      return histogramOption(spec, note, look);
    case "timeline":
      return timelineOption(spec, note, look);
    case "days":
      return daysOption(spec, note, look);
    case "bars":
      return barsOption(spec, note, look);
    case "heatmap":
      return heatmapOption(spec, note, look);
    case "graph":
      return graphOption(spec, note, look);
    case "curves":
      return curvesOption(spec, note, look);
    case "points":
      return pointsOption(spec, note, look);
    default:
      return unreachable(spec);
  }
}

/** Pixels that a chart needs at the look's width: more names, more height. */
export function chartHeight(spec: ChartSpec, look: Look): number {
  const head = chartHead(spec, chartNote(spec), look).height;
  return Math.ceil(head + bodyHeight(spec, look));
}

const PLOT = 280;

function bodyHeight(spec: ChartSpec, look: Look): number {
  switch (spec.kind) {
    case "bars":
      return barsHeight(spec, look);
    case "heatmap":
      return heatmapHeight(spec, look);
    case "graph":
      return graphHeight(spec, look);
    case "histogram":
    case "timeline":
    case "curves":
      return (
        PLOT +
        legendOf(
          spec.series.map(({ name }) => name),
          look,
        ).height
      );
    case "days":
      return PLOT;
    case "points":
      return 360 + legendOf([...new Set(spec.points.map(({ group }) => group))], look).height;
    default:
      return unreachable(spec);
  }
}

/** What a reader must know to read the chart right: the spec's note, and what the drawing left out. */
export function chartNote(spec: ChartSpec): string | undefined {
  const notes = [spec.note];
  if (spec.kind === "histogram") {
    if ((spec.zeros ?? 0) > 0)
      notes.push(`The bar at the left is ${formatCount(spec.zeros ?? 0)} rows with 0.`);
    if ((spec.unset ?? 0) > 0) notes.push(`${formatCount(spec.unset ?? 0)} rows have no value.`);
  }
  if (spec.kind === "graph") notes.push(graphLeft(spec));
  const said = notes.filter((note) => note !== undefined && note !== "");
  return said.length === 0 ? undefined : said.join(" ");
}
