import { deserialize, serialize } from "node:v8";
import { zstdDecompressSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { SensorState } from "../../src/detect/sensor.ts";
import { loadBundle, type Bundle } from "../../src/model/bundle.ts";
import { Detector } from "../../src/pipeline/detector.ts";
import { trainModel } from "../../src/pipeline/train.ts";
import type { Batch } from "../../src/zeek/index.ts";
import { cutBatches, openOffice, quick, readBatches, rowsOf, shares, type Office } from "./office.ts";

const asked = 0.2;

let office: Office;
let bundle: Bundle;
let batch: Batch;

beforeAll(async () => {
  office = await openOffice({ rows: 3000, seed: 13 });
  const modelDir = office.path("model");
  await trainModel({
    preset: "behavior",
    seed: 1,
    inputs: [office.normal],
    modelDir,
    split: "time",
    shares,
    ...quick,
  });
  bundle = await loadBundle(modelDir);
  const [first] = await readBatches(office.normal);
  batch = halfDeaf(rowsOf(first!, 0, 600));
}, 60_000);
afterAll(() => office[Symbol.asyncDispose]());

/** The same with a tap that loses what servers say, and with somebody who tries a thousand ports meanwhile. */
function halfDeaf(whole: Batch): Batch {
  const isLost = (row: number) => row >= 150 && row < 550;
  const resp_pkts = whole.resp_pkts.map((value, row) => (isLost(row) ? 0 : value));
  const resp_bytes = whole.resp_bytes.map((value, row) => (isLost(row) ? 0 : value));
  const resp_p = whole.resp_p.map((port, row) => (row % 3 === 0 ? 1000 + row : port));
  const orig_h = whole.orig_h.slice();
  const resp_h = whole.resp_h.slice();
  for (let row = 0; row < whole.rows; row += 3) {
    orig_h.set([0, 0, 0xffff, 0x0a_00_00_63], 4 * row);
    resp_h.set([0, 0, 0xffff, 0x0a_00_00_05], 4 * row);
  }
  // Close together, so that there is enough in ten minutes to tell.
  const ts = whole.ts.map((_, row) => whole.ts[0]! + row * 2);
  const orig_bytes = whole.orig_bytes.map((value, row) => (isLost(row) ? 500 : value));
  return { ...whole, ts, orig_bytes, resp_pkts, resp_bytes, resp_p, orig_h, resp_h };
}

interface Said {
  readonly rows: unknown[];
  readonly alerts: unknown[];
}

async function hear(detector: Detector, piece: Batch, said: Said): Promise<void> {
  const { score, pValue, flagged, folded, alert } = await detector.score(piece);
  for (let row = 0; row < piece.rows; row++) {
    said.rows.push([score[row], pValue[row], flagged[row], folded[row]]);
    if (flagged[row] === 1) said.alerts.push(alert(row));
  }
}

test("stopped anywhere and gone on from what was saved, everything that is said is the same", async () => {
  const whole: Said = { rows: [], alerts: [] };
  const never = await Detector.open(bundle, asked);
  await hear(never, batch, whole);
  const findings = never.sensor();
  const memory = never.saveMemory();
  await never.close();
  expect(whole.alerts.length).toBeGreaterThan(20);
  expect(findings.length).toBeGreaterThan(0);
  for (const places of [[137, 320, 321, 499]]) {
    const found: Said = { rows: [], alerts: [] };
    let saved: { readonly memory: Uint8Array; readonly sensor: SensorState } | undefined;
    let last: unknown;
    for (const piece of cutBatches([batch], places)) {
      const detector = await Detector.open({ ...bundle, memory: saved?.memory ?? bundle.memory }, asked);
      if (saved !== undefined) detector.loadSensor(saved.sensor);
      await hear(detector, piece, found);
      saved = deserialize(
        serialize({ memory: detector.saveMemory(), sensor: detector.saveSensor() }),
      ) as typeof saved;
      last = detector.sensor();
      await detector.close();
    }
    expect(found).toEqual(whole);
    expect(last).toEqual(findings);
    expect(Buffer.compare(saved!.memory, memory)).toBe(0);
  }
});

test("a memory that is taken down beside a stream that goes on is that of the moment, whatever comes meanwhile", async () => {
  const detector = await Detector.open(bundle, asked);
  const said: Said = { rows: [], alerts: [] };
  const [first, second] = cutBatches([batch], [300]);
  await hear(detector, first!, said);
  const now = detector.saveMemory();
  const aside = detector.saveMemoryAside();
  await hear(detector, second!, said);
  const plain = zstdDecompressSync(await aside);
  expect(Buffer.compare(plain, zstdDecompressSync(now))).toBe(0);
  await detector.close();
});
