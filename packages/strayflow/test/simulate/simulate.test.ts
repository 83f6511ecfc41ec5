import { execFileSync } from "node:child_process";
import * as fc from "fast-check";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, zstdDecompressSync } from "node:zlib";
import { afterAll, expect, test } from "vitest";
import { ExpectedError } from "../../src/base/errors.ts";
import {
  parseAttackList,
  simulate,
  type SimulationOptions,
  type SimulationSummary,
} from "../../src/simulate/index.ts";

const scratch = mkdtempSync(join(tmpdir(), "strayflow-simulate-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
let made = 0;

function place(): string {
  return join(scratch, `out-${made++}`);
}

async function run(options: Omit<SimulationOptions, "out">): Promise<SimulationSummary> {
  return simulate({ ...options, out: place() });
}

function text(path: string): string {
  const bytes = readFileSync(path);
  return (
    path.endsWith(".gz") ? gunzipSync(bytes) : path.endsWith(".zst") ? zstdDecompressSync(bytes) : bytes
  ).toString("latin1");
}

function rowsOf({ out, files }: SimulationSummary): string[][] {
  return files.flatMap((file) =>
    text(join(out, file))
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"))
      .map((line) => line.split("\t")),
  );
}

/** Every file below a directory, with its bytes. */
function contents(out: string): Map<string, string> {
  const names = readdirSync(out, { recursive: true })
    .map(String)
    .filter((name) => statSync(join(out, name)).isFile());
  return new Map(names.sort().map((name) => [name, readFileSync(join(out, name)).toString("base64")]));
}

test("the rows are exactly as many as asked for", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4000 }),
      fc.integer({ min: 0, max: 99 }),
      fc.constantFrom(undefined, 0.2, 1.5),
      async (rows, seed, days) => {
        const summary = await run({ rows, seed, days, files: "single" });
        expect(summary.rows).toBe(rows);
        expect(rowsOf(summary)).toHaveLength(rows);
      },
    ),
    { numRuns: 8 },
  );
});

test("the same options give the same files, another seed gives others", async () => {
  const options = { days: 0.4, hosts: 12, seed: 3, start: new Date("2025-03-04T08:00:00Z") } as const;
  const [first, again, other] = [await run(options), await run(options), await run({ ...options, seed: 4 })];
  expect(contents(again.out)).toEqual(contents(first.out));
  expect(contents(other.out)).not.toEqual(contents(first.out));
});

test("rows are in order of their ends, over all files, and each file holds its own hour", async () => {
  const summary = await run({ days: 0.6, hosts: 15, start: new Date("2025-03-04T06:30:00Z"), labels: true });
  const names = Array.from(
    { length: 15 },
    (_, i) => `2025-03-04/conn.${two(6 + i)}:00:00-${two(7 + i)}:00:00.log.gz`,
  );
  names[0] = "2025-03-04/conn.06:30:00-07:00:00.log.gz";
  names[14] = "2025-03-04/conn.20:00:00-20:54:00.log.gz";
  expect(summary.files).toEqual(names);
  const described = JSON.parse(text(join(summary.out, "simulation.json"))) as object;
  expect(described).toMatchObject({ files: names, layout: "hourly", labels: true });
  const ends = summary.files.map((file) => rowsIn(join(summary.out, file)).map(endOf));
  expect(ends.flat()).toEqual(ends.flat().sort((a, b) => a - b));
  const midnight = Date.UTC(2025, 2, 4) * 1000;
  const hours = ends.map((list) => new Set(list.map((end) => Math.floor((end - midnight) / 3600e6))));
  expect(hours).toEqual(names.map((_, i) => new Set([6 + i])));
});

test("files have Zeek's header and footer", async () => {
  const summary = await run({ days: 0.1, hosts: 10, attacks: [], start: new Date("2025-03-04T09:10:00Z") });
  const lines = text(join(summary.out, summary.files[0]!)).split("\n");
  expect(lines.slice(0, 6)).toEqual([
    "#separator \\x09",
    "#set_separator\t,",
    "#empty_field\t(empty)",
    "#unset_field\t-",
    "#path\tconn",
    "#open\t2025-03-04-09-10-00",
  ]);
  expect(lines.slice(6, 8).every((line) => line.split("\t").length === 23)).toBe(true);
  expect(lines.slice(-2)).toEqual(["#close\t2025-03-04-10-00-00", ""]);
});

test("every attack row is labelled, listed in truth.csv and counted in attacks.json", async () => {
  const summary = await run({
    days: 1,
    hosts: 12,
    labels: true,
    attacks: parseAttackList("all:weak,beacon:strong"),
  });
  const attacked = rowsOf(summary).filter((row) => row[22] === "Malicious");
  const truth = readFileSync(join(summary.out, "truth.csv"), "utf8").trimEnd().split("\n");
  expect(truth[0]).toBe("uid,attack,attack_id");
  expect(truth.slice(1).map((line) => line.split(",").slice(0, 2))).toEqual(
    attacked.map((row) => [row[1], row[23]]),
  );
  expect(summary.attackRows).toBe(attacked.length);
  expect(summary.attacks).toHaveLength(9);
  for (const attack of summary.attacks) {
    expect(attack.rows).toBeGreaterThan(0);
    expect(truth.filter((line) => line.endsWith(`,${attack.kind},${attack.id}`))).toHaveLength(attack.rows);
  }
  expect(JSON.parse(readFileSync(join(summary.out, "attacks.json"), "utf8"))).toEqual(
    JSON.parse(JSON.stringify(summary.attacks)),
  );
  // The first part, which a model may learn from, is clean.
  const clean = Date.parse(summary.start) + 0.59 * 86_400_000;
  for (const { start } of summary.attacks) expect(Date.parse(start!)).toBeGreaterThan(clean);
  expect(new Set(rowsOf(summary).map((row) => row[22]))).toEqual(
    new Set(["Benign", "Background", "Malicious"]),
  );
});

