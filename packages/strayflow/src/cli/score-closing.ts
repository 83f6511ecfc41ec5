import { formatCount, formatOneIn } from "../base/units.ts";
import { shellWord } from "../output/escape.ts";
import { countOf } from "../output/figures.ts";
import { rejectedLines } from "./read-remarks.ts";
import type { ScoreFormat } from "../output/score-writer.ts";

/** What a run of scoring did, and how it was asked for. */
export interface ScoreOutcome {
  readonly logs: readonly string[];
  readonly model: string;
  readonly out: string | undefined;
  readonly format: ScoreFormat;
  readonly pValue: number;
  readonly all: boolean;
  readonly shown: number;
  readonly rejects: string | undefined;
}

/** The last lines: what was found, where it was written, what to do next. Safe to paste. */
export function scoreClosing(
  { rows, rejected, flagged }: { readonly rows: number; readonly rejected: number; readonly flagged: number },
  { logs, model, out, format, pValue, all, shown, rejects }: ScoreOutcome,
): string[] {
  const verdict = flagged === 0 ? "None" : formatCount(flagged);
  const lines = [
    `${verdict} of ${countOf(rows, "connection")} ${flagged <= 1 ? "is" : "are"} flagged: ${formatOneIn(pValue)} of normal traffic scores as high.`,
  ];
  lines.push(...rejectedLines(rejected, rejects));
  if (out !== undefined && out !== "-")
    lines.push(`Written to ${shellWord(out)}: ${countOf(shown, "connection")}.`);
  const command = `  strayflow score ${logs.map(shellWord).join(" ")} --model ${shellWord(model)}`;
  if (format === "table" && !all && shown < flagged)
    lines.push(
      `The ${formatCount(shown)} highest are shown. All of them, for other tools:`,
      `${command} --out flagged.ndjson`,
    );
  else if (format === "table" && !all && flagged === 0)
    lines.push("The highest scores all the same:", `${command} --all`);
  return lines;
}
