import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/**
 * Packs the package that was built, unpacks it elsewhere with nothing beside it but the dependencies that it declares, and
 * uses it as its users do: the command line, the library from each entry point, the types.
 */
const root = fileURLToPath(new URL("..", import.meta.url));
const source = join(root, "packages/strayflow");

/** Takes something from every entry point; reads on another thread, whose file the build must have brought along. */
const libraryProgram = `
import { ExpectedError, scoreLogs, type ScoredBatch } from "strayflow";
import { Scorer } from "strayflow/autoencoder";
import { describeFeatures, type FeatureDescription } from "strayflow/features";
import { readConnections, readRecord, type Batch } from "strayflow/zeek";

const features: readonly FeatureDescription[] = describeFeatures("connection");
if (features.length < 50 || typeof Scorer.open !== "function") throw new Error("an entry point is empty");

let rows = 0;
let first: Batch | undefined;
for await (const batch of readConnections(["logs"], { workers: 1 })) {
  first ??= batch;
  rows += batch.rows;
}
if (rows !== 3000 || first === undefined || typeof readRecord(first, 0)["uid"] !== "string") throw new Error("read " + rows);

let scored = 0;
for await (const batch of scoreLogs({ inputs: ["logs"], modelDir: "model" })) scored += (batch satisfies ScoredBatch).score.length;
if (scored !== 3000) throw new Error("scored " + scored);

try {
  for await (const _ of readConnections(["missing.log"]));
} catch (error) {
  if (!(error instanceof ExpectedError) || error.kind !== "input-missing") throw error;
}
`;

await using elsewhere = await temporaryFolder();
const installed = join(elsewhere.path, "node_modules/strayflow");

await install();
await useCommandLine();
await useLibrary();
await writeAReport();
console.log("The package installs and works.");

async function install(): Promise<void> {
  const packed = run("npm", ["pack", "--json", "--pack-destination", elsewhere.path], source);
  const name = /"filename":\s*"([^"]+)"/.exec(packed)?.[1];
  if (name === undefined) throw new Error(`npm pack did not say what it wrote: ${packed}`);
  await mkdir(installed, { recursive: true });
  run("tar", ["-xzf", join(elsewhere.path, name), "-C", installed, "--strip-components", "1"]);
  for (const file of ["LICENSE", "README.md"]) await readFile(join(installed, file));
  const { dependencies } = JSON.parse(await readFile(join(installed, "package.json"), "utf8")) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  for (const dependency of [...Object.keys(dependencies), "@types/node"]) {
    const link = join(elsewhere.path, "node_modules", dependency);
    await mkdir(dirname(link), { recursive: true });
    await symlink(join(root, "node_modules", dependency), link);
  }
}

async function useCommandLine(): Promise<void> {
  const strayflow = (...words: string[]) =>
    run("node", [join(installed, "dist/cli/main.js"), ...words], elsewhere.path);
  if (!strayflow("--help").includes("strayflow score")) expected("--help names the commands");
  strayflow("simulate", "--out", "logs", "--rows", "3000", "--hosts", "10", "--quiet");
  strayflow("train", "logs", "--model", "model", "--preset", "connection", "--epochs", "2", "--quiet");
  const { rows } = JSON.parse(strayflow("score", "logs", "--model", "model", "--json", "--quiet")) as {
    readonly rows: number;
  };
  if (rows !== 3000) expected(`3000 rows are scored, found ${rows}`);
}

async function useLibrary(): Promise<void> {
  const program = join(elsewhere.path, "program.ts");
  await writeFile(program, libraryProgram);
  await writeFile(join(elsewhere.path, "package.json"), JSON.stringify({ type: "module" }));
  const types = ["--module", "nodenext", "--target", "es2024", "--strict", "--skipLibCheck", "--noEmit"];
  run("tsc", [...types, "--types", "node", program], elsewhere.path);
  run("node", [program], elsewhere.path);
}

/** No command need write one for this: the page's script, the fonts and the picture maker must have come along. */
async function writeAReport(): Promise<void> {
  const chart = { kind: "bars", id: "ports", title: "Ports", quantity: "count", axis: "rows", names: ["22"] };
  const document = {
    title: "A report",
    summary: "One chart.",
    zone: "UTC",
    written: 0,
    sections: [
      {
        id: "charts",
        title: "Charts",
        parts: [{ kind: "chart", chart: { ...chart, series: [{ name: "rows", values: [3] }] } }],
      },
    ],
  };
  const program = join(elsewhere.path, "report.mjs");
  const module = join(installed, "dist/report/write-report.js");
  await writeFile(
    program,
    `const { writeReport } = await import(${JSON.stringify(pathToFileURL(module).href)});
await writeReport(${JSON.stringify(document)}, "report");`,
  );
  run("node", [program], elsewhere.path);
  const page = await readFile(join(elsewhere.path, "report/report.html"), "utf8");
  if (!page.includes("echarts") || page.length < 300_000) expected("the page has its script inside");
  for (const file of ["charts/ports.svg", "charts/ports.png", "tables/ports.csv"]) {
    await readFile(join(elsewhere.path, "report", file));
  }
}

/** Runs a program of the workspace to its end, and gives its standard output. */
function run(program: string, words: readonly string[], folder = root): string {
  const path = `${join(root, "node_modules/.bin")}:${process.env["PATH"]}`;
  const { status, stdout, stderr, error } = spawnSync(program, words, {
    cwd: folder,
    env: { ...process.env, PATH: path },
    encoding: "utf8",
  });
  if (error !== undefined) throw error;
  if (status !== 0)
    throw new Error(`${[program, ...words].join(" ")} ended with ${status}\n${stdout}${stderr}`);
  return stdout;
}

function expected(what: string): never {
  throw new Error(`expected that ${what}`);
}

async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "strayflow-package-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
