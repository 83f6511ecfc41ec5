import type { Severity } from "./incident.ts";

/** What the severity of an incident follows from. */
export interface SeverityGrounds {
  /** Of the incident. */
  readonly pValue: number;
  readonly alerts: number;
  readonly seconds: number;
  /** A named detector speaks of it. */
  readonly isNamed: boolean;
  /** Its strongest alert comes with a remark on how far it can be trusted. */
  readonly isDoubtful: boolean;
}

/**
 * Points of an incident, 0 to 9.5:
 *
 * - rarity: -log10 of the p-value, at most 6 (a sample of some thousand rows says nothing about rarer);
 * - size: log10 of the alerts, halved, at most 1.5 (a thousand alerts);
 * - persistence: log2(1 + hours) / 5, at most 1 (some 31 hours);
 * - 1 for a named detector, 1 less where the strongest alert is doubtful.
 */
export function severityPoints({ pValue, alerts, seconds, isNamed, isDoubtful }: SeverityGrounds): number {
  const rarity = Math.min(6, -Math.log10(Math.max(pValue, 1e-300)));
  const size = Math.min(1.5, Math.log10(Math.max(1, alerts)) / 2);
  const persistence = Math.min(1, Math.log2(1 + Math.max(0, seconds) / 3600) / 5);
  return Math.max(0, rarity + size + persistence + (isNamed ? 1 : 0) - (isDoubtful ? 1 : 0));
}

/** A single connection that normal traffic equals once in a thousand is low; rarest, many and named is critical. */
export function severityOf(grounds: SeverityGrounds): Severity {
  const points = severityPoints(grounds);
  if (points >= 8) return "critical";
  if (points >= 6.5) return "high";
  return points >= 4.5 ? "medium" : "low";
}

const binsPerDecade = 8;
const lastBin = 16 * binsPerDecade;

/** What a count remembers, as plain data (of structured clone). */
export interface PValueState {
  readonly bins: ReadonlyMap<number, number>;
  readonly count: number;
  readonly least: number;
}

/** Counts p-values on a logarithmic scale, enough for `simesPValue`. */
export class PValueCount {
  /** Alerts by bin; most incidents have few. */
  #bins = new Map<number, number>();
  #count = 0;
  #least = 1;

  save(): PValueState {
    return { bins: this.#bins, count: this.#count, least: this.#least };
  }

  load({ bins, count, least }: PValueState): void {
    this.#bins = new Map(bins);
    this.#count = count;
    this.#least = least;
  }

  add(p: number): void {
    const bin = Math.floor(-Math.log10(Math.max(p, 1e-300)) * binsPerDecade);
    this.#add(Math.max(0, Math.min(bin, lastBin)), 1);
    if (p < this.#least) this.#least = p;
  }

  merge(other: PValueCount): void {
    for (const [bin, count] of other.#bins) this.#add(bin, count);
    this.#least = Math.min(this.#least, other.#least);
  }

  /**
   * One p-value for all: the smallest n p(i) / i over the i-th smallest of n (Simes 1986, Biometrika 73:751). It holds
   * where p-values rise and fall together, as those of one host do. Many equally rare alerts are as rare as each of
   * them; one rare alert among n common ones counts n times. Each p is rounded up to an eighth of a decade, so the result
   * is never too small, and never smaller than the smallest p.
   */
  simes(): number {
    let best = Math.min(1, this.#count * this.#least);
    let asSmall = 0;
    for (const [bin, count] of [...this.#bins].sort(([a], [b]) => b - a)) {
      asSmall += count;
      best = Math.min(best, (this.#count * 10 ** (-bin / binsPerDecade)) / asSmall);
    }
    return Math.max(best, this.#least);
  }

  #add(bin: number, count: number): void {
    this.#bins.set(bin, (this.#bins.get(bin) ?? 0) + count);
    this.#count += count;
  }
}
