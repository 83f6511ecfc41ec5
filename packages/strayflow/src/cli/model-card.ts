import { formatCount, formatOneIn } from "../base/units.ts";
import { scoreThreshold } from "../detect/judge.ts";
import { cutWithinBudget } from "../detect/incident-rates.ts";
import type { Manifest } from "../model/manifest.ts";
import { wrapText } from "../output/display-width.ts";
import { escapeText } from "../output/escape.ts";
import { countOf, figure, utcTime } from "../output/figures.ts";
import { textTable } from "../output/text-table.ts";

/** What a person asks of a model, on some thirty lines of at most `columns`. */
export function modelCard(manifest: Manifest, columns: number): string[] {
  const { traffic, network, program, preset } = manifest;
  const { read, rejected, train, validation, test } = traffic.rows;
  const constant = manifest.features.filter((feature) => feature.constant);
  const shape = [
    manifest.features.length - constant.length,
    ...network.layers,
    manifest.features.length - constant.length,
  ];
  const facts: [string, string][] = [
    ["preset", `${preset}: ${countOf(manifest.features.length, "feature")}`],
    [
      "traffic",
      `${utcTime(traffic.from)} to ${utcTime(traffic.to)} UTC, from ${countOf(traffic.files, "file")}`,
    ],
    ["rows", `${formatCount(read)} read, ${formatCount(rejected)} rejected`],
    ...(manifest.audit.excluded === 0
      ? []
      : [["left out", `${formatCount(manifest.audit.excluded)} as suspicious`] satisfies [string, string]]),
    [
      "split",
      `by ${manifest.split.kind === "time" ? "time" : "chance"}: ${formatCount(train)} to learn, ${formatCount(validation)} to stop, ${formatCount(test)} to test`,
    ],
    [
      "network",
      `${shape.join("-")}, ${network.activation}, ${countOf(network.parameters, "parameter")}, ${network.scaler} scaler`,
    ],
    [
      "training",
      `${countOf(network.epochs, "epoch")} of ${formatCount(network.batch)} rows a step, rate ${network.learningRate}, seed ${network.seed}`,
    ],
    ["constant", constant.length === 0 ? "none" : `${constant.map(({ id }) => id).join(", ")} (left out)`],
    ["written by", `${program.name} ${program.version}`],
  ];
  return [
    ...factLines(facts, columns),
    "",
    ...lossLines(manifest),
    "",
    ...wrapText(escapeText(manifest.loss.verdict), columns),
    "",
    ...thresholdLines(manifest),
  ];
}

const labelWidth = 12;

function factLines(facts: readonly (readonly [string, string])[], columns: number): string[] {
  return facts.flatMap(([label, text]) =>
    wrapText(escapeText(text), columns - labelWidth).map(
      (line, index) => (index === 0 ? label : "").padEnd(labelWidth) + line,
    ),
  );
}

/** Mean squared error of the scaled features, where guessing the mean would be about 1. */
function lossLines({ loss }: Manifest): string[] {
  return textTable(
    [
      { head: "loss" },
      { head: "learned", align: "right" },
      { head: "stopped by", align: "right" },
      { head: "not seen", align: "right" },
    ],
    [
      ["this network", figure(loss.train), figure(loss.validation), figure(loss.test)],
      ["untrained network", "", "", figure(loss.untrained)],
      ["PCA, as narrow", "", "", figure(loss.pca)],
    ],
  );
}

function thresholdLines({ calibration, incidentRates, budgetPerDay }: Manifest): string[] {
  const budget = budgetPerDay === undefined ? undefined : cutWithinBudget(incidentRates, budgetPerDay).pValue;
  return textTable(
    [{ head: "flagged at" }, { head: "score above", align: "right" }],
    [0.01, 0.001, 0.0001, ...(budget === undefined ? [] : [budget])].map((p) => [
      p === budget ? `${formatOneIn(p)}, ${formatCount(budgetPerDay!)} a day` : formatOneIn(p),
      figure(scoreThreshold(calibration, p)),
    ]),
  );
}
