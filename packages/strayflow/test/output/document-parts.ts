import { expect } from "vitest";
import type { ChartSpec } from "../../src/charts/spec.ts";
import type { ReportDocument, ReportPart, ReportTable } from "../../src/report/document.ts";

/** All parts of a report, those of choices included. */
export function partsOf({ sections }: ReportDocument): ReportPart[] {
  const inner = (part: ReportPart): ReportPart[] =>
    part.kind === "choice" ? [part, ...part.choices.flatMap(({ parts }) => parts.flatMap(inner))] : [part];
  return sections.flatMap(({ parts }) => parts.flatMap(inner));
}

function chartsOf(document: ReportDocument): ChartSpec[] {
  return partsOf(document).flatMap((part) =>
    part.kind === "chart" ? [part.chart] : part.kind === "charts" ? [...part.charts] : [],
  );
}

function tablesOf(document: ReportDocument): ReportTable[] {
  return partsOf(document).flatMap((part) =>
    part.kind === "table"
      ? [part.table]
      : part.kind === "findings"
        ? part.findings.flatMap(({ evidence }) => evidence ?? [])
        : [],
  );
}

export function chartOf<Kind extends ChartSpec["kind"]>(
  document: ReportDocument,
  id: string,
  kind: Kind,
): Extract<ChartSpec, { kind: Kind }> {
  const chart = chartsOf(document).find((one) => one.id === id);
  expect(chart?.kind).toBe(kind);
  return chart as Extract<ChartSpec, { kind: Kind }>;
}

export function tableOf(document: ReportDocument, id: string): ReportTable {
  const table = tablesOf(document).find((one) => one.id === id);
  expect(table, id).toBeDefined();
  return table!;
}

/** What every report keeps to: plain JSON, ids that are names of files, and sizes that a page can carry. */
export function expectSound(document: ReportDocument): void {
  // A number that JSON cannot hold would come back as null.
  expect(JSON.parse(JSON.stringify(document))).toEqual(document);
  const ids = [...chartsOf(document).map(({ id }) => id), ...tablesOf(document).map(({ id }) => id)];
  expect(ids.filter((id) => !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(id))).toEqual([]);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { id, columns, rows } of tablesOf(document)) {
    expect(rows.length, id).toBeLessThanOrEqual(500);
    expect(rows.filter((row) => row.length !== columns.length)).toEqual([]);
  }
  for (const chart of chartsOf(document)) {
    if (chart.kind === "histogram") {
      expect(chart.edges.length).toBeLessThanOrEqual(61);
      for (const { counts } of chart.series) expect(counts.length).toBe(chart.edges.length - 1);
    }
    if (chart.kind === "bars") expect(chart.names.length).toBeLessThanOrEqual(30);
    if (chart.kind === "timeline")
      expect(Math.max(...chart.series.map(({ values }) => values.length))).toBeLessThanOrEqual(2000);
  }
}
