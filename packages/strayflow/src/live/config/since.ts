import { ExpectedError } from "../../base/errors.ts";

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/**
 * Seconds since 1970 of a moment such as `2d` (ago), `2024-04-19`, `2024-04-19T10:00:00Z`; a date without a clock is its
 * midnight in UTC. Throws `ExpectedError` "usage".
 */
export function parseSince(text: string, nowSeconds: number): number {
  const ago = /^(\d+(?:\.\d+)?)([smhdw])$/.exec(text.trim());
  if (ago !== null) return nowSeconds - Number(ago[1]) * unitSeconds[ago[2]!]!;
  const isDate = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})?)?$/.test(
    text.trim(),
  );
  const moment = isDate ? Date.parse(text.trim().replace(" ", "T")) : NaN;
  if (Number.isNaN(moment))
    throw new ExpectedError(
      "usage",
      `expected a time such as 2d, 2024-04-19 or 2024-04-19T10:00:00Z, found ${JSON.stringify(text)}`,
    );
  return moment / 1000;
}
