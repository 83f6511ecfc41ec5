import fc from "fast-check";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deserialize, serialize } from "node:v8";
import { afterAll, beforeAll, expect, test } from "vitest";
import { StreamClock } from "../../../src/features/behavior/stream-clock.ts";
import { DriftMonitor, type EndedDay } from "../../../src/live/drift/drift-monitor.ts";
import { entriesOf, messagesOf } from "../../../src/live/drift/drift-output.ts";
import { loadBundle } from "../../../src/model/bundle.ts";
import type { Manifest } from "../../../src/model/manifest.ts";
import { Detector } from "../../../src/pipeline/detector.ts";
import { trainModel } from "../../../src/pipeline/train.ts";
import { simulate } from "../../../src/simulate/index.ts";
import { readConnections, type Batch } from "../../../src/zeek/index.ts";
import { linesOf, quick, rowsOf, writeLog } from "../../pipeline/office.ts";

const trainingDays = 4;
/** From this day of the later log on, connections send fifty times as much and speak of a service nobody knew. */
const movedFrom = 3;

interface Seen {
  readonly batch: Batch;
  readonly matrix: Float32Array;
  readonly flagged: Uint8Array;
}

let folder: string;
let manifest: Manifest;
let seen: Seen[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "strayflow-drift-"));
  const path = (name: string) => join(folder, name);
  const shape = { files: "single", compression: "none", attacks: [] } as const;
  await simulate({ out: path("all"), days: 11, hosts: 10, rows: 17_600, seed: 3, ...shape });
  const { header, rows, fields } = await linesOf(path("all/conn.log"));
  const at = (name: string) => fields.indexOf(name);
  const first = Math.floor(Number(rows[0]!.split("\t")[at("ts")]) / 86_400);
  const parts: { readonly training: string[]; readonly later: string[] } = { training: [], later: [] };
  for (const row of rows) {
    const values = row.split("\t");
    const end = Number(values[at("ts")]) + (Number(values[at("duration")]) || 0);
    const day = Math.floor(end / 86_400) - first - trainingDays;
    if (day >= movedFrom) {
      const bytes = Number(values[at("orig_bytes")]);
      if (bytes > 0) values[at("orig_bytes")] = String(50 * bytes);
      if (values[at("service")] === "dns") values[at("service")] = "dns2";
    }
    parts[day < 0 ? "training" : "later"].push(values.join("\t"));
  }
  await writeLog(path("training.log"), header, parts.training);
  await writeLog(path("later.log"), header, parts.later);
  await trainModel({
    preset: "behavior",
    seed: 1,
    inputs: [path("training.log")],
    modelDir: path("model"),
    split: "time",
    shares: { train: 0.6, validation: 0.2, test: 0.2 },
    ...quick,
  });
  const bundle = await loadBundle(path("model"));
  ({ manifest } = bundle);
  const detector = await Detector.open(bundle, 0.001);
  seen = [];
  for await (const batch of readConnections([path("later.log")], { batchRows: 2048 })) {
    await detector.score(batch, {
      onValues: (values, flagged) =>
        seen.push({ batch, matrix: values.slice(0, batch.rows * manifest.features.length), flagged }),
    });
  }
  await detector.close();
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

function open(): DriftMonitor {
  return new DriftMonitor({ manifest, pValue: 0.001, budgetPerDay: 5 });
}

/** The stream cut at `cuts`, and saved and taken over at each of them where `isResumed`; every 400th row opens an incident. */
function run(cuts: readonly number[], isResumed: boolean): EndedDay[] {
  const width = manifest.features.length;
  let monitor = open();
  const clock = new StreamClock();
  const ended: EndedDay[] = [];
  let start = 0;
  for (const { batch, matrix, flagged } of seen) {
    const inside = cuts.map((cut) => cut - start).filter((cut) => cut > 0 && cut < batch.rows);
    const edges = [0, ...new Set(inside.toSorted((a, b) => a - b)), batch.rows];
    for (const [i, to] of edges.slice(1).entries()) {
      const from = edges[i]!;
      const part = rowsOf(batch, from, to);
      monitor.see(part, matrix.subarray(from * width, to * width), flagged.subarray(from, to), clock);
      for (let row = from; row < to; row++) {
        clock.advance(batch.ts[row]!, batch.duration[row]!);
        if ((start + row) % 400 === 0) monitor.incident(clock, 1);
      }
      ended.push(...monitor.takeEnded());
      if (!isResumed) continue;
      const state = deserialize(serialize(monitor.save())) as ReturnType<DriftMonitor["save"]>;
      monitor = open();
      monitor.load(state);
    }
    start += batch.rows;
  }
  return ended;
}

