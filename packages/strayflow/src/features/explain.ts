import { formatCount, formatOneIn, formatShare } from "../base/units.ts";
import type { ColumnTexts } from "./define.ts";
import { HIGHEST_RARITY } from "./rarity.ts";

/*
 * The clauses of reasons. `usual` is what a network reconstructed, so it may lie outside the range that the column can
 * take (a count of -0.2, a flag of 1.3); every clause brings it back first.
 */

/** A 0 or 1 column: one clause for each value, and whether that is usual. */
export function flag(summary: string, yes: string, no: string): ColumnTexts {
  return {
    unit: "0 or 1",
    summary,
    explain: (value, usual) => {
      const clause = value >= 0.5 ? yes : no;
      return value >= 0.5 === usual >= 0.5 ? clause : `${clause}, which is unusual here`;
    },
  };
}

/** One of several alternatives, of which exactly one is 1, or none where the question does not arise: "state S0 (no reply)". */
export function choice(of: string, is: string, ...texts: Parameters<typeof flag>): ColumnTexts {
  return { ...flag(...texts), choice: { of, is } };
}

/** A flag that says that the log leaves something out; all such columns of a family make one statement. */
export function missingFlag(summary: string, what: string): ColumnTexts {
  return about("missing", flag(summary, `the log states no ${what}`, `the log states the ${what}`));
}

/** The same column, named as saying nearly what others of its family say. */
export function about(topic: string, texts: ColumnTexts): ColumnTexts {
  return { ...texts, topic };
}

/** A column of `Math.log1p(amount)`: "sent 1.4 GB; usually 40 kB". */
export function logAmount(
  unit: string,
  summary: string,
  verb: string,
  format: (amount: number) => string,
): ColumnTexts {
  return {
    unit: `log ${unit}`,
    summary,
    explain: (value, usual) => `${verb} ${format(fromLog(value))}; usually ${format(fromLog(usual))}`,
    format: (value) => format(fromLog(value)),
  };
}

/** A column that counts things: "3 × RST by the originator; usually none". */
export function plainCount(unit: string, summary: string, thing: string): ColumnTexts {
  return {
    unit,
    summary,
    explain: (value, usual) => {
      const [is, wouldBe] = [Math.round(value), Math.max(0, Math.round(usual))];
      return `${is === 0 ? "no" : `${formatCount(is)} ×`} ${thing}; usually ${wouldBe === 0 ? "none" : formatCount(wouldBe)}`;
    },
  };
}

/** A share between 0 and 1: "35 % of the bytes sent are headers; usually 4 %". */
export function share(summary: string, thing: string): ColumnTexts {
  return {
    unit: "share",
    summary,
    explain: (value, usual) => `${formatShare(value)} ${thing}; usually ${formatShare(clamp(usual, 0, 1))}`,
  };
}

/** A balance between -1 and 1: names the side that has more. */
export function balance(summary: string, noun: string): ColumnTexts {
  const side = (value: number) => {
    if (Math.abs(value) < 0.005) return `as many ${noun} each way`;
    const part = formatShare((1 + Math.abs(value)) / 2);
    return `${part} of the ${noun} ${value > 0 ? "from the originator" : "from the responder"}`;
  };
  return {
    unit: "balance, -1 to 1",
    summary,
    explain: (value, usual) => `${side(value)}; usually ${side(clamp(usual, -1, 1))}`,
  };
}

/** A column of -ln p: "this history: 1 in 6,000 connections; usually 1 in 4". */
export function rarity(summary: string, thing: string): ColumnTexts {
  return {
    unit: "-ln p",
    summary,
    explain: (value, usual) => `${thing}: ${oneIn(value)}; usually ${commonness(usual)}`,
  };
}

/** "usually nearly always" says nothing. */
function commonness(usual: number): string {
  const p = Math.exp(-clamp(usual, 0, HIGHEST_RARITY));
  return p > 0.5 ? "a common one" : formatOneIn(p);
}

function oneIn(value: number): string {
  const text = formatOneIn(Math.exp(-value));
  // The highest rarity stands for all that is rarer. It may come from a 32-bit float.
  return value > HIGHEST_RARITY - 1e-5 ? `${text} or rarer` : text;
}

/** Back from `Math.log1p`, never below 0. */
export function fromLog(value: number): number {
  return Math.max(0, Math.expm1(value));
}

/** A reconstructed count, to one decimal and never below 0. */
export function rough(count: number): number {
  return Math.max(0, Math.round(count * 10) / 10);
}

export function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
