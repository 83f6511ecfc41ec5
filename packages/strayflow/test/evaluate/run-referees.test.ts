import { expect, test } from "vitest";
import { assembleScenario, type AssembledScenario } from "../../src/evaluate/assemble.ts";
import { reportTables, scenarioLines } from "../../src/evaluate/report.ts";
import { openScenarioExtractor, runReferees } from "../../src/evaluate/run-referees.ts";
import { testRowsOf } from "../../src/evaluate/test-rows.ts";
import { scanScenario } from "./scan-scenario.ts";

/** 1,000 ordinary rows, then a fast scan of one host among the last. */
function assembledScan(more: object = {}) {
  const split = { train: 0.6, calibrate: 0.2 };
  return assembleScenario(
    scanScenario(1000, { split, preset: "connection", ...more }, (i) => (i < 50 ? "" : "Malicious")),
  );
}

function refereesOf(assembled: AssembledScenario) {
  return runReferees(assembled, openScenarioExtractor(assembled), testRowsOf(assembled));
}

test("every referee is run, finds a plain scan, and says which rate it cannot know", async () => {
  const assembled = await assembledScan();
  const detectors = await refereesOf(assembled);
  expect(Object.keys(detectors)).toEqual(["pca", "knn5", "ecod", "isolation_forest", "counting"]);
  for (const figures of Object.values(detectors)) {
    expect(figures.roc_auc).toBeGreaterThan(0.9);
    expect(figures.tpr["0.01"]).toBeGreaterThan(0.5);
    expect(figures.tpr["0.001"]).toBeNull();
    expect(figures.incidents).toMatchObject({ found: 2, of: 2, rate: 0.01 });
    expect(figures.by_label).toMatchObject({ Malicious: { rows: 50 }, attack: { rows: 50 } });
  }
  expect(detectors["isolation_forest"]!.spread.seeds).toBe(2);
  expect(detectors["counting"]!.tpr["0.01"]).toBe(0.99);
  expect(reportTables(detectors, assembled.scenario.rates).map(({ title }) => title)).toHaveLength(3);
  expect(scenarioLines(assembled)[0]).toBe(
    "scan: preset connection; 600 rows to train, 200 to calibrate, 200 normal and 100 attack rows to test",
  );
});

test("the same scenario gives the same figures", async () => {
  expect(await refereesOf(await assembledScan())).toEqual(await refereesOf(await assembledScan()));
});

test("families that a scenario leaves out are gone, and unknown ones named", async () => {
  const all = openScenarioExtractor(await assembledScan());
  const some = openScenarioExtractor(await assembledScan({ without: ["direction", "time"] }));
  expect(some.families.map(({ id }) => id)).toEqual(
    all.families.map(({ id }) => id).filter((id) => id !== "direction" && id !== "time"),
  );
  const wrong = await assembledScan({ without: ["directions"] });
  expect(() => openScenarioExtractor(wrong)).toThrow(
    /preset connection has no feature family directions; it has volume/,
  );
});

test("an abort stops the run at the next batch", async () => {
  const assembled = await assembledScan();
  const abort = new AbortController();
  let rows = 0;
  const run = runReferees(assembled, openScenarioExtractor(assembled), testRowsOf(assembled), {
    signal: abort.signal,
    onProgress: (progress) => {
      rows = progress.rows;
      abort.abort();
    },
  });
  await expect(run).rejects.toMatchObject({ name: "AbortError" });
  expect(rows).toBe(600);
});
