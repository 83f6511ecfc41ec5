import { cp, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { compareTrials } from "../../../src/live/retrain/compare-trials.ts";
import { LeftOutHosts, spansOf, suspectIncidents } from "../../../src/live/retrain/left-out-hosts.ts";
import { retrain, type RetrainOptions } from "../../../src/live/retrain/retrain.ts";
import type { ModelTrial } from "../../../src/live/retrain/try-model.ts";
import { loadBundle } from "../../../src/model/bundle.ts";
import { listVersions, putBack, useVersion } from "../../../src/model/versions.ts";
import { trainModel } from "../../../src/pipeline/train.ts";
import { simulate } from "../../../src/simulate/index.ts";
import {
  openWatchStore,
  readExported,
  type StoredIncident,
  type WatchStore,
} from "../../../src/store/index.ts";
import { addSeenColumns } from "../../../src/zeek/columns.ts";
import { emptyTally } from "../../../src/zeek/scan-tally.ts";
import { formatAddress, readConnections, type Batch } from "../../../src/zeek/index.ts";
import { quick, shares } from "../../pipeline/office.ts";
import { incidentOf, makeAlert } from "../../store/watch/make-incident.ts";

let folder: string;
let store: WatchStore;
let batches: Batch[];
let victim: string;
const path = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "strayflow-retrain-"));
  const shape = { files: "single", compression: "none", attacks: [] } as const;
  await simulate({ out: path("logs"), days: 4, hosts: 10, rows: 6000, seed: 5, ...shape });
  await trainModel({
    preset: "behavior",
    seed: 1,
    inputs: [path("logs/conn.log")],
    modelDir: path("champion"),
    split: "time",
    shares,
    budgetPerDay: 20,
    ...quick,
  });
  store = await openWatchStore({ file: path("office.store"), keepUid: true, threads: 1 });
  batches = [];
  for await (const batch of readConnections([path("logs/conn.log")], { batchRows: 2048 })) {
    batches.push(batch);
    const scores = {
      p_value: new Float64Array(batch.rows).fill(0.5),
      score: new Float64Array(batch.rows),
      flagged: new Uint8Array(batch.rows),
    };
    await store.commitStep({ sensor: "office", batches: [{ batch, scores }] });
  }
  // One that was confirmed on the second day, one that was closed, and one that is open and slight.
  const from = batches[0]!.ts[0]! + 86_400;
  const hosts = [
    ...new Set(batches.flatMap((one) => Array.from(one.ts, (_, row) => formatAddress(one.orig_h, row)))),
  ];
  const inside = hosts.filter((host) => host.startsWith("10."));
  victim = inside[0]!;
  const alerts = inside.slice(0, 3).map((originator) => makeAlert({ ts: from, originator }));
  const incidents = alerts.map((alert) => incidentOf([alert]));
  await store.commitStep({
    sensor: "office",
    alerts: alerts.map((alert, i) => ({ alert, incident: incidents[i]!.id })),
    incidents: incidents.map((incident) => ({ incident, isOver: true })),
  });
  await store.changeIncident(incidents[0]!.id, { action: "confirm", author: "eva" });
  await store.changeIncident(incidents[1]!.id, { action: "close", author: "eva" });
}, 60_000);
afterAll(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

const fromStore: RetrainOptions["read"] = async (use) => {
  const tally = emptyTally();
  await store.readBatches({}, (batch) => {
    tally.rows += batch.rows;
    addSeenColumns(tally.columns, batch);
    use(batch);
  });
  return { ...tally, files: 1 };
};

async function options(name: string, more: Partial<RetrainOptions> = {}): Promise<RetrainOptions> {
  const modelDir = path(name);
  await cp(path("champion"), modelDir, { recursive: true });
  const suspects = await suspectIncidents(store, "confirmed");
  const now = () => Date.parse("2025-03-20T12:00:00Z");
  return { modelDir, read: fromStore, suspects, days: 14, swap: "never", learn: quick, now, ...more };
}

async function filesOf(directory: string): Promise<Record<string, string>> {
  const names = (await readdir(directory)).toSorted();
  const texts = await Promise.all(names.map((name) => readFile(join(directory, name), "base64")));
  return Object.fromEntries(names.map((name, i) => [name, texts[i]!]));
}

test("a challenger is trained without what hosts in confirmed incidents did, and compared; nothing changes unasked", async () => {
  const given = await options("a");
  const before = await filesOf(given.modelDir);
  const done = await retrain(given);
  expect(await filesOf(given.modelDir)).toEqual(before);
  expect(done.isSwapped).toBe(false);
  const { from, to } = spansOf(given.suspects)[0]!;
  let expected = 0;
  for (const { rows, ts, duration, orig_h, resp_h } of batches)
    for (let row = 0; row < rows; row++) {
      const isVictim = formatAddress(orig_h, row) === victim || formatAddress(resp_h, row) === victim;
      const end = ts[row]! + (duration[row]! || 0);
      if (isVictim && ts[row]! <= to && end >= from) expected++;
    }
  expect(expected).toBeGreaterThan(0);
  expect(done.rows).toMatchObject({ read: 6000, leftOut: expected });
  expect(done.rows.training + done.rows.leftOut + done.rows.heldBack).toBe(6000);
  expect(done.heldBack.to - done.heldBack.from).toBeCloseTo(86_400, -3);
  expect(done.champion.rows).toBe(done.rows.heldBack);
  expect(done.challenger.rows).toBe(done.rows.heldBack);
  expect(done.challenger.expectedPerDay).toBe(20);
  const { manifest } = await loadBundle(done.challengerDir!);
  expect(manifest.traffic.to).toBeLessThan(done.heldBack.from + 1);
  expect(manifest.budgetPerDay).toBe(20);
  const [version] = await listVersions(given.modelDir);
  expect(version).toMatchObject({ kind: "challenger", directory: done.challengerDir });
  expect(JSON.parse(await readFile(`${done.challengerDir}.json`, "utf8"))).toMatchObject({
    kind: "challenger",
    rows: done.rows,
  });
}, 30_000);

test("swapped and put back: the model in use is the one or the other, whole", async () => {
  const given = await options("b", { swap: "always" });
  const before = await filesOf(given.modelDir);
  const done = await retrain(given);
  expect(done).toMatchObject({ isSwapped: true });
  const after = await filesOf(given.modelDir);
  expect(after["manifest.json"]).not.toBe(before["manifest.json"]);
  const kept = await listVersions(given.modelDir);
  expect(kept.map(({ kind, name }) => [kind, name])).toEqual([["previous", done.previous]]);
  expect(await filesOf(kept[0]!.directory)).toEqual(before);

  await putBack(given.modelDir, Date.now());
  expect(await filesOf(given.modelDir)).toEqual(before);
  await putBack(given.modelDir, Date.now());
  expect(await filesOf(given.modelDir)).toEqual(after);
  await expect(putBack(path("champion"), 0)).rejects.toMatchObject({ kind: "model-missing" });
  await expect(useVersion(given.modelDir, folder, 0)).rejects.toMatchObject({ kind: "model-missing" });
  expect(await filesOf(given.modelDir)).toEqual(after);

  // What a crash between two names leaves.
  await rm(given.modelDir, { recursive: true });
  await putBack(given.modelDir, Date.now());
  expect(await filesOf(given.modelDir)).toEqual(before);
}, 30_000);

test("what a running watch exports gives the same challenger as the store itself", async () => {
  const [file] = await store.exportParquet(path("export"), { tables: ["connections"] });
  const read: RetrainOptions["read"] = async (use) => {
    const tally = emptyTally();
    await readExported(file!, {}, (batch) => {
      tally.rows += batch.rows;
      addSeenColumns(tally.columns, batch);
      use(batch);
    });
    return { ...tally, files: 1 };
  };
  const one = await retrain(await options("c"));
  const other = await retrain(await options("d", { read }));
  const hash = async (directory: string) => (await loadBundle(directory)).manifest.files["network.onnx"];
  expect(await hash(other.challengerDir!)).toBe(await hash(one.challengerDir!));
  expect({ ...other.challenger, model: "", seconds: 0 }).toEqual({
    ...one.challenger,
    model: "",
    seconds: 0,
  });
}, 30_000);

test("hosts are left out by what a person said and how bad it is", async () => {
  const ids = async (choice: Parameters<typeof suspectIncidents>[1]) =>
    (await suspectIncidents(store, choice)).map(({ status }) => status).toSorted();
  expect(await ids("confirmed")).toEqual(["confirmed"]);
  expect(await ids("low")).toEqual(["confirmed", "open"]);
  const none = new LeftOutHosts(spansOf([] as StoredIncident[]));
  expect(none.keep(batches[0]!).every((one) => one === 1)).toBe(true);
});

const trial: ModelTrial = {
  model: "m",
  learned: { from: 0, to: 14 * 86_400, rows: 100_000 },
  pValue: 0.001,
  rows: 10_000,
  flagged: 10,
  rate: 0.001,
  incidents: 5,
  incidentsPerDay: 5,
  expectedPerDay: 5,
  bySeverity: {},
  confirmed: { all: 2, found: 2 },
  fit: { verdict: "fits", sentence: "", shifted: 0 },
  loss: { test: 0.1, pca: 0.2, better: true },
  seconds: 1,
};

test.each<[string, Partial<ModelTrial>, RegExp | undefined]>([
  ["the same", {}, undefined],
  ["fewer incidents", { incidentsPerDay: 0 }, undefined],
  ["more incidents, as chance makes them", { incidentsPerDay: 9 }, undefined],
  ["many more incidents", { incidentsPerDay: 40 }, /40 incidents a day, the model in use 5/],
  ["a confirmed incident missed", { confirmed: { all: 2, found: 1 } }, /of 2 confirmed incidents it finds 1/],
  ["a worse fit", { fit: { verdict: "doubtful", sentence: "", shifted: 9 } }, /fits the traffic worse/],
  ["nothing learned", { loss: { test: 0.3, pca: 0.2, better: false } }, /no better than PCA/],
  ["a day's traffic", { learned: { from: 0, to: 86_400, rows: 1000 } }, /learned from 1 days/],
])("whether it is worse: %s", (_name, change, expected) => {
  const { worse } = compareTrials(trial, { ...trial, ...change });
  expect(worse.join("; ")).toMatch(expected ?? /^$/);
});
