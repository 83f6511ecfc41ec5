import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { seededRandom } from "../../src/base/random.ts";
import { Scorer } from "../../src/autoencoder/index.ts";
import { Explainer, type Explanation, type ScoreRows } from "../../src/detect/reason-explainer.ts";
import { decodeExamples, encodeExamples, ExampleLearner } from "../../src/detect/reason-neighbours.ts";
import { ReasonWords } from "../../src/detect/reason-words.ts";
import { decodeBaseline, learnBaseline, openExtractor, type Extractor } from "../../src/features/index.ts";
import { loadBundle } from "../../src/model/bundle.ts";
import { readConnections } from "../../src/zeek/index.ts";
import { run } from "../cli/test-io.ts";
import { openWorld, type World } from "../cli/world.ts";
import { makeBatch } from "../features/make-batch.ts";
import { hasSharedData, sharedData } from "../shared-data.ts";

describe("on a score that can be worked out by hand", () => {
  const learner = learnBaseline("behavior");
  learner.learn(
    makeBatch(Array.from({ length: 30 }, () => ({ proto: "tcp", service: "http", conn_state: "SF" }))),
  );
  const extractor = openExtractor("behavior", learner.finish());
  const { columns, families, width } = extractor;
  const at = (id: string) => columns.findIndex((column) => column.id === id);
  const words = new ReasonWords(columns, { families });

  /** Normal is around 0 everywhere; the score is the sum of squares beyond. */
  const values = new Float32Array(20 * width);
  values.forEach((_, i) => (values[i] = ((i * 7919) % 100) / 1000));
  const connections = Array.from({ length: 20 }, (_, i) => ({
    ts: i,
    originator: "10.0.0.1",
    responder: "10.0.0.2",
    responderPort: i,
    proto: "tcp",
    service: "http",
    state: "SF",
  }));
  const examples = { width, values, connections };
  const score: ScoreRows = (matrix, rows) =>
    Promise.resolve(
      Float64Array.from({ length: rows }, (_, row) =>
        matrix.subarray(row * width, (row + 1) * width).reduce((sum, value) => sum + value * value, 0),
      ),
    );

  async function explain(cells: Readonly<Record<string, number>>, threshold = 10): Promise<Explanation> {
    const explainer = await Explainer.open({ words, families, examples, score, threshold });
    const row = values.slice(0, width);
    for (const [id, value] of Object.entries(cells)) row[at(id)] = value;
    return (await explainer.explain([{ values: row, threshold }]))[0]!;
  }

  test("the reason is what the alert hangs on, with the amount at which it would not be one", async () => {
    const { reasons, counterfactual, isWhole } = await explain({ duration: 6, orig_conns_5m: 2 });
    expect(isWhole).toBe(true);
    expect(reasons.map(({ feature }) => feature)).toEqual(["duration"]);
    expect(reasons[0]!.share).toBeGreaterThan(0.8);
    // The connections take 4 of 10, some odds and ends .6: the duration may be sqrt(5.4), found in 64 steps.
    expect(counterfactual).toBe("below 8.9 ms this would be normal");
  });

  test("two causes are two reasons, and the limit says that the other must go as well", async () => {
    const { reasons, counterfactual } = await explain({ duration: 6, orig_conns_5m: 5 });
    expect(reasons.map(({ feature }) => feature)).toEqual(["duration", "orig_conns_5m"]);
    expect(counterfactual).toMatch(/^below \S+ ms, the rest being as usual, this would be normal$/);
  });

  test("more causes than can be named are admitted", async () => {
    const { isWhole, counterfactual } = await explain({
      duration: 9,
      orig_conns_5m: 9,
      resp_conns_5m: 9,
      port_rarity: 9,
      history_rarity: 9,
    });
    expect([isWhole, counterfactual]).toEqual([false, undefined]);
  });

  test("the connections shown are the nearest ones", async () => {
    const { similar } = await explain({ duration: 6 });
    expect(similar).toHaveLength(3);
    expect(similar[0]).toEqual(connections[0]);
  });

  test("examples that the model would flag are not held up as normal", async () => {
    const odd = {
      width,
      values: Float32Array.from(values, (value, i) => (i < width ? 5 : value)),
      connections,
    };
    const explainer = await Explainer.open({ words, families, examples: odd, score, threshold: 10 });
    const row = new Float32Array(width).fill(5);
    const [explanation] = await explainer.explain([{ values: row, threshold: 10 }]);
    expect(explanation!.similar.map(({ responderPort }) => responderPort)).not.toContain(0);
  });

  test("rows explained together are explained as they would be alone", async () => {
    const explainer = await Explainer.open({ words, families, examples, score, threshold: 10 });
    const random = seededRandom("rows");
    const rows = Array.from({ length: 150 }, () => {
      const row = values.slice(0, width);
      for (let i = 0; i < 4; i++) row[random.integer(width)] = 6 * random.normal();
      return { values: row, threshold: 10 };
    });
    const together = await explainer.explain(rows);
    for (const i of [0, 63, 64, 149]) expect(await explainer.explain([rows[i]!])).toEqual([together[i]]);
  });
});

