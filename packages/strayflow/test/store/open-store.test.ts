import { DuckDBInstance } from "@duckdb/node-api";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openStore } from "../../src/store/index.ts";
import { migrate, migrations } from "../../src/store/schema.ts";
import { makeBatch } from "../features/make-batch.ts";
import { filledStore } from "./filled-store.ts";
import { randomRows } from "./random-rows.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "store-test-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const file = (name = "a.store") => join(folder, name);

test("a temporary store leaves nothing behind, closed or aborted", async () => {
  const tempFolder = join(folder, "temp");
  mkdirSync(tempFolder);
  const store = await filledStore(randomRows(5000, 1), { tempFolder });
  expect(readdirSync(tempFolder)).toHaveLength(1);
  await store.close();
  await store.close();
  expect(readdirSync(tempFolder)).toEqual([]);

  const stop = new AbortController();
  const aborted = await openStore({ tempFolder, signal: stop.signal });
  await aborted.append(makeBatch(randomRows(10, 2)));
  stop.abort();
  await aborted.close();
  expect(readdirSync(tempFolder)).toEqual([]);
  await expect(openStore({ tempFolder, signal: stop.signal })).rejects.toThrow("aborted");
});

test("an empty store answers every question", async () => {
  await using store = await openStore();
  expect(await store.count()).toBe(0);
  const all = await store.aggregate({
    by: {},
    measures: {
      n: { kind: "count" },
      mean: { kind: "mean", column: "duration" },
      share: { kind: "share", where: {} },
    },
  });
  expect([all.rows, all.values.n[0], all.values.mean[0], all.values.share[0]]).toEqual([1, 0, NaN, NaN]);
  const byTime = await store.aggregate({
    by: {
      time: { kind: "time", minutes: 30, zone: "Europe/Berlin" },
      host: { kind: "host", side: "either" },
    },
    measures: { n: { kind: "count" } },
    limit: 5,
  });
  expect([byTime.rows, byTime.groups]).toEqual([0, 0]);
  expect(await store.profile({ column: "orig_bytes" })).toEqual({
    rows: 0,
    unset: 0,
    zeros: 0,
    distinct: 0,
    top: [],
  });
  expect(await store.profile({ column: "service" })).toMatchObject({ rows: 0, distinct: 0, top: [] });
  for (const method of ["pearson", "spearman"] as const)
    expect((await store.correlations({ columns: ["duration", "ts"], method })).matrix).toEqual(
      new Float64Array(4).fill(NaN),
    );
  expect(await store.gaps({ longerThan: 1 })).toEqual([]);
  expect(await store.rows({})).toEqual({ rows: [] });
  expect(await store.firstContacts({ of: "pair" })).toEqual([]);
  expect(await store.sources()).toEqual([]);
});

test("a named file keeps what was committed, and only that, and goes on where it ended", async () => {
  const rows = randomRows(3000, 3);
  const first = await filledStore(rows.slice(0, 2000), { file: file() });
  await first.append(makeBatch(rows.slice(0, 500)));
  await first.close();
  const second = await openStore({ file: file() });
  expect(await second.count()).toBe(2000);
  await second.append(makeBatch(rows.slice(2000)), { source: "b" });
  await second.commit();
  await second.close();
  await using third = await openStore({ file: file(), readOnly: true });
  expect(await third.sources()).toEqual([
    { id: 0, name: "a" },
    { id: 1, name: "b" },
  ]);
  const services = await third.aggregate({
    by: { s: { kind: "column", column: "service" } },
    measures: { n: { kind: "count" } },
  });
  expect(services.rows).toBe(8);
  expect(await third.count({ source: [1] })).toBe(1000);
  expect((await third.rows({ limit: 10_000 })).rows.map(({ row }) => row).sort((a, b) => a - b)).toEqual(
    rows.map((_, i) => i),
  );
  await expect(third.append(makeBatch(rows))).rejects.toThrow("reading only");
});

test("any DuckDB client reads Zeek's columns", async () => {
  const rows = randomRows(200, 4);
  await (await filledStore(rows, { file: file(), keepUid: true })).close();
  const instance = await DuckDBInstance.create(file(), { access_mode: "READ_ONLY" });
  const connection = await instance.connect();
  const found = (
    await connection.runAndReadAll(
      `SELECT * EXCLUDE (ts, p_value, score, flagged, source, row), epoch_us(ts) AS ts FROM conn ORDER BY row`,
    )
  ).getRowObjectsJS();
  connection.closeSync();
  instance.closeSync();
  expect(found).toHaveLength(200);
  for (const [i, columns] of found.entries())
    for (const [name, value] of Object.entries(columns)) {
      const expected = rows[i]![name as keyof (typeof rows)[0]] ?? null;
      const plain = typeof value === "bigint" ? Number(value) : value;
      expect(plain).toBe(name === "ts" ? Math.round((expected as number) * 1e6) : expected);
    }
});

