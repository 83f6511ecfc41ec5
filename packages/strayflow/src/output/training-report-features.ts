import { formatCount, formatShare } from "../base/units.ts";
import type { TrainingFacts } from "../pipeline/train.ts";
import type { ExampleView } from "../pipeline/training-view.ts";
import type { ReportPart, ReportSection } from "../report/document.ts";
import { connectionFacts, numberCell } from "./connection-facts.ts";
import { escapeText } from "./escape.ts";

const MOST_BARS = 20;
const MOST_TABLE_ROWS = 500;

/** Which features the networks reconstruct well and badly. */
export function featureSection({ manifest, view }: TrainingFacts): ReportSection {
  const known = new Map(manifest.features.map((feature) => [feature.id, feature]));
  const varying = view.features.filter(({ id }) => known.get(id)?.constant === false);
  const measured = varying.filter(({ explained }) => Number.isFinite(explained));
  const ranked = measured.toSorted((a, b) => b.explained - a.explained || (a.id < b.id ? -1 : 1));
  const best = ranked.slice(0, MOST_BARS);
  const worst = ranked.toReversed().slice(0, MOST_BARS);
  const well = measured.filter(({ explained }) => explained >= WELL).length;
  const badly = measured.filter(({ explained }) => explained < BADLY).length;
  const bars = (id: string, title: string, features: typeof ranked, note: string) =>
    ({
      id,
      kind: "bars",
      title,
      note,
      quantity: "share",
      axis: "share of variance explained",
      names: features.map((feature) => escapeText(feature.id)),
      code: true,
      series: [{ name: "explained", values: features.map(({ explained }) => Math.max(0, explained)) }],
    }) as const;
  const parts: ReportPart[] = [
    {
      kind: "text",
      text: `Measured on ${formatCount(view.measuredRows)} connections that were never learned from. Of ${formatCount(measured.length)} features that vary there, ${formatCount(well)} are reconstructed well (${formatShare(WELL)} of the variance or more) and ${formatCount(badly)} badly (under ${formatShare(BADLY)}). A feature that is reconstructed badly does no harm: its errors count against what is usual for it. But it can tell only gross deviations.`,
    },
    {
      kind: "charts",
      charts: [
        bars("features-best", "Reconstructed best", best, "Linear axis; 100 % is a perfect reconstruction."),
        bars(
          "features-worst",
          "Reconstructed worst",
          worst,
          "0 % is no better than always guessing the mean; what is worse than that stands at 0 % here and exactly in the table.",
        ),
      ],
    },
    {
      kind: "table",
      table: {
        id: "features",
        title: "All features, the worst first",
        columns: [
          { name: "feature", quantity: "code" },
          {
            name: "variance explained",
            quantity: "share",
            help: "1 less the mean squared residual over the variance, on the scale that the networks see",
          },
          {
            name: "mean error",
            quantity: "number",
            help: "about 1 where it is as good as on the rows learned from",
          },
          {
            name: "drift",
            quantity: "share",
            help: "how far held-back rows are from the rows learned from, 0 to 100 %",
          },
          { name: "what it is", quantity: "text" },
        ],
        rows: [...ranked.toReversed(), ...varying.filter(({ explained }) => !Number.isFinite(explained))]
          .slice(0, MOST_TABLE_ROWS)
          .map(({ id, explained, meanError }) => [
            escapeText(id),
            numberCell(explained),
            numberCell(meanError),
            numberCell(known.get(id)?.usualShift ?? NaN),
            escapeText(known.get(id)?.summary ?? ""),
          ]),
        ...(varying.length > MOST_TABLE_ROWS ? { of: varying.length } : {}),
      },
    },
  ];
  return { id: "features", title: "What does it know well?", parts };
}

const WELL = 0.8;
const BADLY = 0.2;

