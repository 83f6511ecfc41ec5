import { randomUUID } from "node:crypto";
import { availableParallelism } from "node:os";
import { mkdir, open, readdir, rename, rm, rmdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { program } from "../base/program.ts";
import { ExpectedError } from "../base/errors.ts";
import { makeFolder } from "../base/make-folder.ts";
import { outputError, systemCode } from "../base/output-error.ts";
import type { StageOptions } from "../base/stage.ts";
import type { ChartSpec } from "../charts/spec.ts";
import { reportContents } from "./check-document.ts";
import type { ReportDocument } from "./document.ts";
import { renderPage } from "./render-page.ts";
import { renderPng } from "./render-png.ts";
import { renderSvg } from "./render-svg.ts";
import { tableCsv } from "./table-csv.ts";

/** What was written. `bytes` is all of it. */
export interface WrittenReport {
  /** Path of the page. */
  readonly page: string;
  readonly charts: number;
  readonly tables: number;
  readonly bytes: number;
}

const PAGE = "report.html";
const parts = [PAGE, "charts", "tables"] as const;

/**
 * Writes a report into a folder: the page as `report.html`, each chart as `charts/ID.svg` and `charts/ID.png`, each table
 * and the table behind each chart as `tables/ID.csv`. The folder is made where it is missing, and an earlier report in it
 * is replaced. All appears at the end or nothing does.
 *
 * @throws ExpectedError "output-failed" where writing fails or the folder holds anything but an earlier report
 */
export async function writeReport(
  document: ReportDocument,
  folder: string,
  { signal, onProgress }: StageOptions = {},
): Promise<WrittenReport> {
  const { charts, sideBySide, tables } = reportContents(document);
  try {
    const isNew = await prepareFolder(folder);
    const temporary = join(folder, `.report-${randomUUID().slice(0, 8)}.tmp`);
    try {
      await mkdir(temporary);
      for (const name of ["charts", "tables"]) await mkdir(join(temporary, name));
      const files = fileWriter(temporary);
      await files.write(PAGE, await renderPage(document));
      for (const table of tables) await files.write(`tables/${table.id}.csv`, tableCsv(table));
      let done = 0;
      await atOnce(charts, async (chart) => {
        signal?.throwIfAborted();
        await writeCharts(chart, sideBySide.has(chart) ? small : large, files);
        onProgress?.({ stage: "charts", rows: ++done, total: charts.length });
      });
      signal?.throwIfAborted();
      await moveIn(temporary, folder);
      return { page: join(folder, PAGE), charts: charts.length, tables: tables.length, bytes: files.bytes() };
    } finally {
      await rm(temporary, { recursive: true, force: true });
      // Empty still where nothing came of it; refuses otherwise.
      if (isNew) await rmdir(folder).catch(() => undefined);
    }
  } catch (error) {
    throw outputError(folder, error);
  }
}

/** Width of a picture, and pixels of a PNG to one of the SVG. */
interface Size {
  readonly width: number;
  readonly scale: number;
}

const large: Size = { width: 900, scale: 1.5 };
/** Charts that stand side by side in the page: there are many of them, each with less to say. */
const small: Size = { width: 640, scale: 1.5 };

async function writeCharts(chart: ChartSpec, { width, scale }: Size, files: FileWriter): Promise<void> {
  const svg = renderSvg(chart, { width });
  await files.write(`charts/${chart.id}.svg`, svg);
  await files.write(`charts/${chart.id}.png`, await renderPng(svg, { scale }));
}

interface FileWriter {
  readonly write: (name: string, content: string | Uint8Array) => Promise<void>;
  readonly bytes: () => number;
}

function fileWriter(folder: string): FileWriter {
  let bytes = 0;
  return {
    async write(name, content) {
      bytes += typeof content === "string" ? Buffer.byteLength(content) : content.length;
      await writeFile(join(folder, name), content, { flag: "wx" });
    },
    bytes: () => bytes,
  };
}

/** Works on all, a few at once; the first failure ends it when those under way have ended. */
async function atOnce<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const left = items[Symbol.iterator]();
  let hasFailed = false;
  const lanes = Array.from({ length: Math.min(4, 1 + availableParallelism()) }, async () => {
    for (const item of left) {
      if (hasFailed) return;
      await work(item).catch((error: unknown) => {
        hasFailed = true;
        throw error;
      });
    }
  });
  const failed = (await Promise.allSettled(lanes)).find(({ status }) => status === "rejected");
  if (failed?.status === "rejected") throw failed.reason;
}

/** Makes sure that nothing but a report would be replaced. True where the folder was made. */
async function prepareFolder(folder: string): Promise<boolean> {
  const found = await stat(folder).catch((error: unknown) => {
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  });
  if (found === undefined) {
    await makeFolder(folder);
    return true;
  }
  if (!found.isDirectory()) {
    throw new ExpectedError("output-failed", "expected a folder for the report, found a file", {
      file: folder,
    });
  }
  // What an earlier run that was killed left behind is not in the way.
  const names = (await readdir(folder)).filter((name) => !/^\.report-[0-9a-f]{8}\.tmp$/.test(name));
  const foreign = names.filter((name) => !(parts as readonly string[]).includes(name));
  const isReport = names.length === 0 || (names.includes(PAGE) && (await isOurs(join(folder, PAGE))));
  const isClean = isReport && (await holdsOnly(folder, names));
  if (foreign.length === 0 && isClean) return false;
  const what = foreign[0] ?? names[0] ?? "";
  throw new ExpectedError(
    "output-failed",
    `expected an empty folder or one that holds a report and nothing else, found ${JSON.stringify(what)}`,
    { file: folder },
  );
}

async function isOurs(page: string): Promise<boolean> {
  const file = await open(page);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2048), 0, 2048, 0);
    return buffer
      .toString("latin1", 0, bytesRead)
      .includes(`<meta name="generator" content="${program.name} `);
  } finally {
    await file.close();
  }
}

async function holdsOnly(folder: string, names: readonly string[]): Promise<boolean> {
  const endings = { charts: /\.(?:svg|png)$/, tables: /\.csv$/ } as const;
  for (const [name, ending] of Object.entries(endings)) {
    if (!names.includes(name)) continue;
    if ((await readdir(join(folder, name))).some((file) => !ending.test(file))) return false;
  }
  return true;
}

/** Old parts go into the temporary folder, new ones come out of it; the page last, since it is what people open. */
async function moveIn(temporary: string, folder: string): Promise<void> {
  for (const name of parts.toReversed()) {
    await rename(join(folder, name), join(temporary, `old-${name}`)).catch((error: unknown) => {
      if (systemCode(error) !== "ENOENT") throw error;
    });
    await rename(join(temporary, name), join(folder, name));
  }
}