test("scores of rows are kept, and what was not scored is neither flagged nor not", async () => {
  const rows = randomRows(5000, 5);
  await using store = await openStore();
  const p_value = Float64Array.from(rows, (_, i) => (i % 7 === 0 ? NaN : i / 5000));
  const score = Float32Array.from(rows, (_, i) => i);
  await store.append(makeBatch(rows), {
    scores: { p_value, score, flagged: Uint8Array.from(rows, (_, i) => (i < 20 ? 1 : 0)) },
  });
  await store.append(makeBatch(rows));
  await store.commit();
  expect(await store.count({ flagged: true })).toBe(20);
  expect(await store.count({ flagged: false })).toBe(4980);
  expect(await store.count({ not: { flagged: false } })).toBe(5020);
  expect(await store.count({ numbers: [{ column: "p_value", to: 0.001 }] })).toBe(5);
  const [top] = (await store.rows({ order: { by: "score", descending: true }, limit: 1 })).rows;
  expect(top).toMatchObject({ row: 4999, score: 4999, flagged: false, p_value: 4999 / 5000 });
});

test("what is no store is refused, and stays as it was", async () => {
  writeFileSync(file("text"), "not a database, just some text\n".repeat(300));
  await expect(openStore({ file: file("text") })).rejects.toMatchObject({ kind: "store-damaged" });
  await expect(openStore({ file: folder })).rejects.toMatchObject({ name: "ExpectedError" });
  await expect(openStore({ file: file("none"), readOnly: true })).rejects.toMatchObject({
    kind: "store-missing",
  });
  await expect(openStore({ file: join(folder, "none", "x") })).rejects.toMatchObject({
    kind: "output-failed",
  });
  await expect(openStore({ tempFolder: join(folder, "none") })).rejects.toMatchObject({
    kind: "output-failed",
  });
  const instance = await DuckDBInstance.create(file("other"));
  const connection = await instance.connect();
  await connection.run("CREATE TABLE mine (a INTEGER)");
  connection.closeSync();
  instance.closeSync();
  await expect(openStore({ file: file("other") })).rejects.toMatchObject({ kind: "store-damaged" });
});

test("a store of a later version is refused", async () => {
  await (await openStore({ file: file() })).close();
  await change(file(), "UPDATE strayflow_store SET version = 1000");
  await expect(openStore({ file: file() })).rejects.toMatchObject({ kind: "store-version" });
});

test("steps that a file has not seen are run, all or none of them", async () => {
  const instance = await DuckDBInstance.create(file());
  const connection = await instance.connect();
  await migrate(connection, "x");
  const good = [...migrations, ["CREATE TABLE later (a INTEGER)", "INSERT INTO later VALUES (5)"]];
  await expect(
    migrate(connection, "x", { steps: [...good, ["CREATE TABLE later (a INTEGER)"]] }),
  ).rejects.toThrow("later");
  await expect(connection.run("FROM later")).rejects.toThrow("does not exist");
  await expect(migrate(connection, "x", { steps: good, readOnly: true })).rejects.toMatchObject({
    kind: "store-version",
  });
  await migrate(connection, "x", { steps: good });
  await migrate(connection, "x", { steps: good });
  expect((await connection.runAndReadAll("FROM later")).getRows()).toEqual([[5]]);
  connection.closeSync();
  instance.closeSync();
});

test("a file that is in use is refused, in this process and in another", async () => {
  const store = await openStore({ file: file() });
  await expect(openStore({ file: file() })).rejects.toMatchObject({ kind: "store-busy" });
  const code = `import { openStore } from ${JSON.stringify(fileURLToPath(new URL("../../src/store/index.ts", import.meta.url)))};
    await openStore({ file: process.argv[1] }).then(() => console.log("opened"), (error) => console.log(error.kind, error.message));`;
  expect(await run(["--input-type=module", "--eval", code, file()])).toBe(
    `store-busy the store is in use by process ${process.pid}\n`,
  );
  await store.close();
  await (await openStore({ file: file() })).close();
});

async function change(path: string, sql: string): Promise<void> {
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  await connection.run(sql);
  connection.closeSync();
  instance.closeSync();
}

async function run(words: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  for await (const piece of child.stdout) said += String(piece);
  return said;
}
