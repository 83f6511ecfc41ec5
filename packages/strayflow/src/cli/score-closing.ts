import { formatCount, formatOneIn } from "../base/units.ts";
import { shellWord } from "../output/escape.ts";
import { countOf } from "../output/figures.ts";
import type { FoundIncidents } from "../pipeline/score.ts";
import { incidentVerdict } from "../output/incident-verdict.ts";
import { rejectedLines } from "./read-remarks.ts";

/** What a run of scoring did, and how it was asked for. */
export interface ScoreOutcome {
  readonly logs: readonly string[];
  readonly model: string;
  readonly out: string | undefined;
  readonly pValue: number;
  readonly shown: number;
  /** Where the table shows incidents. */
  readonly incidents: FoundIncidents | undefined;
  readonly rejects: string | undefined;
}

/** The last lines: what was found, where it was written, what to do next. Safe to paste. */
export function scoreClosing(
  { rows, rejected, flagged }: { readonly rows: number; readonly rejected: number; readonly flagged: number },
  { logs, model, out, pValue, shown, incidents, rejects }: ScoreOutcome,
): string[] {
  const lines = [
    ...(incidents === undefined
      ? []
      : [
          incidentVerdict(
            incidents.worst.map(({ incident }) => incident),
            { count: incidents.count, flagged, rows },
          ),
        ]),
    `${flagged === 0 ? "None" : formatCount(flagged)} of ${countOf(rows, "connection")} ${flagged <= 1 ? "is" : "are"} flagged: ${formatOneIn(pValue)} of normal traffic scores as high.`,
  ];
  lines.push(...rejectedLines(rejected, rejects));
  if (out !== undefined && out !== "-")
    lines.push(
      `Written to ${shellWord(out)}: ${incidents === undefined ? countOf(shown, "connection") : countOf(incidents.worst.length, "incident")}.`,
    );
  const command = `  strayflow score ${logs.map(shellWord).join(" ")} --model ${shellWord(model)}`;
  if (incidents !== undefined && flagged > 0)
    lines.push("Every flagged connection, for other tools:", `${command} --out flagged.ndjson`);
  else if (incidents !== undefined) lines.push("The highest scores all the same:", `${command} --all`);
  return lines;
}
