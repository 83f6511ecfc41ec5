import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Scorer } from "../../src/autoencoder/index.ts";
import { loadBundle } from "../../src/model/bundle.ts";
import { trainModel, type TrainingFacts } from "../../src/pipeline/train.ts";
import { partNames } from "../../src/pipeline/split.ts";
import { trainingReport } from "../../src/output/training-report.ts";
import type { ReportDocument } from "../../src/report/document.ts";
import { linesOf, openOffice, quick, shares, writeLog, type Office } from "../pipeline/office.ts";
import { chartOf, expectSound, partsOf, tableOf } from "./document-parts.ts";

let office: Office;
beforeAll(async () => {
  office = await openOffice({ rows: 4000, seed: 5 });
  const { header, rows } = await linesOf(office.normal);
  await writeLog(office.path("faulty.log"), header, [...rows, `${rows[0]}\tmore`, "0.5\tcut"]);
}, 30_000);
afterAll(() => office[Symbol.asyncDispose]());

const times = { zone: "Europe/Berlin", written: 1_740_000_000 };

async function trained(
  preset: "behavior" | "connection",
  more: object = {},
): Promise<{ facts: TrainingFacts; document: ReportDocument; model: string }> {
  const model = office.path(`${preset}.model`);
  let facts: TrainingFacts | undefined;
  await trainModel({
    preset,
    seed: 1,
    inputs: [office.path("faulty.log")],
    modelDir: model,
    split: "time",
    shares,
    ...quick,
    ...more,
    report: async (given) => {
      facts = given;
      return "<p>report";
    },
  });
  return { facts: facts!, document: trainingReport(facts!, times), model };
}

