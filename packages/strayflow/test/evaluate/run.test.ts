import { expect, test } from "vitest";
import { runScenario } from "../../src/evaluate/run.ts";
import { scanScenario } from "./scan-scenario.ts";

function scan(more: object = {}) {
  return scanScenario(1200, { split: { train: 0.5, calibrate: 0.3 }, without: ["direction"], ...more });
}

const number = expect.any(Number) as number;
const anyKinds = expect.any(Object) as object;

test("a scenario gives the figures of the contract, for the product and seven others", async () => {
  const notes: string[] = [];
  const report = await runScenario(
    scan(),
    {},
    { epochs: 3, onAssembled: (assembled) => notes.push(...assembled.notes) },
  );
  expect(Object.keys(report)).toEqual(["scenario", "rows", "product", "detectors", "fit", "sensor"]);
  expect(report.scenario).toBe("scan");
  expect(report.rows).toEqual({ train: 600, calibrate: 360, test_normal: 240, attack: 100 });
  expect(Object.keys(report.detectors)).toEqual([
    "autoencoder",
    "untrained",
    "pca",
    "knn5",
    "ecod",
    "isolation_forest",
    "counting",
  ]);
  for (const [id, figures] of Object.entries({ ...report.detectors, product: report.product })) {
    // The product states p-values beyond its sample; what is cut at a calibration score cannot.
    const estimated = { "0.01": number, "0.001": id === "product" ? number : null };
    expect(figures).toEqual({
      roc_auc: number,
      pr_auc: number,
      tpr: estimated,
      realised: estimated,
      by_label: { scan: { rows: 100, tpr: estimated } },
      incidents: {
        found: number,
        of: 1,
        false_per_day: number,
        detection_seconds: figures.incidents!.detection_seconds,
        rate: id === "product" ? 0.001 : 0.01,
        ...(id === "product" && { false_per_day_by_kind: anyKinds }),
      },
      spread: {
        seeds: id === "pca" || id === "ecod" || id === "counting" ? 1 : 2,
        roc_auc: number,
        pr_auc: number,
        tpr: estimated,
        realised: estimated,
      },
    });
  }
  expect(report.product.roc_auc).toBeGreaterThan(0.9);
  const { false_per_day, false_per_day_by_kind } = report.product.incidents!;
  const sum = Object.values(false_per_day_by_kind!).reduce((all, perDay) => all + perDay, 0);
  expect(sum).toBeCloseTo(false_per_day!, 9);
  expect(report.fit?.sentence).toEqual(expect.any(String));
  expect(report.sensor).toEqual([]);
  expect(notes).toContainEqual(expect.stringContaining("a rate of 0.001 cannot be estimated"));
}, 20_000);

test("a scenario too small to learn from says what it has, what it takes, and which rates it cannot estimate", async () => {
  const small = scanScenario(40, { split: { train: 0.6, calibrate: 0.2 }, rates: [0.2, 0.01, 0.001] });
  await expect(runScenario(small)).rejects.toMatchObject({
    kind: "too-few-rows",
    message:
      "24 rows to train and 8 to calibrate are too few: it takes 200 and 10; no rate of 0.01 or 0.001 can be estimated from them",
    place: { file: small.file },
  });
});

test("a feature family that the preset does not have is named", async () => {
  await expect(runScenario(scan({ without: ["nonsense"] }), {}, { epochs: 1 })).rejects.toThrow(
    /no feature family nonsense/,
  );
});

test("a test without attacks gives the false alarms alone", async () => {
  const scenario = scan({ attack: undefined, seeds: [1], preset: "connection", without: [] });
  const { product, rows } = await runScenario(scenario, {}, { epochs: 2 });
  expect(rows.attack).toBe(0);
  expect(product).toMatchObject({ roc_auc: null, tpr: { "0.01": null }, incidents: { found: 0, of: 0 } });
  expect(product.realised["0.01"]).toBeGreaterThanOrEqual(0);
}, 20_000);

test("an abort ends a run", async () => {
  const abort = new AbortController();
  const run = runScenario(
    scan(),
    { signal: abort.signal, onProgress: ({ stage }) => stage === "score" && abort.abort() },
    { epochs: 1 },
  );
  await expect(run).rejects.toMatchObject({ name: "AbortError" });
}, 20_000);
