import { formatCount, formatOneIn, formatShare } from "../base/units.ts";
import type { ChartSpec } from "../charts/spec.ts";
import type { TrainingFacts } from "../pipeline/train.ts";
import { partNames } from "../pipeline/split.ts";
import type { ReportDocument, ReportPart, ReportSection } from "../report/document.ts";
import { numberCell } from "./connection-facts.ts";
import { countOf, figure } from "./figures.ts";
import { droppedSection } from "./training-report-dropped.ts";
import { exampleSection, featureSection } from "./training-report-features.ts";

export interface ReportTimes {
  /** IANA name of the zone that times are written in. */
  readonly zone: string;
  /** When the report is written, seconds since 1970. */
  readonly written: number;
}

/** How a model came about, as a report: what it learned from, how well, and what was left out. */
export function trainingReport(facts: TrainingFacts, { zone, written }: ReportTimes): ReportDocument {
  const { manifest } = facts;
  const { rows, files } = manifest.traffic;
  return {
    title: "What this model learned",
    summary: `A model of preset ${manifest.preset}, learned from ${countOf(rows.train, "connection")} of ${formatCount(rows.read)} that were read from ${countOf(files, "file")}.`,
    zone,
    written,
    sections: [
      lossSection(facts),
      scoreSection(facts),
      featureSection(facts),
      exampleSection(facts),
      droppedSection(facts),
      cardSection(facts),
    ],
  };
}

function lossSection({ manifest, view }: TrainingFacts): ReportSection {
  const { loss } = manifest;
  return {
    id: "loss",
    title: "Did it learn?",
    parts: [
      { kind: "text", text: loss.verdict },
      {
        kind: "table",
        table: {
          id: "losses",
          title: "Mean squared error of the scaled features; always guessing the mean would give about 1",
          columns: [
            { name: "what reconstructs", quantity: "text" },
            { name: "train", quantity: "number", help: "rows learned from" },
            { name: "validation", quantity: "number", help: "rows held back" },
            { name: "test", quantity: "number", help: "rows that nothing was decided by" },
          ],
          rows: [
            ["this network", loss.train, loss.validation, loss.test],
            ["the same, untrained", null, null, loss.untrained],
            ["PCA, as narrow", null, null, loss.pca],
          ],
        },
      },
      { kind: "chart", chart: lossCurves({ manifest, view }) },
    ],
  };
}

/** Training and validation loss by epoch, one pair of lines a network. */
function lossCurves({ manifest, view }: Pick<TrainingFacts, "manifest" | "view">): ChartSpec {
  const { members } = view;
  const epochs = Math.max(1, ...members.map(({ curve }) => curve.length));
  const across = spread(epochs, MOST_EPOCHS);
  const isValidated = members.some(({ curve }) => curve.some(({ validation }) => validation !== undefined));
  const named = (what: string, member: number) =>
    members.length === 1 ? what : `${what}, network ${member + 1}`;
  const line = (member: number, part: "train" | "validation") =>
    across.map((epoch) => members[member]?.curve[epoch - 1]?.[part] ?? null);
  const series = members
    .slice(0, MOST_MEMBERS)
    .flatMap((_, member) => [
      { name: named("train", member), values: line(member, "train") },
      ...(isValidated ? [{ name: named("validation", member), values: line(member, "validation") }] : []),
    ]);
  const { steps } = manifest.network;
  const notes = [
    "The loss is on a logarithmic axis.",
    isValidated
      ? "Training stopped when the validation loss did not fall any more; the weights at the mark were kept."
      : `A fixed ${formatCount(steps)} steps with a rate that falls to zero: nothing was validated on the way.`,
    ...(members.length > MOST_MEMBERS
      ? [`${formatCount(members.length - MOST_MEMBERS)} more networks are not drawn.`]
      : []),
  ];
  return {
    id: "loss-curves",
    kind: "curves",
    title: "How the loss fell",
    note: notes.join(" "),
    axis: "mean squared error",
    quantity: "number",
    logY: true,
    across: { label: "epoch", quantity: "count", values: across },
    series,
    ...(isValidated
      ? {
          marks: members
            .slice(0, MOST_MEMBERS)
            .map(({ bestEpoch }, member) => ({ at: bestEpoch, label: named("kept", member) })),
        }
      : {}),
  };
}

const MOST_EPOCHS = 500;
const MOST_MEMBERS = 4;

/** At most `most` of the numbers 1 to `count`, with the last. */
function spread(count: number, most: number): number[] {
  if (count <= most) return Array.from({ length: count }, (_, i) => i + 1);
  return Array.from({ length: most }, (_, i) => Math.round(1 + (i * (count - 1)) / (most - 1)));
}

