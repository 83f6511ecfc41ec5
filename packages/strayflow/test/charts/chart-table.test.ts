import { expect, test } from "vitest";
import { chartTable } from "../../src/charts/chart-table.ts";
import { exampleCharts } from "../report/example-document.ts";

test("every chart can be read as a table whose rows have a cell for each column", () => {
  for (const spec of Object.values(exampleCharts)) {
    const table = chartTable(spec);
    expect(table.id).toBe(spec.id);
    expect(table.rows.length).toBeGreaterThan(0);
    for (const row of table.rows) expect(row, spec.id).toHaveLength(table.columns.length);
  }
});

test("a histogram's table has the zeros first and the unset last, and accounts for every row", () => {
  const spec = exampleCharts["histogram-log"];
  if (spec?.kind !== "histogram") throw new Error("the example is no histogram");
  const { rows } = chartTable(spec);
  expect(rows[0]).toEqual([0, 0, 5400]);
  expect(rows.at(-1)).toEqual([null, null, 1203]);
  const drawn = (spec.series[0]?.counts ?? []).reduce((sum, count) => sum + count, 0);
  expect(rows.reduce((sum, row) => sum + Number(row[2]), 0)).toBe(drawn + 5400 + 1203);
});

test("a gap in a timeline is unset in its table, and a marked stretch is named", () => {
  const spec = exampleCharts["timeline-bars"];
  if (spec?.kind !== "timeline") throw new Error("the example is no timeline");
  const { columns, rows } = chartTable(spec);
  expect(columns.at(-1)?.name).toBe("marked");
  expect(rows[200]?.at(-1)).toBe("port scan of 10.0.0.5");
  expect(rows[10]?.at(-1)).toBeNull();
});
