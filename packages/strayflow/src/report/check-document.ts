import { chartTable } from "../charts/chart-table.ts";
import type { ChartSpec } from "../charts/spec.ts";
import type { ReportDocument, ReportPart, ReportTable } from "./document.ts";

/** Every chart and every table of a document, in order; ids tell them apart and name their files. */
export interface ReportContents {
  readonly charts: readonly ChartSpec[];
  /** Those of them that stand side by side, and so are smaller. */
  readonly sideBySide: ReadonlySet<ChartSpec>;
  /** Those behind charts too. */
  readonly tables: readonly ReportTable[];
}

/**
 * Collects what is in a document.
 *
 * @throws Error where an id is no file name or is there twice: a fault of whoever made the document
 */
export function reportContents(document: ReportDocument): ReportContents {
  const charts: ChartSpec[] = [];
  const sideBySide = new Set<ChartSpec>();
  const tables: ReportTable[] = [];
  const visit = (part: ReportPart): void => {
    if (part.kind === "chart") charts.push(part.chart);
    else if (part.kind === "charts") {
      for (const chart of part.charts) sideBySide.add(chart);
      charts.push(...part.charts);
    } else if (part.kind === "table") tables.push(part.table);
    else if (part.kind === "choice") for (const choice of part.choices) choice.parts.forEach(visit);
    else if (part.kind === "findings") {
      for (const { evidence } of part.findings) if (evidence !== undefined) tables.push(evidence);
    }
  };
  for (const section of document.sections) section.parts.forEach(visit);
  checkIds(document.sections, "section");
  checkIds([...charts, ...tables], "chart or table");
  return { charts, sideBySide, tables: [...charts.map(chartTable), ...tables] };
}

function checkIds(things: readonly { readonly id: string }[], what: string): void {
  const seen = new Set<string>();
  for (const { id } of things) {
    if (!/^[a-z0-9][a-z0-9-]{0,99}$/.test(id)) throw new Error(`${JSON.stringify(id)} is no id of a ${what}`);
    if (seen.has(id)) throw new Error(`two of the report have the id ${id}, each a ${what}`);
    seen.add(id);
  }
}
