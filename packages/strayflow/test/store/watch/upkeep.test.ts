import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { zstdDecompressSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openWatchStore, vacuumStore, type WatchStore } from "../../../src/store/index.ts";
import { makeBatch } from "../../features/make-batch.ts";
import { randomRows } from "../random-rows.ts";
import { incidentOf, makeAlert } from "./make-incident.ts";

const index = fileURLToPath(new URL("../../../src/store/index.ts", import.meta.url));
const sinks = fileURLToPath(new URL("../../../src/sinks/message.ts", import.meta.url));
const DAY = 86_400;
const start = 1_740_000_000 - (1_740_000_000 % DAY);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "upkeep-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Ten days of 100 connections, of which each day's number are flagged, with an incident a host and a day. */
async function tenDays(store: WatchStore): Promise<string[]> {
  const ids: string[] = [];
  for (let day = 0; day < 10; day++) {
    const flagged = Uint8Array.from({ length: 100 }, (_, i) => (i <= day ? 1 : 0));
    const p_value = Float64Array.from({ length: 100 }, (_, i) =>
      i <= day ? 10 ** -(i + 3) : 0.004 + i / 1000,
    );
    const ts = (i: number) => start + day * DAY + i * 60;
    const rows = Array.from({ length: 100 }, (_, i) => ({
      ts: ts(i),
      "id.orig_h": `10.0.${day}.${i}`,
      "id.resp_h": `10.1.${day}.${i}`,
      "id.resp_p": 1000 + i,
      proto: "tcp",
    }));
    const alerts = rows.slice(0, day + 1).map((row, i) =>
      makeAlert({
        ts: row.ts,
        originator: row["id.orig_h"],
        responder: row["id.resp_h"],
        responderPort: 1000 + i,
        pValue: p_value[i]!,
      }),
    );
    const incidents = alerts.map((alert) => incidentOf([alert]));
    ids.push(...incidents.map(({ id }) => id));
    await store.commitStep({
      sensor: "a",
      batches: [{ batch: makeBatch(rows), scores: { p_value, score: new Float64Array(100), flagged } }],
      alerts: alerts.map((alert, i) => ({ alert, incident: incidents[i]!.id })),
      incidents: incidents.map((incident) => ({ incident, isOver: true })),
    });
  }
  return ids;
}

test("what if: which incidents a p-value, a budget or suppressions would leave, day by day", async () => {
  await using store = await openWatchStore({ threads: 1 });
  await tenDays(store);
  const strict = await store.whatIf({ pValue: 1.5e-6 });
  expect(strict.days.map(({ incidents }) => incidents)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(strict.days.map(({ remaining }) => remaining)).toEqual([0, 0, 0, 1, 2, 3, 4, 5, 6, 7]);
  expect(strict.days[0]!.day).toBe(new Date(start * 1000).toISOString().slice(0, 10));
  expect(strict.remaining).toHaveLength(28);
  expect(strict.remaining.every(({ rarest }) => rarest <= 1.5e-6)).toBe(true);

  const budget = await store.whatIf({ perDay: 1 });
  expect(budget.remaining.length).toBeLessThanOrEqual(10);
  expect(budget.remaining.length).toBeGreaterThan(5);
  expect((await store.whatIf({ pValue: budget.pValue })).remaining).toEqual(budget.remaining);

  const suppressed = await store.whatIf({ suppressions: [{ orig: ["10.0.9.0/24"] }, { port: [1000] }] });
  expect(suppressed.days.map(({ remaining }) => remaining)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 0]);

  const loose = await store.whatIf({ pValue: 0.008 });
  expect(loose.remaining).toHaveLength(55);
  expect(loose.doubts.join()).toContain("estimated");
  expect(loose.days.every(({ estimate, incidents }) => estimate! >= incidents)).toBe(true);
  const wide = await store.whatIf({ perDay: 30 });
  expect(wide.pValue).toBeGreaterThanOrEqual(1e-3);
  expect(wide.remaining).toHaveLength(55);

  const two = await store.whatIf({ from: start + DAY, to: start + 3 * DAY });
  expect([two.incidents, two.days.length]).toEqual([5, 2]);
  await expect(store.whatIf({ pValue: 0.1, perDay: 2 })).rejects.toMatchObject({ kind: "usage" });
});

test("what is old is removed, but for what was confirmed", async () => {
  await using store = await openWatchStore({ file: join(folder, "a.store"), threads: 1 });
  const ids = await tenDays(store);
  await store.changeIncident(ids[0]!, { action: "confirm", author: "eva" });
  await store.changeIncident(ids[1]!, { action: "note", author: "eva", note: "goes" });
  // One row from the future, of a sensor whose clock is wrong.
  await store.append(makeBatch([{ ts: start + 1000 * DAY }]));
  await store.commit();
  const removed = await store.prune({ olderThanDays: 4, now: start + 10 * DAY });
  expect(removed).toEqual({ connections: 600, alerts: 20, incidents: 20 });
  expect(await store.info()).toMatchObject({
    connections: 401,
    alerts: 35,
    incidents: 35,
    sensors: 1,
    sources: 2,
  });
  expect((await store.incident(ids[0]!)).history).toHaveLength(1);
  await store.commitStep({ sensor: "a", journal: [Uint8Array.of(1)] });
  expect((await store.loadSensor("a"))!.rows).toBe(1000);
});

