import { formatShare } from "../base/units.ts";
import { detectorNames, percent } from "./detector-names.ts";
import type { Figures } from "./figures.ts";

/** Differences in the share found below this are chance. */
const CLEAR = 0.005;
/** More than this times the rate that was asked for is a broken promise, not scatter. */
const TOLERATED = 1.2;

/** What the tables come to, in sentences: whether the product kept its rate, who beats it, and whether training pays. */
export function verdictLines(
  {
    product,
    detectors,
  }: { readonly product: Figures; readonly detectors: Readonly<Record<string, Figures>> },
  rates: readonly number[],
): readonly string[] {
  return [
    ...rates.flatMap((rate) => [...promiseLine(product, rate), ...rivalLine(product, detectors, rate)]),
    ...trainingLine(detectors, rates),
  ];
}

function promiseLine({ realised }: Figures, rate: number): string[] {
  const share = realised[String(rate)];
  if (share === null || share === undefined) return [];
  const kept = share <= rate * TOLERATED ? "keeps its rate" : "does not keep its rate";
  return [`At ${percent(rate)} strayflow ${kept}: it flags ${formatShare(share)} of the normal connections.`];
}

function rivalLine(product: Figures, detectors: Readonly<Record<string, Figures>>, rate: number): string[] {
  const own = at(product, rate);
  if (own === undefined) return [];
  const rivals = Object.entries(detectors).flatMap(([id, figures]) => {
    const theirs = at(figures, rate);
    return theirs === undefined ? [] : [{ name: detectorNames[id] ?? id, ...theirs }];
  });
  if (rivals.length === 0) return [];
  const winners = rivals
    .filter((rival) => beats(rival, own, rate))
    .sort((a, b) => b.found - a.found || a.flagged - b.flagged);
  const shares = ({ found, flagged }: Shares) =>
    `found ${formatShare(found)}, flagged ${formatShare(flagged)}`;
  if (winners.length === 0) return [`At ${percent(rate)} nothing beats strayflow (${shares(own)}).`];
  const list = winners.map((winner) => `${winner.name} (${shares(winner)})`).join(", ");
  const verb = winners.length === 1 ? "beats" : "beat";
  return [`At ${percent(rate)} strayflow (${shares(own)}) is beaten: ${list} ${verb} it.`];
}

interface Shares {
  readonly found: number;
  readonly flagged: number;
}

/** Finds clearly more without more false alarms, or as much with far fewer where there are too many. */
function beats(rival: Shares, own: Shares, rate: number): boolean {
  const allowed = Math.max(own.flagged, rate);
  if (rival.found > own.found + CLEAR && rival.flagged <= allowed) return true;
  return (
    own.flagged > rate * TOLERATED && rival.found >= own.found - CLEAR && rival.flagged < own.flagged / 2
  );
}

/** At the smallest rate at which all three can be compared. */
function trainingLine(detectors: Readonly<Record<string, Figures>>, rates: readonly number[]): string[] {
  const { autoencoder, untrained, pca } = detectors;
  if (autoencoder === undefined || untrained === undefined || pca === undefined) return [];
  for (const rate of rates.toSorted((a, b) => a - b)) {
    const trained = at(autoencoder, rate);
    const others = [at(untrained, rate), at(pca, rate)];
    if (trained === undefined || others.includes(undefined)) continue;
    const pays = others.every((other) => other !== undefined && trained.found > other.found + CLEAR);
    return [
      `Training ${pays ? "pays" : "does not pay"} here: at ${percent(rate)} the trained network finds ${formatShare(trained.found)}, untrained ${formatShare(others[0]!.found)}, PCA ${formatShare(others[1]!.found)} (flagged: ${formatShare(trained.flagged)}, ${formatShare(others[0]!.flagged)}, ${formatShare(others[1]!.flagged)}).`,
    ];
  }
  return [];
}

function at({ tpr, realised }: Figures, rate: number): Shares | undefined {
  const found = tpr[String(rate)];
  const flagged = realised[String(rate)];
  return found === null || found === undefined || flagged === null || flagged === undefined
    ? undefined
    : { found, flagged };
}
