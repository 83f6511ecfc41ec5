import { ExpectedError } from "../base/errors.ts";
import { escapeText } from "../output/escape.ts";

/** What is flagged where no budget says so, for a command's table. */
export const pValueOption = {
  kind: "number",
  placeholder: "P",
  above: 0,
  max: 1,
  doc: "flag what normal traffic does at most this often",
  details: "Default 0.001, or the budget that the model was trained with.",
} as const;

/** A budget of incidents, for a command's table. */
export const budgetOption = {
  kind: "text",
  placeholder: "N/day",
  doc: "flag so that ordinary traffic gives at most some N incidents a day",
  details:
    "Also N/week. The p-value that stands for it was counted on traffic that the model was not trained on; what came of it is reported day by day. A day without incidents is a possible one.",
} as const;

/**
 * Incidents a day of a budget such as 20/day, 20 or 5/week; undefined where none is given.
 *
 * @throws ExpectedError "usage"
 */
export function parseBudget(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const match = /^(\d+(?:\.\d+)?)(?:\/(day|d|week|w))?$/.exec(text.trim().toLowerCase());
  const perDay = match === null ? Number.NaN : Number(match[1]) / (match[2]?.startsWith("w") ? 7 : 1);
  if (!(perDay > 0 && perDay <= MOST)) {
    throw new ExpectedError(
      "usage",
      `--budget expects a number of incidents such as 20/day or 5/week, found "${escapeText(text)}"`,
    );
  }
  return perDay;
}

const MOST = 1e6;