test("a store that is too large loses its oldest rows until it is not", async () => {
  await using store = await openWatchStore({ file: join(folder, "a.store"), threads: 1 });
  const batch = makeBatch(
    randomRows(5000, 1).map((row) => ({
      ...row,
      ts: start + ((row.ts ?? 0) % 3600),
      duration: Math.random(),
    })),
  );
  for (let hour = 0; hour < 80; hour++)
    await store.append({ ...batch, ts: batch.ts.map((ts) => ts + hour * 3600) });
  await store.commit();
  await store.prune({ maxBytes: 1e12 });
  const before = await store.info();
  expect(before.connections).toBe(400_000);
  const maxBytes = before.usedBytes * 0.85;
  const removed = await store.prune({ maxBytes });
  const { usedBytes, connections, from } = await store.info();
  expect(usedBytes).toBeLessThanOrEqual(maxBytes);
  expect(connections + removed.connections).toBe(400_000);
  expect(connections).toBeGreaterThan(240_000);
  expect(from).toBeGreaterThan(start);
  await store.close();
  const vacuumed = await vacuumStore(join(folder, "a.store"));
  expect(vacuumed.after).toBeLessThanOrEqual(vacuumed.before);
  await using again = await openWatchStore({ file: join(folder, "a.store"), threads: 1 });
  expect(await again.count()).toBe(connections);
  expect(readdirSync(folder)).toEqual(["a.store"]);
});

test("Parquet files hold what the store holds, and nothing else is left in their folder", async () => {
  await using store = await openWatchStore({ threads: 1 });
  await tenDays(store);
  const target = join(folder, "it's here");
  const paths = await store.exportParquet(target);
  expect(readdirSync(target).sort()).toEqual(["alerts.parquet", "connections.parquet", "incidents.parquet"]);
  const read = async (path: string) =>
    parquetReadObjects({ file: await asyncBufferFromFile(path), compressors });
  const [connections, alerts, incidents] = await Promise.all(paths.map(read));
  expect([connections!.length, alerts!.length, incidents!.length]).toEqual([1000, 55, 55]);
  expect(connections![0]).toMatchObject({
    "id.orig_h": "10.0.0.0",
    "id.resp_p": 1000,
    flagged: true,
    source: "a",
  });
  expect(incidents![0]).toMatchObject({ status: "open", sensor: "a", alerts: 1 });
  await store.exportParquet(target, { tables: ["connections"], where: { flagged: true } });
  expect(await read(paths[0]!)).toHaveLength(55);
  await expect(store.exportParquet(join(folder, "none", "x"))).rejects.toMatchObject({
    kind: "output-failed",
  });
  await expect(store.exportParquet(folder, { where: { host: ["x"] } })).rejects.toMatchObject({
    kind: "usage",
  });
});

const compressors = { ZSTD: (bytes: Uint8Array) => new Uint8Array(zstdDecompressSync(bytes)) };

test("a full disk is told, and what was committed before is there", async () => {
  const file = join(folder, "a.store");
  const code = `
    const { openWatchStore } = await import(${JSON.stringify(index)});
    const store = await openWatchStore({ file: process.argv[1], threads: 1 });
    for (let done = 0; done < 200; done++) {
      const journal = [crypto.getRandomValues(new Uint8Array(60000)), crypto.getRandomValues(new Uint8Array(60000))];
      try {
        await store.commitStep({ sensor: "a", journal, position: done });
      } catch (error) {
        console.log(error.kind, done);
        await store.close();
        process.exit();
      }
    }`;
  const said = await run(`trap '' XFSZ; ulimit -f 4000; exec "$0" --input-type=module --eval "$1" "$2"`, [
    process.execPath,
    code,
    file,
  ]);
  const [kind, steps] = said.trim().split(" ");
  expect(kind).toBe("output-failed");
  await using again = await openWatchStore({ file, threads: 1 });
  const saved = await again.loadSensor("a");
  expect(saved!.position).toBe(Number(steps) - 1);
  expect(saved!.journal).toHaveLength(2 * Number(steps));
  expect(statSync(file).size).toBeGreaterThan(0);
});

test("killed at any moment, a store holds whole steps and nothing else", async () => {
  const file = join(folder, "a.store");
  const code = `
    const { openWatchStore } = await import(${JSON.stringify(index)});
    const { statusMessage } = await import(${JSON.stringify(sinks)});
    const store = await openWatchStore({ file: process.argv[1], threads: 1 });
    const before = await store.loadSensor("a");
    console.log("ready");
    for (let n = (before?.position ?? -1) + 1; ; n++) {
      const journal = [crypto.getRandomValues(new Uint8Array(30000))];
      const context = { time: n, sensor: "a", severity: "low", since: n };
      const message = statusMessage({ code: "late", text: "late" }, context);
      await store.commitStep({ sensor: "a", journal, position: n, messages: [{ sinks: ["a"], message }] });
    }`;
  let last = -1;
  for (const millis of [5, 40, 120]) {
    const child = spawn(process.execPath, ["--input-type=module", "--eval", code, file], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    await setTimeout(millis);
    child.kill("SIGKILL");
    await once(child, "close");
    await using store = await openWatchStore({ file, threads: 1 });
    const saved = await store.loadSensor("a");
    const position = Number(saved?.position ?? -1);
    expect(position).toBeGreaterThanOrEqual(last);
    expect(saved?.journal.map(({ number }) => number) ?? []).toEqual(
      Array.from({ length: position + 1 }, (_, i) => i + 1),
    );
    expect(await store.outbox.waiting("a")).toBe(position + 1);
    last = position;
  }
  expect(last).toBeGreaterThan(0);
});

async function run(script: string, words: readonly string[]): Promise<string> {
  const child = spawn("sh", ["-c", script, ...words], { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  for await (const piece of child.stdout) said += String(piece);
  return said;
}
