import { formatCount, formatDuration, formatShare } from "../base/units.ts";
import type { AssembledScenario } from "./assemble.ts";
import { detectorNames, percent } from "./detector-names.ts";
import type { Figures } from "./figures.ts";
import type { ByRate } from "./seed-figures.ts";

/** A table of the report, as plain cells; whoever prints it lines them up and escapes them. */
export interface ReportTable {
  /** One sentence that says what the table is. */
  readonly title: string;
  readonly columns: readonly { readonly head: string; readonly align: "left" | "right" }[];
  readonly rows: readonly (readonly string[])[];
}

const unknown = "–";

/** What was run on what, in lines of text: rows of each part, then the notes. */
export function scenarioLines({ scenario, rows, notes }: AssembledScenario): readonly string[] {
  const parts = [
    `${formatCount(rows.train)} rows to train`,
    `${formatCount(rows.calibrate)} to calibrate`,
    `${formatCount(rows.test_normal)} normal and ${formatCount(rows.attack)} attack rows to test`,
  ];
  const without = scenario.without.length === 0 ? "" : ` without ${scenario.without.join(", ")}`;
  return [
    `${scenario.name}: preset ${scenario.preset}${without}; ${parts.join(", ")}`,
    ...notes.map((note) => `  ${note}`),
  ];
}

/**
 * The report's tables: every detector with its areas and, at each asked rate, the attack rows that it finds and the false
 * alarms that it really gives; the same for each label where there is more than one; incidents, and what false ones are about.
 */
export function reportTables(
  detectors: Readonly<Record<string, Figures>>,
  rates: readonly number[],
): readonly ReportTable[] {
  const entries = Object.entries(detectors);
  const labels = [...new Set(entries.flatMap(([, figures]) => Object.keys(figures.by_label)))];
  return [
    overview(entries, rates, labels.length > 0),
    ...(labels.length > 1 ? [labelTable(entries, rates, labels)] : []),
    incidentTable(entries),
    ...entries.flatMap(([id, figures]) => kindTable(id, figures)),
  ];
}

type Entries = readonly (readonly [string, Figures])[];

const left = (head: string) => ({ head, align: "left" }) as const;
const right = (head: string) => ({ head, align: "right" }) as const;

function overview(entries: Entries, rates: readonly number[], attacks: boolean): ReportTable {
  return {
    title: attacks
      ? "Attack rows found, and normal rows flagged, at the rates that were asked for"
      : "Normal rows flagged, at the rates that were asked for",
    columns: [
      left("detector"),
      ...(attacks ? [right("ROC-AUC"), right("PR-AUC")] : []),
      ...rates.flatMap((rate) => [
        ...(attacks ? [right(`found ${percent(rate)}`)] : []),
        right(`flagged ${percent(rate)}`),
      ]),
      ...(attacks ? [right("spread")] : []),
    ],
    rows: entries.map(([id, figures]) => [
      detectorNames[id] ?? id,
      ...(attacks ? [area(figures.roc_auc), area(figures.pr_auc)] : []),
      ...rates.flatMap((rate) => [
        ...(attacks ? [share(at(figures.tpr, rate))] : []),
        share(at(figures.realised, rate)),
      ]),
      ...(attacks ? [spread(figures)] : []),
    ]),
  };
}

function labelTable(entries: Entries, rates: readonly number[], labels: readonly string[]): ReportTable {
  return {
    title: "Attack rows found, by label",
    columns: [
      left("label"),
      right("rows"),
      left("detector"),
      ...rates.map((rate) => right(`found ${percent(rate)}`)),
    ],
    rows: labels.flatMap((label) =>
      entries.map(([id, { by_label }], index) => [
        index === 0 ? label : "",
        index === 0 ? formatCount(by_label[label]?.rows ?? 0) : "",
        detectorNames[id] ?? id,
        ...rates.map((rate) => share(at(by_label[label]?.tpr ?? {}, rate))),
      ]),
    ),
  };
}

function incidentTable(entries: Entries): ReportTable {
  return {
    title: "Incidents: attacks found, false ones a day, and how long it took",
    columns: [
      left("detector"),
      right("at rate"),
      right("found"),
      right("of"),
      right("false a day"),
      right("time to detection"),
    ],
    rows: entries.map(([id, { incidents }]) =>
      incidents === null
        ? [detectorNames[id] ?? id, unknown, unknown, unknown, unknown, unknown]
        : [
            detectorNames[id] ?? id,
            percent(Number(incidents.rate.toPrecision(2))),
            String(Number(incidents.found.toFixed(1))),
            formatCount(incidents.of),
            incidents.false_per_day === null
              ? unknown
              : String(Number(incidents.false_per_day.toPrecision(3))),
            incidents.detection_seconds === null ? unknown : formatDuration(incidents.detection_seconds),
          ],
    ),
  };
}

function kindTable(id: string, { incidents }: Figures): ReportTable[] {
  const kinds = Object.entries(incidents?.false_per_day_by_kind ?? {});
  if (kinds.length === 0) return [];
  return [
    {
      title: `What the false incidents of ${detectorNames[id] ?? id} are about`,
      columns: [left("kind"), right("a day")],
      rows: kinds.map(([kind, perDay]) => [kind, String(Number(perDay.toPrecision(3)))]),
    },
  ];
}

function at(figures: ByRate, rate: number): number | null {
  return figures[String(rate)] ?? null;
}

function area(value: number | null): string {
  return value === null ? unknown : value.toFixed(3);
}

function share(value: number | null): string {
  return value === null ? unknown : formatShare(value);
}

/** The largest distance between seeds in the share found; without seeds that differ there is none to show. */
function spread({ spread: { seeds, tpr } }: Figures): string {
  const ranges = Object.values(tpr).filter((range) => range !== null);
  return seeds < 2 || ranges.length === 0 ? unknown : formatShare(Math.max(...ranges));
}