function scoreSection({ manifest, view }: TrainingFacts): ReportSection {
  const { scores, thresholds, rarities, heldBackRows } = view;
  const labelOf = ({ pValue, perDay }: (typeof thresholds)[number]) =>
    perDay === undefined ? formatOneIn(pValue) : `${countOf(perDay, "incident")} a day`;
  const sampled = scores.rows.train < manifest.traffic.rows.train;
  const isJudged = manifest.calibration.combined !== undefined;
  const parts: ReportPart[] = [
    {
      kind: "text",
      text: isJudged
        ? "The network is one voter among several, and the history of a host may excuse what it finds. What counts in the end is the second chart: how rare the held-back connections were found by all voters together."
        : "A connection is flagged when its score is above the threshold. The threshold was set on connections that the network never learned from.",
    },
    {
      kind: "chart",
      chart: {
        id: "scores",
        kind: "histogram",
        title: isJudged
          ? "What the networks score, and where normal traffic ends"
          : "Where the threshold lies",
        note: `Both axes are logarithmic. The score is the mean error of the features, about 1 on ordinary traffic.${sampled ? ` Of the rows learned from, ${formatCount(scores.rows.train)} at even distances.` : ""}`,
        quantity: "number",
        axis: "score of the networks",
        scale: "log",
        logCounts: true,
        edges: scores.edges,
        series: partNames.map((name) => ({ name, counts: scores.counts[name] })),
        ...(scores.zeros > 0 ? { zeros: scores.zeros } : {}),
        marks: thresholds.map((threshold) => ({ value: threshold.networkScore, label: labelOf(threshold) })),
      },
    },
    {
      kind: "chart",
      chart: {
        id: "rarities",
        kind: "histogram",
        title: "How rare the model finds ordinary traffic",
        note: `${formatCount(heldBackRows)} connections that nothing was learned from; both axes are logarithmic. What is right of a mark would be flagged, and is a false alarm if this traffic was clean.`,
        quantity: "count",
        axis: "1 in",
        scale: "log",
        logCounts: true,
        edges: rarities.edges,
        series: [{ name: "connections", counts: rarities.counts }],
        marks: thresholds.map((threshold) => ({ value: 1 / threshold.pValue, label: labelOf(threshold) })),
      },
    },
    {
      kind: "table",
      table: {
        id: "thresholds",
        title: "What would be flagged of the held-back connections",
        columns: [
          { name: "flagged at", quantity: "text" },
          { name: "asked", quantity: "text" },
          { name: "came out", quantity: "text" },
          { name: "connections flagged", quantity: "count" },
          { name: "score of the networks", quantity: "number" },
        ],
        rows: thresholds.map((threshold) => [
          labelOf(threshold),
          formatOneIn(threshold.pValue),
          threshold.flagged > 0 ? formatOneIn(threshold.flagged / heldBackRows) : "none",
          threshold.flagged,
          numberCell(threshold.networkScore),
        ]),
      },
    },
  ];
  return { id: "scores", title: "What is unusual to it?", parts };
}

function cardSection({ manifest, view, tally }: TrainingFacts): ReportSection {
  const { network, preset, traffic, features, program, split, without } = manifest;
  const seen = features.filter(({ constant }) => !constant).length;
  const all = partNames.reduce((sum, name) => sum + traffic.rows[name], 0);
  return {
    id: "card",
    title: "The card",
    parts: [
      {
        kind: "facts",
        facts: [
          { name: "preset", value: preset, quantity: "text" },
          {
            name: "features",
            value: features.length,
            quantity: "count",
            note: `${formatCount(seen)} of them vary`,
          },
          ...(without.length > 0
            ? [{ name: "families left out", value: without.join(", "), quantity: "text" } as const]
            : []),
          { name: "first connection", value: numberCell(traffic.from), quantity: "time" },
          { name: "last connection", value: numberCell(traffic.to), quantity: "time" },
          { name: "files", value: traffic.files, quantity: "count" },
          { name: "connections read", value: traffic.rows.read, quantity: "count" },
          { name: "lines rejected", value: tally.rejected, quantity: "count" },
          {
            name: "network",
            value: [seen, ...network.layers, seen].join("-"),
            quantity: "text",
            note: `${network.activation}, ${countOf(network.members, "network")}, ${countOf(network.parameters, "parameter")}, ${network.scaler} scaler`,
          },
          {
            name: "training",
            value: countOf(network.epochs, "epoch"),
            quantity: "text",
            note: `${formatCount(network.batch)} rows a step, rate ${figure(network.learningRate)}, seed ${network.seed}`,
          },
          { name: "written by", value: `${program.name} ${program.version}`, quantity: "text" },
        ],
      },
      {
        kind: "text",
        text:
          split.kind === "time"
            ? "The parts follow one another in time, as training and use do."
            : "The rows were dealt out by chance. Connections of one host and one hour are then in all parts, which flatters the result.",
      },
      {
        kind: "table",
        table: {
          id: "split",
          title: "How the rows were split",
          columns: [
            { name: "part", quantity: "text" },
            { name: "used for", quantity: "text" },
            { name: "connections", quantity: "count" },
            { name: "share", quantity: "share" },
            { name: "earliest start", quantity: "time" },
            { name: "latest start", quantity: "time" },
          ],
          rows: partNames.map((name) => [
            name,
            partUses(name, network.steps > 0),
            traffic.rows[name],
            traffic.rows[name] / all,
            numberCell(view.spans[name].from),
            numberCell(view.spans[name].to),
          ]),
        },
      },
      {
        kind: "text",
        text: `Asked for: ${partNames.map((name) => `${formatShare(split.shares[name])} ${name}`).join(", ")}.`,
      },
    ],
  };
}

function partUses(name: (typeof partNames)[number], isFixed: boolean): string {
  switch (name) {
    case "train":
      return "learning";
    case "validation":
      return isFixed ? "saying what is rare" : "deciding when to stop";
    case "test":
      return "saying what is rare";
  }
}
