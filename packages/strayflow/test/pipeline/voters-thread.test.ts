import { afterAll, beforeAll, expect, test } from "vitest";
import { seededRandom } from "../../src/base/random.ts";
import { loadBundle, type Bundle } from "../../src/model/bundle.ts";
import { Detector, type ScoredBatch } from "../../src/pipeline/detector.ts";
import { MatrixVoters, type SharedMatrix } from "../../src/pipeline/matrix-voters.ts";
import { trainModel } from "../../src/pipeline/train.ts";
import { VotersThread } from "../../src/pipeline/voters-thread.ts";
import type { Batch } from "../../src/zeek/index.ts";
import { openOffice, quick, readBatches, rowsOf, shares, type Office } from "./office.ts";

let office: Office;
let bundle: Bundle;
let batch: Batch;

beforeAll(async () => {
  office = await openOffice({ rows: 5000, seed: 11 });
  const modelDir = office.path("model");
  const inputs = [office.normal];
  await trainModel({ preset: "behavior", seed: 1, inputs, modelDir, split: "time", shares, ...quick });
  bundle = await loadBundle(modelDir);
  batch = (await readBatches(office.later))[0]!;
}, 60_000);
afterAll(() => office[Symbol.asyncDispose]());

function sharedMatrix(rows: number, width: number): SharedMatrix {
  const random = seededRandom(`${rows} rows`);
  const values = new Float32Array(new SharedArrayBuffer(rows * width * 4));
  for (let i = 0; i < values.length; i++) values[i] = 3 * random.normal();
  return values;
}

test("the thread says what the voters say here, bit for bit, in the order of the calls", async () => {
  const { network, manifest } = bundle;
  const here = await MatrixVoters.open(network, manifest.features);
  const there = new VotersThread({ network, features: manifest.features });
  const matrices = [1000, 1, 63, 512, 513].map((rows) => ({ rows, values: sharedMatrix(rows, here.width) }));
  const answers = await Promise.all(matrices.map(({ values, rows }) => there.hear(values, rows)));
  expect(there.isOpen).toBe(true);
  // All at once here as well: calls may not disturb each other.
  const expected = await Promise.all(matrices.map(({ values, rows }) => here.hear(values, rows)));
  expect(answers).toMatchObject(expected);
  await Promise.all([here.close(), there.close()]);
});

test("who waits for a thread that is closed hears of it, and so does who asks later", async () => {
  const { network, manifest } = bundle;
  const thread = new VotersThread({ network, features: manifest.features });
  const values = sharedMatrix(64, manifest.features.length);
  const waiting = thread.hear(values, 64);
  await Promise.all([expect(waiting).rejects.toThrow("thread ended"), thread.close()]);
  await expect(thread.hear(values, 64)).rejects.toThrow("thread ended");
});

test("a thread that cannot open the network says why", async () => {
  const { features } = bundle.manifest;
  const thread = new VotersThread({ network: new Uint8Array(10), features });
  await expect(thread.hear(sharedMatrix(64, features.length), 64)).rejects.toThrow("not a network");
  await thread.close();
});

/** So many copies of the batch, one after the other. */
async function* repeated(times: number) {
  for (let i = 0; i < times; i++) yield rowsOf(batch, 0, 2000);
}

const plain = ({ score, pValue, flagged, alert }: ScoredBatch) => ({
  score,
  pValue,
  flagged,
  alerts: Array.from(flagged.keys())
    .filter((row) => flagged[row] === 1)
    .map((row) => alert(row)),
});

test("a stream gives what its batches give one by one, and cannot be remembered half-way", async () => {
  const [streaming, single] = [await Detector.open(bundle, 0.01), await Detector.open(bundle, 0.01)];
  let seen = 0;
  for await (const scored of streaming.scoreAll(repeated(14))) {
    expect(plain(scored)).toEqual(plain(await single.score(rowsOf(batch, 0, 2000))));
    expect(() => streaming.saveMemory()).toThrow("let the stream end");
    if (++seen === 13) break;
  }
  await Promise.all([streaming.close(), single.close()]);
});

test("once a stream has ended, its memory is that of its batches one by one", async () => {
  const [streaming, single] = [await Detector.open(bundle, 0.01), await Detector.open(bundle, 0.01)];
  for await (const _ of streaming.scoreAll(repeated(2)));
  for await (const one of repeated(2)) await single.score(one);
  expect(Buffer.compare(streaming.saveMemory(), single.saveMemory())).toBe(0);
  await Promise.all([streaming.close(), single.close()]);
});