/** Two connections of the test part and what the networks make of them. */
export function exampleSection({ manifest, view }: TrainingFacts): ReportSection {
  const choices = [
    { id: "strangest", name: "the strangest", example: view.strangest },
    { id: "typical", name: "a typical one", example: view.typical },
  ].flatMap(({ id, name, example }) =>
    example === undefined ? [] : [{ id, name, parts: exampleParts(id, example, manifest) }],
  );
  return {
    id: "examples",
    title: "One connection through its eyes",
    parts: [
      {
        kind: "text",
        text: "Two connections that were never learned from: the one that the networks score highest, and one whose score is in the middle.",
      },
      { kind: "choice", label: "connection", choices },
    ],
  };
}

function exampleParts(
  id: string,
  { connection, score, reasons, features }: ExampleView,
  { features: known }: TrainingFacts["manifest"],
): ReportPart[] {
  const shown = features.flatMap((feature, column) => {
    const { constant, center, scale } = known[column]!;
    // As the networks see it: 0 is the middle of the training rows.
    const scaled = (value: number) => Math.max(-SCALE_LIMIT, Math.min(SCALE_LIMIT, (value - center) / scale));
    return constant
      ? []
      : [{ ...feature, column, scaled: scaled(feature.value), back: scaled(feature.reconstruction) }];
  });
  const strongest = shown.toSorted((a, b) => b.error - a.error || a.column - b.column);
  return [
    {
      kind: "facts",
      facts: [
        ...connectionFacts(connection),
        { name: "score", value: numberCell(score), quantity: "number" },
      ],
    },
    ...(reasons.length > 0
      ? [{ kind: "text", text: `What stands out most: ${escapeText(reasons.join("; "))}.` } as const]
      : []),
    {
      kind: "chart",
      chart: {
        id: `${id}-errors`,
        kind: "bars",
        title: "Which features it cannot explain",
        note: "1 is usual; an error counts for at most 20.",
        quantity: "number",
        axis: "error",
        names: strongest.slice(0, MOST_BARS).map((feature) => escapeText(feature.id)),
        code: true,
        series: [
          { name: "error", values: strongest.slice(0, MOST_BARS).map(({ error }) => numberCell(error)) },
        ],
      },
    },
    {
      kind: "chart",
      chart: {
        id: `${id}-reconstruction`,
        kind: "curves",
        title: "The connection and its reconstruction",
        note: `Features in the order of the matrix, scaled as the networks see them: 0 is the middle of the rows learned from, 1 their usual spread; held within ±${SCALE_LIMIT}.`,
        axis: "scaled value",
        quantity: "number",
        across: { label: "feature", quantity: "count", values: shown.map((_, i) => i + 1) },
        series: [
          { name: "value", values: shown.map(({ scaled }) => numberCell(scaled)) },
          { name: "reconstructed", values: shown.map(({ back }) => numberCell(back)) },
        ],
      },
    },
    {
      kind: "table",
      table: {
        id: `${id}-features`,
        title: "Every feature, the largest error first",
        columns: [
          { name: "no.", quantity: "count", help: "place in the chart" },
          { name: "feature", quantity: "code" },
          { name: "error", quantity: "number" },
          { name: "value and reconstruction", quantity: "text" },
          { name: "value", quantity: "number", help: "in the feature's own unit" },
          { name: "reconstruction", quantity: "number" },
          { name: "unit", quantity: "text" },
        ],
        rows: strongest
          .slice(0, MOST_TABLE_ROWS)
          .map((feature) => [
            shown.indexOf(shown.find(({ column }) => column === feature.column)!) + 1,
            escapeText(feature.id),
            numberCell(feature.error),
            escapeText(feature.text),
            numberCell(feature.value),
            numberCell(feature.reconstruction),
            known[feature.column]!.unit,
          ]),
        ...(strongest.length > MOST_TABLE_ROWS ? { of: strongest.length } : {}),
      },
    },
  ];
}

/** A few absurd values would flatten everything else. */
const SCALE_LIMIT = 10;
