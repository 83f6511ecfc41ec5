import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { knownPairs, nothingKnown } from "../../src/detect/detectors/index.ts";
import { ByteWriter } from "../../src/base/bytes.ts";
import { loadBundle, type Bundle } from "../../src/model/bundle.ts";
import { Detector } from "../../src/pipeline/detector.ts";
import { decodeMemory, encodeMemory } from "../../src/pipeline/memory.ts";
import { trainModel } from "../../src/pipeline/train.ts";
import type { Batch } from "../../src/zeek/index.ts";
import { cutBatches, openOffice, quick, readBatches, rowsOf, shares, type Office } from "./office.ts";

const presets = ["behavior", "connection"] as const;
const asked = 0.01;

let office: Office;
let later: Batch[];
let models: Readonly<Record<(typeof presets)[number], Bundle>>;

beforeAll(async () => {
  office = await openOffice({ rows: 5000, seed: 11 });
  const train = async (preset: (typeof presets)[number]) => {
    const modelDir = office.path(preset);
    await trainModel({ preset, seed: 1, inputs: [office.normal], modelDir, split: "time", shares, ...quick });
    return await loadBundle(modelDir);
  };
  models = { behavior: await train("behavior"), connection: await train("connection") };
  later = await readBatches(office.later);
}, 60_000);
afterAll(() => office[Symbol.asyncDispose]());

/** Everything that a model says of batches, in order, as plain data. */
async function judged(detector: Detector, batches: readonly Batch[]) {
  const score: number[] = [];
  const pValue: number[] = [];
  const flagged: number[] = [];
  const alerts = [];
  for (const batch of batches) {
    const scored = await detector.score(batch);
    score.push(...scored.score);
    pValue.push(...scored.pValue);
    flagged.push(...scored.flagged);
    for (let row = 0; row < batch.rows; row++) if (scored.flagged[row] === 1) alerts.push(scored.alert(row));
  }
  return { score, pValue, flagged, alerts };
}

async function judgeWith(bundle: Bundle, batches: readonly Batch[], pValue = asked) {
  const detector = await Detector.open(bundle, pValue);
  try {
    return await judged(detector, batches);
  } finally {
    await detector.close();
  }
}

describe.each(presets)("preset %s", (preset) => {
  test("where the stream is cut does not change a bit of any score, p-value or alert", async () => {
    const batches = [rowsOf(later[0]!, 0, 800)];
    const whole = await judgeWith(models[preset], batches, 0.2);
    expect(whole.score.length).toBe(800);
    expect(whole.alerts.length).toBeGreaterThan(10);
    for (const places of [[1], [63, 64, 65, 500], Array.from({ length: 25 }, (_, i) => i * 31 + 3)]) {
      expect(await judgeWith(models[preset], cutBatches(batches, places), 0.2)).toEqual(whole);
    }
  });

  test("a model that goes on from a saved memory gives what one gives that never stopped, bit for bit", async () => {
    const bundle = models[preset];
    const batches = [rowsOf(later[0]!, 0, 800)];
    const whole = await judgeWith(bundle, batches);
    const found = { score: [] as number[], pValue: [] as number[] };
    let memory: Uint8Array = bundle.memory;
    for (const piece of cutBatches(batches, [130, 500, 501])) {
      const detector = await Detector.open({ ...bundle, memory }, asked);
      const { score, pValue } = await judged(detector, [piece]);
      found.score.push(...score);
      found.pValue.push(...pValue);
      memory = detector.saveMemory();
      await detector.close();
    }
    expect(found).toEqual({ score: whole.score, pValue: whole.pValue });
  });

  test("a model that has seen nothing yet remembers what it was opened with, byte for byte", async () => {
    const detector = await Detector.open(models[preset], asked);
    expect(Buffer.compare(detector.saveMemory(), models[preset].memory)).toBe(0);
    await detector.close();
  });

  test("changing a row changes no score before it", async () => {
    const batch = rowsOf(later[0]!, 0, 600);
    const before = await judgeWith(models[preset], [batch]);
    for (const changed of [0, 400, 599]) {
      const other = withOddRow(batch, changed);
      const after = await judgeWith(models[preset], [other]);
      for (const part of ["score", "pValue"] as const) {
        expect(after[part].slice(0, changed)).toEqual(before[part].slice(0, changed));
      }
      expect(after.score[changed]).not.toBe(before.score[changed]);
    }
  });
});

/** The batch with one row that is like no other. */
function withOddRow(batch: Batch, row: number): Batch {
  const orig_bytes = batch.orig_bytes.with(row, 3e12);
  const resp_p = batch.resp_p.with(row, 4711);
  const orig_h = batch.orig_h.slice();
  orig_h.set([0, 0, 0xffff, 0x0a_63_63_63], 4 * row);
  return { ...batch, orig_bytes, resp_p, orig_h };
}

