import type { EChartsType } from "echarts/core";
import { chartHeight, chartNote } from "../../charts/chart-option.ts";
import { chartTable } from "../../charts/chart-table.ts";
import { cutTimeline } from "../../charts/cut-timeline.ts";
import type { Look, Theme, Tip } from "../../charts/look.ts";
import type { ChartSpec } from "../../charts/spec.ts";
import { drawChart, renderSvg } from "../render-svg.ts";
import type { PageContext } from "./context.ts";
import { button, element, saveFile } from "./elements.ts";
import { saveCsv, tableBody } from "./table-view.ts";
import { brushTime } from "./time-range.ts";

/** A chart with title, note, the table behind it and its exports. It is drawn when it comes into view. */
export function chartView(spec: ChartSpec, context: PageContext): HTMLElement {
  const holder = element("div", { class: "canvas", role: "img", "aria-label": spec.title });
  const note = chartNote(spec);
  const place = element("div");
  const { range } = context;
  // What is drawn, and so what is listed and saved.
  const shown = (): ChartSpec => (spec.kind === "timeline" ? cutTimeline(spec, range.get()) : spec);
  const showTable = button("Table", () => toggle(), { "aria-expanded": "false" });
  const fillTable = () => place.replaceChildren(tableBody(chartTable(shown()), context));
  const toggle = () => {
    const isOpen = place.childNodes.length > 0;
    if (isOpen) place.replaceChildren();
    else fillTable();
    showTable.setAttribute("aria-expanded", String(!isOpen));
  };
  let chart: EChartsType | undefined;
  const lookOf = (theme: Theme, width: number): Look => ({ theme, width, tip: tipView });
  context.charts.add({
    holder,
    draw(theme, width = holder.clientWidth) {
      if (width === 0) return;
      chart?.dispose();
      const look = lookOf(theme, width);
      holder.style.height = `${chartHeight(spec, look)}px`;
      chart = drawChart(shown(), look, holder);
    },
    reserve() {
      if (holder.clientWidth > 0)
        holder.style.height = `${chartHeight(spec, lookOf("light", holder.clientWidth))}px`;
    },
  });
  const whole = button("Whole time", () => range.set(undefined));
  if (spec.kind === "timeline") {
    const isCut = () => shown() !== spec;
    whole.hidden = !isCut();
    range.onChange(() => {
      whole.hidden = !isCut();
      if (chart !== undefined)
        chart = redrawn(chart, shown(), lookOf(context.theme(), holder.clientWidth), holder);
      if (place.childNodes.length > 0) fillTable();
    });
    brushTime(holder, (pixels) => chart?.convertFromPixel({ xAxisIndex: 0 }, pixels), range);
  } else whole.hidden = true;
  const picture = () => renderSvg(shown(), { theme: context.theme() });
  return element(
    "figure",
    { id: `chart-${spec.id}` },
    element(
      "div",
      { class: "head" },
      element("h3", {}, spec.title),
      element(
        "div",
        { class: "actions" },
        whole,
        showTable,
        button("SVG", () => saveFile(`${spec.id}.svg`, new Blob([picture()], { type: "image/svg+xml" }))),
        button("PNG", () => void savePng(spec.id, picture())),
        button("CSV", () => saveCsv(chartTable(shown()))),
      ),
    ),
    note === undefined ? undefined : element("p", { class: "note" }, note),
    holder,
    place,
  );
}

/** The chart of another spec in the same place; a chart that is out of sight keeps what it shows until it is drawn again. */
function redrawn(chart: EChartsType, spec: ChartSpec, look: Look, holder: HTMLElement): EChartsType {
  if (look.width === 0) return chart;
  chart.dispose();
  return drawChart(spec, look, holder);
}

function tipView(tip: Tip): HTMLElement {
  return element(
    "div",
    { class: "tip" },
    element("b", {}, tip.title),
    ...tip.rows.map(({ name, value, color }) => {
      const key = element("i");
      if (color !== undefined) key.style.background = color;
      return element(
        "div",
        {},
        color === undefined ? undefined : key,
        element("span", {}, name),
        element("span", { class: "value" }, value),
      );
    }),
  );
}

/** Twice as many pixels as the picture is wide, as the files beside the report have. */
async function savePng(id: string, svg: string): Promise<void> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = element("canvas", { width: String(image.width * 2), height: String(image.height * 2) });
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  const content = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
  if (content !== null) saveFile(`${id}.png`, content);
}