test("planting attacks changes no other connection", async () => {
  const options = { days: 0.5, hosts: 12, seed: 2, start: new Date("2025-03-05T07:00:00Z") } as const;
  const quiet = rowsOf(await run({ ...options, attacks: [] }));
  const attacked = await run({ ...options, attacks: parseAttackList("all:faint"), labels: true });
  expect(
    rowsOf(attacked)
      .filter((row) => row[22] !== "Malicious")
      .map((row) => row.slice(0, 22)),
  ).toEqual(quiet);
});

test("TSV and JSON, gzip, zstd and plain hold the same connections", async () => {
  const options = { days: 0.1, hosts: 10, start: new Date("2025-03-04T09:00:00Z"), files: "single" } as const;
  const plain = rowsOf(await run({ ...options, compression: "none" }));
  expect(rowsOf(await run({ ...options, compression: "gzip" }))).toEqual(plain);
  expect(rowsOf(await run({ ...options, compression: "zstd" }))).toEqual(plain);
  const json = await run({ ...options, compression: "none", format: "json" });
  const lines = text(join(json.out, json.files[0]!))
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(
    lines.map((line) => [line["uid"], line["orig_bytes"] ?? "-", line["history"] ?? "-"].map(String)),
  ).toEqual(plain.map((row) => [row[1], row[9], row[15]]));
});

test("what is open at once does not grow with the length of the simulation", async () => {
  const options = { hosts: 12, attacks: [], compression: "none", files: "single" } as const;
  const short = await run({ ...options, days: 1 });
  const long = await run({ ...options, days: 6 });
  expect(long.rows).toBeGreaterThan(3 * short.rows);
  expect(long.mostOpen).toBeLessThan(2 * short.mostOpen);
});

test("a directory that holds something is refused, and left as it is", async () => {
  const { out } = await run({ rows: 50 });
  const before = contents(out);
  await expect(simulate({ out, rows: 60 })).rejects.toThrow(
    new ExpectedError(
      "output-failed",
      `${out} is not empty: give a new or empty directory, or ask to overwrite it`,
    ),
  );
  expect(contents(out)).toEqual(before);
  const again = await simulate({ out, rows: 60, overwrite: true });
  expect(rowsOf(again)).toHaveLength(60);
  const foreign = mkdtempSync(join(scratch, "foreign-"));
  writeFileSync(join(foreign, "thesis.txt"), "years of work");
  await expect(simulate({ out: foreign, rows: 60, overwrite: true })).rejects.toMatchObject({
    kind: "output-failed",
  });
  expect(readdirSync(foreign)).toEqual(["thesis.txt"]);
});

test("an output that cannot be written is an expected failure", async () => {
  const file = place();
  writeFileSync(file, "");
  await expect(simulate({ out: file, rows: 5 })).rejects.toMatchObject({ kind: "output-failed" });
  await expect(simulate({ out: join(file, "below"), rows: 5 })).rejects.toMatchObject({
    kind: "output-failed",
  });
});

test("a full disk is an expected failure that leaves nothing behind", () => {
  // The shell's limit on the size of files fails a write as a full disk does.
  const out = place();
  const program = `import { simulate } from ${JSON.stringify(new URL("../../src/simulate/index.ts", import.meta.url).href)};
    process.on("SIGXFSZ", () => {});
    await simulate({ out: ${JSON.stringify(out)}, rows: 40000, files: "single" }).catch((error) => console.log(error.kind));`;
  const limited = 'ulimit -f 500; exec "$0" --input-type=module -e "$1"';
  expect(execFileSync("bash", ["-c", limited, process.execPath, program], { encoding: "utf8" })).toBe(
    "output-failed\n",
  );
  expect(readdirSync(scratch).filter((name) => join(scratch, name).startsWith(out))).toEqual([]);
});

test("an abort leaves nothing behind", async () => {
  const out = place();
  const controller = new AbortController();
  let rows = 0;
  const running = simulate(
    { out, rows: 50_000_000, days: 30 },
    {
      signal: controller.signal,
      onProgress: (progress) => {
        rows = progress.rows;
        controller.abort();
      },
    },
  );
  await expect(running).rejects.toMatchObject({ name: "AbortError" });
  expect(rows).toBeLessThan(1_000_000);
  expect(existsSync(out)).toBe(false);
  expect(readdirSync(scratch).filter((name) => name.includes("partial"))).toEqual([]);
});

function rowsIn(path: string): string[][] {
  return text(path)
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.split("\t"));
}

function micros(seconds: string): number {
  const [whole, part] = seconds.split(".") as [string, string];
  return Number(whole) * 1e6 + Number(part);
}

function endOf(row: readonly string[]): number {
  return micros(row[0]!) + (row[8] === "-" ? 0 : micros(row[8]!));
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