test("a planted scan is flagged, and its alert says who scanned whom, with the detector's evidence first", async () => {
  const { alerts, flagged } = await judgeWith(models.behavior, later);
  const found = alerts.filter(({ uid }) => office.scan.has(uid));
  expect(found.length).toBeGreaterThan(3);
  for (const { originator } of found) expect(originator).toBe(office.scanner);
  const spoken = found.filter(({ detections }) =>
    detections.some(({ detector }) => detector === "port-scan"),
  );
  expect(spoken.length).toBeGreaterThan(0);
  for (const { detections, reasons, pValue } of spoken) {
    const scan = detections.find(({ detector }) => detector === "port-scan")!;
    expect(scan.sentence).toContain(office.scanner);
    expect(scan.sentence).toMatch(/\d+ .*ports/);
    expect(scan.pValue).toBeLessThanOrEqual(asked * 1.01);
    expect(detections.map((one) => one.pValue)).toEqual(
      detections.map((one) => one.pValue).toSorted((a, b) => a - b),
    );
    expect(reasons.length).toBeGreaterThan(0);
    expect(pValue).toBeLessThanOrEqual(asked);
  }
  // The others are few: the alarm is about the scan.
  const others = alerts.length - found.length;
  const rows = flagged.length - office.scan.size;
  expect(others / rows).toBeLessThan(3 * asked);
});

test("rows that are not flagged are explained only where that is asked for, and the judgement stays the same", async () => {
  const batch = rowsOf(later[0]!, 0, 300);
  const results = [];
  for (const explain of ["flagged", "all"] as const) {
    const detector = await Detector.open(models.behavior, asked);
    const { score, pValue, flagged, reasons } = await detector.score(batch, { explain });
    await detector.close();
    results.push({ score, pValue, flagged });
    const explained = Array.from({ length: 300 }, (_, row) => reasons(row).length > 0);
    expect(explained).toEqual(Array.from(flagged, (flag) => explain === "all" || flag === 1));
  }
  expect(results[1]).toEqual(results[0]);
});

test("an alert shows the connection as the log has it", async () => {
  const detector = await Detector.open(models.connection, 1);
  const batch = rowsOf(later[0]!, 0, 50);
  const scored = await detector.score(batch);
  await detector.close();
  for (let row = 0; row < batch.rows; row++) {
    const { ts, end, uid, proto, state, responderPort, score, pValue } = scored.alert(row);
    expect({ ts, proto, state, responderPort, score, pValue }).toEqual({
      ts: batch.ts[row],
      proto: batch.proto.values[batch.proto.codes[row]!],
      state: batch.conn_state.values[batch.conn_state.codes[row]!],
      responderPort: batch.resp_p[row],
      score: scored.score[row],
      pValue: scored.pValue[row],
    });
    expect(uid).toMatch(/^C[A-Za-z0-9]+$/);
    expect(end).toBeGreaterThanOrEqual(ts);
  }
});

/** The same memory as of a preset that hears no hosts. */
function withoutJudge(memory: Uint8Array): Uint8Array {
  return encodeMemory({ ...decodeMemory(memory), judge: undefined });
}

test("parts of different models do not open as one", async () => {
  const { behavior, connection } = models;
  const mixtures: readonly Bundle[] = [
    { ...behavior, network: connection.network },
    { ...behavior, memory: behavior.memory.subarray(0, 100) },
    { ...behavior, memory: withoutJudge(behavior.memory) },
    { ...behavior, baseline: behavior.baseline.subarray(0, 100) },
    { ...behavior, network: behavior.network.subarray(0, 1000) },
  ];
  for (const mixture of mixtures) {
    await expect(Detector.open(mixture, asked)).rejects.toMatchObject({ kind: "model-damaged" });
  }
});

test("the memory of a model is what was known, and what features and judge remember", () => {
  const { behavior, connection } = models;
  const encoded = (known: ReturnType<typeof nothingKnown>) => {
    const out = new ByteWriter();
    knownPairs.encode(known, out);
    return out.finish();
  };
  const { known, extractor, judge } = decodeMemory(behavior.memory);
  expect(encoded(known).length).toBeGreaterThan(encoded(nothingKnown()).length);
  expect(extractor.length).toBeGreaterThan(1000);
  expect(judge!.length).toBeGreaterThan(1000);
  // Without memory of hosts there is no judge.
  expect(decodeMemory(connection.memory).judge).toBeUndefined();
});
