import { join } from "node:path";
import { expect, test } from "vitest";
import { runScenario } from "../../src/evaluate/run.ts";
import { parseScenario } from "../../src/evaluate/scenario.ts";
import { ordinary, temporaryFolder, writeTsvLog } from "./write-log.ts";

function scanScenario(more: object = {}) {
  const folder = temporaryFolder();
  writeTsvLog(
    folder,
    "conn.log",
    Array.from({ length: 1200 }, (_, i) => ordinary(i)),
  );
  writeTsvLog(
    folder,
    "scan.log",
    Array.from({ length: 100 }, (_, i) =>
      ordinary(0, {
        ts: 1000 + i / 10,
        uid: `S${i}`,
        "id.resp_p": 1000 + i,
        service: undefined!,
        duration: 0.001,
        orig_bytes: 0,
        resp_bytes: 0,
        conn_state: "REJ",
        history: "Sr",
        label: "scan",
      }),
    ),
  );
  const scenario = {
    name: "scan",
    normal: { logs: ["conn.log"] },
    attack: { logs: ["scan.log"], into: "test", as_host: "10.0.0.3" },
    split: { train: 0.5, calibrate: 0.3 },
    rates: [0.01, 0.001],
    seeds: [1, 2],
    without: ["direction"],
    ...more,
  };
  return parseScenario(JSON.stringify(scenario), join(folder, "s.json"));
}

const number = expect.any(Number) as number;

test("a scenario gives the figures of the contract, for the product and seven others", async () => {
  const notes: string[] = [];
  const report = await runScenario(
    scanScenario(),
    {},
    { epochs: 3, onAssembled: (assembled) => notes.push(...assembled.notes) },
  );
  expect(Object.keys(report)).toEqual(["scenario", "rows", "product", "detectors"]);
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
  expect(notes).toContainEqual(expect.stringContaining("a rate of 0.001 cannot be estimated"));
}, 20_000);

test("a feature family that the preset does not have is named", async () => {
  await expect(runScenario(scanScenario({ without: ["nonsense"] }), {}, { epochs: 1 })).rejects.toThrow(
    /no feature family nonsense/,
  );
});

test("a test without attacks gives the false alarms alone", async () => {
  const scenario = scanScenario({ attack: undefined, seeds: [1], preset: "connection", without: [] });
  const { product, rows } = await runScenario(scenario, {}, { epochs: 2 });
  expect(rows.attack).toBe(0);
  expect(product).toMatchObject({ roc_auc: null, tpr: { "0.01": null }, incidents: { found: 0, of: 0 } });
  expect(product.realised["0.01"]).toBeGreaterThanOrEqual(0);
});

test("an abort ends a run", async () => {
  const abort = new AbortController();
  const run = runScenario(
    scanScenario(),
    { signal: abort.signal, onProgress: ({ stage }) => stage === "score" && abort.abort() },
    { epochs: 1 },
  );
  await expect(run).rejects.toMatchObject({ name: "AbortError" });
});
