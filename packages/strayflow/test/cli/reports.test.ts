import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ReportDocument } from "../../src/report/document.ts";
import { tableOf } from "../output/document-parts.ts";
import { run } from "./test-io.ts";
import { openWorld, type World } from "./world.ts";

let world: World;
let model: string;
beforeAll(async () => {
  world = await openWorld();
  model = await world.train("world.model");
}, 60_000);
afterAll(() => world[Symbol.asyncDispose]());

/** The document that a page carries as data. */
async function documentOf(path: string): Promise<ReportDocument> {
  const page = await readFile(path, "utf8");
  const [, json] = /<script type="application\/json" id="document">(.*?)<\/script>/s.exec(page)!;
  return JSON.parse(json!) as ReportDocument;
}

const quick = ["--preset", "connection", "--epochs", "2", "--layers", "4"];

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}

test("train writes a page into the model and names it; --no-report does neither, and the model is the same byte for byte", async () => {
  const [told, silent] = [world.path("told.model"), world.path("silent.model")];
  const words = ["train", ...world.clean, ...quick];
  const zone = ["--timezone", "Asia/Kolkata"];
  const telling = await run([...words, "--model", told, ...zone]);
  expect([telling.status, telling.stdout.includes(`${told}/report.html`)]).toEqual([0, true]);
  const document = await documentOf(`${told}/report.html`);
  expect(document.zone).toBe("Asia/Kolkata");
  expect((await run(["models", "show", told])).stdout).toContain(`${told}/report.html`);

  const { status, stdout } = await run([...words, "--model", silent, "--no-report"]);
  expect([status, stdout.includes("report.html")]).toEqual([0, false]);
  expect((await run(["models", "show", silent])).stdout).not.toContain("report.html");
  const files = await readdir(silent);
  expect(files.sort()).toEqual(["baseline.bin", "manifest.json", "memory.bin", "network.onnx"]);
  for (const name of files)
    expect(await readFile(`${silent}/${name}`)).toEqual(await readFile(`${told}/${name}`));
}, 30_000);

test("a directory that holds another report is not taken for a model", async () => {
  await mkdir(world.path("explored"));
  await writeFile(world.path("explored/report.html"), "<p>mine");
  const { status, stderr } = await run([
    "train",
    ...world.clean,
    "--model",
    world.path("explored"),
    ...quick,
  ]);
  expect(status).toBe(74);
  expect(stderr).toContain("report.html");
  expect(await readFile(world.path("explored/report.html"), "utf8")).toBe("<p>mine");
});

test("score --report tells the same numbers as --json", async () => {
  const page = world.path("found.html");
  const words = ["score", ...world.attacked, "--model", model, "--report", page, "--timezone", "UTC"];
  const { status, stdout } = await run([...words, "--json"]);
  expect(status).toBe(0);
  const summary = JSON.parse(stdout) as { rows: number; flagged: number };
  const days = tableOf(await documentOf(page), "days").rows;
  const total = (column: number) => days.reduce((sum, row) => sum + (row[column] as number), 0);
  expect([total(1), total(3)]).toEqual([summary.rows, summary.flagged]);
});

test("the table is the same with a page beside it", async () => {
  const words = ["score", ...world.attacked, "--model", model, "--top", "3"];
  const plain = await run(words);
  const both = await run([...words, "--report", world.path("beside.html")]);
  expect(both.stdout).toBe(plain.stdout);
});

test("standard input is reported without the connections around, and says so", async () => {
  const log = world.path("attacked.log");
  await run([
    "simulate",
    "--out",
    world.path("sim"),
    "--rows",
    "3000",
    "--seed",
    "2",
    "--files",
    "single",
    "--compression",
    "none",
    "--quiet",
  ]);
  await writeFile(log, await readFile(world.path("sim/conn.log")));
  const page = world.path("stdin.html");
  const { status } = await run(["score", "-", "--model", model, "--report", page, "--p-value", "0.05"], {
    stdin: await readFile(log),
  });
  expect(status).toBe(0);
  expect(JSON.stringify(await documentOf(page))).toContain("cannot be read twice");
});

test("what cannot be written is known at once, and nothing is left", async () => {
  const folder = world.path("closed");
  await mkdir(folder);
  await writeFile(`${folder}/file`, "");
  const before = await readdir(folder);
  const asked = {
    "a folder": folder,
    "a place below a file": `${folder}/file/page.html`,
    "a folder that is not": `${folder}/none/page.html`,
  };
  for (const page of Object.values(asked)) {
    const { status } = await run([
      "score",
      ...world.attacked,
      "--model",
      model,
      "--report",
      page,
      "--out",
      `${folder}/rows.csv`,
    ]);
    expect(status).toBe(74);
  }
  expect(await readdir(folder)).toEqual(before);
});

test("a run that fails leaves neither page nor half a page", async () => {
  const page = world.path("failed.html");
  const { status } = await run(["score", world.path("none.log"), "--model", model, "--report", page]);
  expect(status).not.toBe(0);
  expect(await exists(page)).toBe(false);
  expect((await readdir(world.folder)).filter((name) => name.includes("failed"))).toEqual([]);
});

test("a page on standard output or over the results is refused, and so is a zone that is none", async () => {
  const words = ["score", ...world.attacked, "--model", model];
  const refused = [
    [...words, "--report", "-"],
    [...words, "--report", "same", "--out", "same"],
    [...words, "--timezone", "Mars/Olympus"],
    ["train", ...world.clean, "--model", world.path("never"), "--timezone", "\u001b[2J"],
  ];
  for (const one of refused) {
    const { status, stderr } = await run(one);
    expect(status).toBe(2);
    expect(stderr).not.toContain("\u001b");
  }
});
