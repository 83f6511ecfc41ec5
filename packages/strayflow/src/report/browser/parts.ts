import { unreachable } from "../../base/errors.ts";
import type { Fact, ReportPart } from "../document.ts";
import { chartView } from "./chart-view.ts";
import { choiceView } from "./choice-view.ts";
import { cellText, type PageContext } from "./context.ts";
import { element } from "./elements.ts";
import { findingList } from "./finding-view.ts";
import { tableView } from "./table-view.ts";

/** The parts of a section in order. `key` tells choices apart in the address. */
export function partViews(
  parts: readonly ReportPart[],
  key: string,
  context: PageContext,
): readonly HTMLElement[] {
  return parts.map((part, at) => partView(part, `${key}-${at + 1}`, context));
}

function partView(part: ReportPart, key: string, context: PageContext): HTMLElement {
  switch (part.kind) {
    case "text":
      return element("p", {}, part.text);
    case "facts":
      return element("dl", { class: "facts" }, ...part.facts.map((fact) => factView(fact, context)));
    case "findings":
      return part.findings.length === 0
        ? element("p", { class: "part" }, part.none)
        : findingList(part.findings, context);
    case "chart":
      return chartView(part.chart, context);
    case "charts":
      return element("div", { class: "grid" }, ...part.charts.map((chart) => chartView(chart, context)));
    case "table":
      return tableView(part.table, context);
    case "choice":
      return choiceView(part, key, context, (parts, inner) => partViews(parts, inner, context));
    default:
      return unreachable(part);
  }
}

function factView({ name, value, quantity, note }: Fact, context: PageContext): HTMLElement {
  const { text, exact } = cellText(value, quantity, context);
  return element(
    "div",
    {},
    element("dt", {}, name),
    element("dd", { class: quantity === "code" ? "value code" : "value", title: exact }, text),
    note === undefined ? undefined : element("dd", { class: "note" }, note),
  );
}
