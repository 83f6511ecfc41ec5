import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

/**
 * Which folder may import which: one direction, along the flow from log to finding. A folder that is not here may not
 * exist; an edge that is not here is a mistake in design, not in this table.
 */
const allowed: Readonly<Record<string, readonly string[]>> = {
  base: [],
  zeek: ["base"],
  query: ["base", "zeek"],
  features: ["base", "zeek"],
  autoencoder: ["base"],
  model: ["base", "zeek", "features", "autoencoder"],
  detect: ["base", "zeek", "features", "autoencoder", "model"],
  pipeline: ["base", "zeek", "features", "autoencoder", "model", "detect"],
  simulate: ["base", "zeek"],
  evaluate: ["base", "zeek", "query", "features", "autoencoder", "model", "detect", "pipeline", "simulate"],
  charts: ["base"],
  report: ["base", "charts"],
  output: ["base", "zeek", "features", "model", "detect", "pipeline", "charts", "report"],
  store: ["base", "zeek", "detect", "sinks"],
  sinks: ["base", "zeek", "detect"],
  explore: ["base", "zeek", "features", "model", "detect", "pipeline", "charts", "report", "store"],
  live: ["base", "zeek", "features", "model", "detect", "pipeline", "store", "sinks"],
  cli: [
    "base",
    "zeek",
    "query",
    "features",
    "autoencoder",
    "model",
    "detect",
    "pipeline",
    "simulate",
    "evaluate",
    "charts",
    "report",
    "output",
    "store",
    "explore",
    "sinks",
    "live",
  ],
};

/** Packages that one folder alone may import, so that a change of library stays in one place. */
const homes: Readonly<Record<string, readonly string[]>> = {
  "onnxruntime-node": ["autoencoder"],
  "hyparquet-writer": ["output"],
  commander: ["cli"],
  "@duckdb/node-api": ["store"],
  "@duckdb/node-bindings": ["store"],
  nodemailer: ["sinks"],
  echarts: ["charts", "report"],
  "@resvg/resvg-js": ["report"],
};

const source = fileURLToPath(new URL("../../src/", import.meta.url));
const files = globSync("**/*.ts", { cwd: source });
const folderOf = (path: string) => path.split("/")[0] ?? "";

test("the walk sees the sources", () => {
  expect(files.length).toBeGreaterThan(50);
  expect([...new Set(files.filter((file) => file.includes("/")).map(folderOf))].sort()).toEqual(
    Object.keys(allowed).sort(),
  );
});

test("folders import only along the allowed edges", () => {
  const wrong = files.flatMap((file) =>
    specifiersOf(file)
      .filter((specifier) => specifier.startsWith("."))
      .map((specifier) => folderOf(relative(source, resolve(dirname(join(source, file)), specifier))))
      .filter((target) => target !== folderOf(file) && !allowed[folderOf(file)]?.includes(target))
      .map((target) => `${file} imports ${target}/`),
  );
  expect(wrong).toEqual([]);
});

test("packages with one home are imported only there", () => {
  const wrong = files.flatMap((file) =>
    specifiersOf(file)
      .filter((specifier) => homes[specifier] !== undefined && !homes[specifier].includes(folderOf(file)))
      .map((specifier) => `${file} imports ${specifier}`),
  );
  expect(wrong).toEqual([]);
});

test("no file is longer than 500 lines", () => {
  const long = files.filter((file) => readFileSync(join(source, file), "utf8").split("\n").length > 500);
  expect(long).toEqual([]);
});

function specifiersOf(file: string): string[] {
  const text = readFileSync(join(source, file), "utf8");
  return [...text.matchAll(/(?:\bfrom\s+|\bimport\s*\(?\s*|new URL\(\s*)"([^"]+)"/g)].map(
    (match) => match[1] ?? "",
  );
}