describe.each(["behavior", "connection"] as const)("a report on a training of preset %s", (preset) => {
  let facts: TrainingFacts;
  let document: ReportDocument;
  let model: string;
  beforeAll(async () => {
    ({ facts, document, model } = await trained(preset, { budgetPerDay: 5 }));
  }, 30_000);

  test("is sound, and says so wherever numbers are not to be had", () => {
    expectSound(document);
    expect(document).toMatchObject(times);
  });

  test("the page stands in the model, which loads with and without it", async () => {
    expect(await readFile(`${model}/report.html`, "utf8")).toBe("<p>report");
    const { manifest } = await loadBundle(model);
    // As a file holds it: there is no -0 in JSON.
    expect({ ...JSON.parse(JSON.stringify(facts.manifest)), files: manifest.files }).toEqual(manifest);
    expect(Object.keys(manifest.files)).not.toContain("report.html");
  });

  test("tells the losses, curves and split that the manifest tells", () => {
    const { manifest } = facts;
    const losses = tableOf(document, "losses").rows;
    expect(losses[0]).toEqual([
      "this network",
      manifest.loss.train,
      manifest.loss.validation,
      manifest.loss.test,
    ]);
    expect(losses.map((row) => row[3])).toEqual([
      manifest.loss.test,
      manifest.loss.untrained,
      manifest.loss.pca,
    ]);
    const curves = chartOf(document, "loss-curves", "curves");
    expect(curves.series).toHaveLength(manifest.network.members);
    expect(curves.series[0]!.values).toEqual(manifest.curve.map(({ train }) => train));
    const split = tableOf(document, "split").rows;
    expect(split.map((row) => row[2])).toEqual(partNames.map((name) => manifest.traffic.rows[name]));
    expect(Math.min(...split.map((row) => row[4] as number))).toBe(manifest.traffic.from);
    expect(Math.max(...split.map((row) => row[5] as number))).toBe(manifest.traffic.to);
  });

  test("the histogram of scores holds every row of the parts once, and the highest is the strangest connection", () => {
    const { counts, rows, zeros } = facts.view.scores;
    expect(rows).toEqual({
      train: facts.manifest.traffic.rows.train,
      validation: facts.manifest.traffic.rows.validation,
      test: facts.manifest.traffic.rows.test,
    });
    const all = partNames.flatMap((name) => counts[name]).reduce((sum, count) => sum + count, 0);
    expect(all + zeros).toBe(rows.train + rows.validation + rows.test);
    const chart = chartOf(document, "scores", "histogram");
    expect(chart.series.map((one) => one.counts)).toEqual(partNames.map((name) => counts[name]));
    expect(chart.marks!.map(({ value }) => value)).toEqual(
      facts.view.thresholds.map(({ networkScore }) => networkScore),
    );
    const { typical, strangest } = facts.view;
    expect(strangest!.score).toBeGreaterThan(typical!.score);
    const inTest = counts.test.findLastIndex((count) => count > 0);
    expect(strangest!.score).toBeLessThanOrEqual(facts.view.scores.edges[inTest + 1]! * (1 + 1e-6));
    expect(strangest!.score).toBeGreaterThanOrEqual(facts.view.scores.edges[inTest]! * (1 - 1e-6));
  });

  test("an example is what the saved network makes of its features", async () => {
    const { network } = await loadBundle(model);
    const scorer = await Scorer.open(network);
    const { features, score } = facts.view.strangest!;
    const {
      reconstruction,
      errors,
      score: again,
    } = await scorer.run(
      Float32Array.from(features, ({ value }) => value),
      1,
    );
    await scorer.close();
    expect(again[0]).toBe(score);
    expect(features.map((feature) => feature.reconstruction)).toEqual([...reconstruction]);
    expect(features.map(({ error }) => error)).toEqual([...errors]);
    // The table begins with what the networks can explain least.
    const table = tableOf(document, "strangest-features").rows;
    expect(table[0]![2]).toBe(Math.max(...errors));
  });

  test("the two examples are connections of the part that nothing was learned from", async () => {
    const { rows, fields } = await linesOf(office.normal);
    const uid = fields.indexOf("uid");
    const place = new Map(rows.map((line, at) => [line.split("\t")[uid], at]));
    const { train, validation } = facts.manifest.traffic.rows;
    for (const example of [facts.view.typical, facts.view.strangest])
      expect(place.get(example!.connection.uid)).toBeGreaterThanOrEqual(train + validation);
  });

  test("says what would be flagged of the held-back rows as the rarities have it", () => {
    const { thresholds, heldBackRows, rarities } = facts.view;
    expect(rarities.counts.reduce((sum, count) => sum + count, 0)).toBe(heldBackRows);
    expect(thresholds.map(({ pValue }) => pValue).slice(0, 2)).toEqual([0.01, 0.001]);
    expect(thresholds[2]).toMatchObject({ perDay: 5 });
    for (const { pValue, flagged } of thresholds) {
      // Bins below and above the threshold, without the one that it lies in.
      const above = rarities.counts.filter((_, i) => rarities.edges[i]! > 1 / pValue);
      const least = above.reduce((sum, count) => sum + count, 0);
      expect(flagged).toBeGreaterThanOrEqual(least);
      expect(flagged / heldBackRows).toBeLessThanOrEqual(2 * pValue + 1 / heldBackRows);
    }
  });

  test("names the columns that never varied and the lines that could not be read", () => {
    const constant = facts.manifest.features.filter((feature) => feature.constant);
    expect(tableOf(document, "constants").rows.map(([id]) => id)).toEqual(constant.map(({ id }) => id));
    expect(tableOf(document, "rejects").rows).toEqual([
      ["field-count", "the line has more or fewer fields than the header names", 2],
    ]);
  });
});

test("where epochs decide, validation losses and the kept epoch are drawn", async () => {
  const { facts, document } = await trained("connection", {
    steps: undefined,
    epochs: 6,
    patience: 3,
    members: 1,
  });
  const curves = chartOf(document, "loss-curves", "curves");
  expect(curves.series.map(({ name }) => name)).toEqual(["train", "validation"]);
  expect(curves.series[1]!.values).toEqual(facts.manifest.curve.map(({ validation }) => validation));
  expect(curves.marks).toEqual([{ at: facts.manifest.network.bestEpoch, label: "kept" }]);
}, 30_000);

test("what was left out of training is told with its sentence", async () => {
  const model = office.path("excluding.model");
  let document: ReportDocument | undefined;
  const { audit } = await trainModel({
    preset: "connection",
    seed: 1,
    inputs: [office.normal, office.later],
    modelDir: model,
    split: "time",
    shares,
    ...quick,
    exclude: "suspicious",
    report: async (facts) => {
      document = trainingReport(facts, times);
      return "";
    },
  });
  expect(audit.excluded).toBeGreaterThan(0);
  expectSound(document!);
  const findings = partsOf(document!).flatMap((part) => (part.kind === "findings" ? part.findings : []));
  expect(findings.map(({ headline }) => headline)).toEqual(
    audit.findings.map(({ sentence }) => `${sentence}.`),
  );
  const texts = partsOf(document!).flatMap((part) => (part.kind === "text" ? [part.text] : []));
  expect(texts.some((text) => text.startsWith(`${audit.excluded.toLocaleString("en")} connections of`))).toBe(
    true,
  );
}, 30_000);
