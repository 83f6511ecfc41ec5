import { expect, test } from "vitest";
import { ExpectedError } from "../../src/base/errors.ts";
import { runLogs } from "../../src/evaluate/run-logs.ts";
import { makeBatch } from "../features/make-batch.ts";
import { openLabelMarks } from "../../src/evaluate/label-marks.ts";
import { labelledWorld } from "./labelled-world.ts";

test("labels joined by uid and the log's own label columns give the same figures", async () => {
  const { plain, labelled, truth, model } = await labelledWorld();
  const rates = [0.05, 0.01];
  const byUid = await runLogs({ inputs: [plain], modelDir: model, truth, rates });
  expect(byUid.report.rows).toEqual({ train: 600, calibrate: 200, test_normal: 300, attack: 50 });
  expect(Object.keys(byUid.report.detectors)).toEqual(["autoencoder"]);
  expect(byUid.report.product.tpr["0.05"]).toBeGreaterThan(0.9);
  expect(byUid.report.product.by_label).toEqual({ scan: { rows: 50, tpr: byUid.report.product.tpr } });
  expect(byUid.report.product.incidents).toMatchObject({ found: 1, of: 1, rate: 0.01 });
  expect(byUid.notes).toEqual(["uids of the truth that are in none of the logs: 1"]);

  const byColumn = await runLogs({ inputs: [labelled], modelDir: model, rates });
  const { by_label, ...figures } = byColumn.report.product;
  const { by_label: _byUid, ...expected } = byUid.report.product;
  expect(figures).toEqual(expected);
  expect(Object.keys(by_label)).toEqual(["PortScan"]);

  const unlabelled = runLogs({ inputs: [plain], modelDir: model, rates });
  await expect(unlabelled).rejects.toThrow(ExpectedError);
  await expect(unlabelled).rejects.toThrow(/no label column.*--truth FILE/);
}, 20_000);

test("labels that mean normal are normal, in either column and any case", () => {
  const marks = openLabelMarks();
  const batch = makeBatch([
    { label: "Benign", detailedlabel: "x" },
    { label: "BACKGROUND" },
    {},
    { label: "Malicious", detailedlabel: "C&C" },
    { label: "Malicious", detailedlabel: "-" },
    { detailedlabel: "scan" },
    { detailedlabel: "normal" },
  ]);
  expect([...marks.mark(batch)]).toEqual([0, 0, 0, 1, 2, 3, 0]);
  expect(marks.names).toEqual(["", "C&C", "Malicious", "scan"]);
  expect(marks.isLabelled()).toBe(true);
});