test("days are held against training: ordinary ones are told of by nobody, a column that moved is named with its first day", () => {
  const days = run([], false);
  expect(days.length).toBeGreaterThanOrEqual(5);
  const ordinary = days.slice(0, movedFrom);
  expect(ordinary.flatMap((day) => messagesOf("office", day))).toEqual([]);
  const moved = days[movedFrom]!.figures.day;
  const messages = days.flatMap((day) => messagesOf("office", day));
  const columns = messages.filter(({ drift }) => drift.measure === "column");
  expect(columns.length).toBeGreaterThan(0);
  expect(columns.map(({ drift }) => drift.text).join()).toContain(moved);
  const words = messages.filter(({ drift }) => drift.measure === "unknown-categories");
  expect(words).toHaveLength(1);
  expect(words[0]!.drift).toMatchObject({ column: "service" });
  expect(words[0]!.drift.text).toContain(moved);
  const figures = entriesOf("office", days[movedFrom]!);
  const of = (measure: string, column?: string) =>
    figures.find((one) => one.measure === measure && one.column === column)!;
  expect(of("connections").value).toBeGreaterThan(1000);
  expect(of("unknown-categories", "service").value).toBeGreaterThan(0.1);
  expect(of("incidents")).toMatchObject({ usual: 5 });
  expect(figures.filter(({ measure }) => measure === "column").length).toBeGreaterThan(50);
});

test("figures and messages are the same however the stream is cut, and wherever it is taken up again", () => {
  const expected = run([], false);
  const rows = seen.reduce((sum, { batch }) => sum + batch.rows, 0);
  fc.assert(
    fc.property(fc.array(fc.nat(rows), { maxLength: 6 }), fc.boolean(), (cuts, isResumed) => {
      expect(run(cuts, isResumed)).toEqual(expected);
    }),
    { numRuns: 12 },
  );
});

test("rejected lines count for the day under way, and a share of them that is not usual is told once", () => {
  const width = manifest.features.length;
  const monitor = open();
  const clock = new StreamClock();
  const ended: EndedDay[] = [];
  for (const { batch, matrix, flagged } of seen) {
    for (let from = 0; from < batch.rows; from += 400) {
      const to = Math.min(batch.rows, from + 400);
      const part = rowsOf(batch, from, to);
      monitor.see(part, matrix.subarray(from * width, to * width), flagged.subarray(from, to), clock);
      for (let row = 0; row < part.rows; row++) clock.advance(part.ts[row]!, part.duration[row]!);
      monitor.reject(40);
      ended.push(...monitor.takeEnded());
    }
  }
  const told = ended
    .flatMap((day) => messagesOf("office", day))
    .filter(({ drift }) => drift.measure === "rejects");
  expect(told).toHaveLength(1);
  expect(monitor.standing()?.text).toContain("no connections");
});

test("many more incidents than were asked for are told of when a week of them is no chance", () => {
  const monitor = open();
  const clock = new StreamClock();
  const told: string[] = [];
  for (const { batch, matrix, flagged } of seen) {
    monitor.see(batch, matrix, flagged, clock);
    for (let row = 0; row < batch.rows; row++) {
      clock.advance(batch.ts[row]!, batch.duration[row]!);
      if (row % 50 === 0) monitor.incident(clock, 1);
    }
    for (const day of monitor.takeEnded())
      for (const { drift } of messagesOf("office", day))
        if (drift.measure === "alert-rate") told.push(drift.text);
  }
  expect(told).toHaveLength(1);
  expect(told[0]).toMatch(/incidents a day over 3 days, 5 are expected/);
});
