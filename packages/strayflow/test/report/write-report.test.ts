import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ReportDocument } from "../../src/report/document.ts";
import { embeddedJson, renderPage } from "../../src/report/render-page.ts";
import { tableCsv } from "../../src/report/table-csv.ts";
import { writeReport } from "../../src/report/write-report.ts";
import { exampleCharts, exampleDocument, hostileTexts } from "./example-document.ts";

const small: ReportDocument = {
  ...exampleDocument,
  sections: [{ id: "one", title: "One", parts: [{ kind: "chart", chart: exampleCharts["bars-hosts"]! }] }],
};
let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "strayflow-report-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("a folder gets the page, two pictures a chart and a table for each; a second report replaces the first", async () => {
  const target = join(folder, "new/report");
  const written = await writeReport(small, target);
  expect(written).toMatchObject({ page: join(target, "report.html"), charts: 1, tables: 1 });
  expect((await readdir(target, { recursive: true })).sort()).toEqual([
    "charts",
    "charts/bars-hosts.png",
    "charts/bars-hosts.svg",
    "report.html",
    "tables",
    "tables/bars-hosts.csv",
  ]);
  const other = { ...exampleCharts["bars-empty"]! };
  await writeReport(
    { ...small, sections: [{ id: "one", title: "One", parts: [{ kind: "chart", chart: other }] }] },
    target,
  );
  expect((await readdir(join(target, "charts"))).sort()).toEqual(["bars-empty.png", "bars-empty.svg"]);
});

test("a folder with other files in it is refused and left as it is", async () => {
  const target = join(folder, "foreign");
  await mkdir(join(target, "charts"), { recursive: true });
  await writeFile(join(target, "charts/mine.svg"), "mine");
  await expect(writeReport(small, target)).rejects.toMatchObject({ kind: "output-failed" });
  expect(await readdir(target, { recursive: true })).toEqual(["charts", "charts/mine.svg"]);
});

test("a run that is stopped leaves nothing, not even the folder", async () => {
  const target = join(folder, "stopped");
  const stop = new AbortController();
  const writing = writeReport(exampleDocument, target, {
    signal: stop.signal,
    onProgress: () => stop.abort(),
  });
  await expect(writing).rejects.toMatchObject({ name: "AbortError" });
  expect(await readdir(folder)).not.toContain("stopped");
});

test("two things with one id, and ids that are no file names, are faults", async () => {
  const twice = [...small.sections[0]!.parts, ...small.sections[0]!.parts];
  await expect(renderPage({ ...small, sections: [{ id: "one", title: "", parts: twice }] })).rejects.toThrow(
    "bars-hosts",
  );
  await expect(renderPage({ ...small, sections: [{ id: "../x", title: "", parts: [] }] })).rejects.toThrow(
    "../x",
  );
});

test("no text of the document ends its place in the page, and the data come out as they went in", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom(...hostileTexts))),
      (texts) => {
        const json = embeddedJson(texts);
        expect(json).not.toMatch(/[<>&\u2028\u2029]/);
        expect(JSON.parse(json)).toEqual(texts);
      },
    ),
  );
});

test("the page asks for nothing from outside and lets only its own script run", async () => {
  const page = await renderPage(exampleDocument);
  const [, policy = ""] = /Content-Security-Policy" content="([^"]+)"/.exec(page) ?? [];
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toContain("unsafe");
  expect(page.match(/<script\b/g)).toHaveLength(2);
  expect(page.match(/<\/script>/g)).toHaveLength(2);
  expect(page).not.toMatch(/<(?:link|img|iframe|object)\b/);
});

test("a table's file is CSV that no spreadsheet runs", async () => {
  const csv = tableCsv({
    columns: [
      { name: "=name", quantity: "text" },
      { name: "bytes", quantity: "bytes" },
    ],
    rows: [
      ['=1+"1"', 1e12],
      ["a,b", null],
      ["+x\n", 0.25],
    ],
  });
  expect(csv).toBe(`'=name,bytes\r\n"'=1+""1""",1000000000000\r\n"a,b",\r\n'+x\\n,0.25\r\n`);
  expect(
    (await readFile(join(folder, "new/report/tables/bars-empty.csv"), "utf8")).split("\r\n"),
  ).toHaveLength(3);
});