test("examples are drawn from every service, bounded, and survive being written", () => {
  const learner = new ExampleLearner(2, seededRandom("examples"));
  for (let round = 0; round < 50; round++) {
    const rows = Array.from({ length: 400 }, (_, i) => ({
      ts: round * 400 + i,
      proto: "tcp",
      service: "x".repeat(500),
      "id.resp_p": i % 200 === 0 ? 9000 + round : 1 + (i % 3),
    }));
    learner.add(makeBatch(rows), new Float32Array(800).fill(round));
  }
  const examples = learner.finish();
  expect(examples.connections.length).toBeLessThanOrEqual(600);
  expect(new Set(examples.connections.map(({ responderPort }) => responderPort)).size).toBe(53);
  expect(examples.connections[0]!.service).toHaveLength(64);
  expect(decodeExamples(encodeExamples(examples))).toEqual(examples);
  const bytes = encodeExamples(examples);
  expect(() => decodeExamples(bytes.subarray(0, bytes.length - 1))).toThrow(/normal examples/);
});

/** A model trained on some logs, and what is needed to explain what it flags in others. */
async function openTrained(model: string, clean: readonly string[]) {
  const bundle = await loadBundle(model);
  const extractor = openExtractor(bundle.manifest.preset, decodeBaseline(bundle.baseline));
  const scorer = await Scorer.open(bundle.network);
  const { columns, families, width } = extractor;
  const learner = new ExampleLearner(width, seededRandom(1));
  const scores: number[] = [];
  for await (const { batch, matrix, score } of scored(clean, extractor, scorer)) {
    learner.add(batch, matrix);
    scores.push(...score);
  }
  // Low enough that some of everything is flagged.
  const threshold = scores.sort((a, b) => b - a)[Math.floor(scores.length / 50)]!;
  const score: ScoreRows = async (matrix, rows) => (await scorer.run(matrix, rows)).score;
  const words = new ReasonWords(columns, { families, ranges: bundle.manifest.features });
  const explainer = await Explainer.open({ words, families, examples: learner.finish(), score, threshold });
  return { extractor, scorer, explainer, threshold };
}

async function* scored(logs: readonly string[], extractor: Extractor, scorer: Scorer) {
  for await (const batch of readConnections(logs)) {
    const matrix = new Float32Array(batch.rows * extractor.width);
    extractor.fill(matrix, batch);
    yield { batch, matrix, score: (await scorer.run(matrix, batch.rows)).score };
  }
}

describe("with what the reasons are about as usual, nearly every flagged row would not be flagged", () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld();
  });
  afterAll(() => world[Symbol.asyncDispose]());

  /** Explains what the model flags in later logs; checks what holds of every explanation, and returns the share that is whole. */
  async function wholeShare(
    model: string,
    clean: readonly string[],
    later: readonly string[],
  ): Promise<number> {
    const { extractor, scorer, explainer, threshold } = await openTrained(model, clean);
    const { width } = extractor;
    const rows: { values: Float32Array; threshold: number }[] = [];
    for await (const { batch, matrix, score } of scored(later, extractor, scorer)) {
      for (let row = 0; row < batch.rows; row++) {
        if (score[row]! >= threshold)
          rows.push({ values: matrix.slice(row * width, (row + 1) * width), threshold });
      }
    }
    expect(rows.length).toBeGreaterThan(20);
    const explained = await explainer.explain(rows.slice(0, 300));
    await scorer.close();
    expect(explained.every(({ reasons, similar }) => reasons.length > 0 && similar.length === 3)).toBe(true);
    const all = explained.flatMap(({ reasons }) => reasons);
    expect(all.filter(({ text, share }) => text === "" || share < 0 || share > 1)).toEqual([]);
    return explained.filter(({ isWhole }) => isWhole).length / explained.length;
  }

  test("in a simulated network", async () => {
    expect(await wholeShare(await world.train("model"), world.clean, world.attacked)).toBeGreaterThan(0.9);
  });

  test.runIf(hasSharedData)("in a scan of a real network, by a model of another", async () => {
    const office = [sharedData("office-day/2009-11-18.conn.log.gz")];
    const model = world.path("office");
    const words = [
      "train",
      ...office,
      "--model",
      model,
      "--preset",
      "connection",
      "--epochs",
      "4",
      "--quiet",
    ];
    expect((await run(words)).status).toBe(0);
    expect(await wholeShare(model, office, [sharedData("scans/nmap.conn.json.gz")])).toBeGreaterThan(0.9);
  });
});
