import { BarChart, CustomChart, LineChart, ScatterChart } from "echarts/charts";
import {
  GraphicComponent,
  GridComponent,
  LegendComponent,
  TitleComponent,
  TooltipComponent,
} from "echarts/components";
import { init, use, type EChartsType } from "echarts/core";
import { LabelLayout } from "echarts/features";
import { SVGRenderer } from "echarts/renderers";
import { chartHeight, chartOption } from "../charts/chart-option.ts";
import { escapeText } from "../base/escape.ts";
import { greys, type Look } from "../charts/look.ts";
import type { ChartSpec } from "../charts/spec.ts";

use([
  BarChart,
  CustomChart,
  GraphicComponent,
  GridComponent,
  LabelLayout,
  LegendComponent,
  LineChart,
  ScatterChart,
  SVGRenderer,
  TitleComponent,
  TooltipComponent,
]);

/** Draws a chart into an element of a page. The caller disposes of it. */
export function drawChart(spec: ChartSpec, look: Look, element: object): EChartsType {
  const chart = init(element as Parameters<typeof init>[0], null, {
    renderer: "svg",
    width: look.width,
    height: look.height ?? chartHeight(spec, look),
  });
  chart.setOption(chartOption(spec, look));
  return chart;
}

/**
 * A chart as the text of an SVG file: title and note inside, light unless `look` says otherwise, and the same to the byte
 * for the same chart. Runs with and without a browser.
 *
 * @throws RangeError where a zone is not an IANA name
 */
export function renderSvg(spec: ChartSpec, look: Partial<Look> = {}): string {
  const { tip: _, ...wanted } = look;
  const whole: Look = { theme: "light", width: 900, titled: true, ...wanted };
  const height = whole.height ?? chartHeight(spec, whole);
  const chart = init(null, null, { renderer: "svg", ssr: true, width: whole.width, height });
  try {
    chart.setOption(chartOption(spec, { ...whole, height }));
    return named(stableIds(chart.renderToSVGString()), spec, greys[whole.theme].background);
  } finally {
    chart.dispose();
  }
}

/**
 * ECharts numbers ids by how many charts the process has drawn, and gives every shape a class for when a pointer is over
 * it, which says nothing here. Marks for its own client go too.
 */
function stableIds(svg: string): string {
  return svg
    .replaceAll(/<style\b[^>]*>[\s\S]*?<\/style>\n?/g, "")
    .replaceAll(/ ecmeta_[a-z_]+="[^"]*"/g, "")
    .replaceAll(/ class="zr\d+-cls-\d+"/g, "")
    .replaceAll(/\bzr\d+-/g, "chart-");
}

/** The title as a screen reader finds it, and a ground for viewers that have none. */
function named(svg: string, spec: ChartSpec, background: string): string {
  const end = svg.indexOf(">");
  const head = svg.slice(0, end).replace("<svg", `<svg role="img" style="background:${background}"`);
  return `${head}>\n<title>${escapeXml(spec.title)}</title>${svg.slice(end + 1)}\n`;
}

function escapeXml(text: string): string {
  return escapeText(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
