import { formatCount, formatShare } from "../../base/units.ts";
import type { Severity } from "../../detect/incidents/index.ts";
import type { ColumnFit } from "../../model/traffic-fit.ts";
import type { DriftReport } from "../../sinks/index.ts";
import { dayName, type DayFigures } from "./measure-day.ts";

/** One thing that has moved, as it is to be told; `since` is the first day on which it had, in seconds since 1970. */
export interface DriftWarning {
  readonly report: DriftReport;
  readonly severity: Severity;
  readonly since: number;
}

/** What is to be said at the end of a day. */
export interface DriftNews {
  /** Told once for as long as it lasts; at most one for each kind of measure. */
  readonly warnings: readonly DriftWarning[];
}

/** Plain data of structured clone. */
export interface DriftConditionsState {
  readonly lasting: ReadonlyMap<string, Lasting>;
  readonly incidents: readonly { readonly day: number; readonly count: number }[];
  readonly movedColumns: number | undefined;
}

interface Lasting {
  readonly since: number;
  /** Days on which it was so. */
  readonly days: number;
  readonly isTold: boolean;
  readonly text: string;
}

/** Something that is so on one day. */
interface Seen {
  readonly key: string;
  /** Days in a row after which it is told. */
  readonly patience: number;
  readonly text: string;
}

/**
 * Decides from the figures of one day after the other when somebody should hear that the traffic has moved: once, when it
 * has been so for long enough, with the day on which it began.
 */
export class DriftConditions {
  #lasting = new Map<string, Lasting>();
  /** Of the last days. */
  #incidents: { day: number; count: number }[] = [];
  movedColumns: number | undefined;

  take(figures: DayFigures): DriftNews {
    const warnings: DriftWarning[] = [];
    if (figures.fit !== undefined) warnings.push(...this.#columns(figures), ...this.#categories(figures));
    if (figures.rows + figures.rejected >= LEAST_LINES) warnings.push(...this.#rejects(figures));
    warnings.push(...this.#rate(figures));
    return { warnings };
  }

  standing(): { readonly text: string; readonly since: number } | undefined {
    const told = [...this.#lasting.values()].filter(({ isTold }) => isTold);
    if (told.length === 0) return undefined;
    const since = Math.min(...told.map((one) => one.since));
    const texts = told.slice(0, MOST_NAMED).map(({ text }) => text);
    const more = told.length - texts.length;
    return { since, text: `${texts.join("; ")}${more > 0 ? `; and ${formatCount(more)} more` : ""}` };
  }

  save(): DriftConditionsState {
    return { lasting: this.#lasting, incidents: this.#incidents, movedColumns: this.movedColumns };
  }

  load({ lasting, incidents, movedColumns }: DriftConditionsState): void {
    this.#lasting = new Map(lasting);
    this.#incidents = [...incidents];
    this.movedColumns = movedColumns;
  }

  #columns({ moved, from, fit }: DayFigures): DriftWarning[] {
    this.movedColumns = moved.length;
    const worst = moved.toSorted((a, b) => excess(b) - excess(a));
    // A weekend may be two days of other habits. When much has moved at once, it is no habit.
    const patience = fit!.verdict === "fits" ? DAYS_IN_A_ROW : 1;
    const due = this.#follow(
      "column",
      worst.map((column) => ({ key: column.feature, patience, text: `${column.feature} has moved` })),
      from,
    );
    const named = worst.find(({ feature }) => due.some(({ key }) => key === feature));
    if (named === undefined) return [];
    const { since } = due.find(({ key }) => key === named.feature)!;
    const others = worst.filter(
      ({ feature }) => feature !== named.feature && due.some(({ key }) => key === feature),
    );
    const report = {
      measure: "column",
      column: named.feature,
      ...valueOf(named),
      text: `${named.feature} has other values than in training since ${dayName(since)}: ${movedText(named)}${othersText(others)}`,
    };
    return [{ report, severity: fit!.verdict === "foreign" ? "high" : "medium", since }];
  }

  #categories({ unknown, from }: DayFigures): DriftWarning[] {
    const many = unknown.filter(({ share }) => share >= MANY_UNKNOWN).toSorted((a, b) => b.share - a.share);
    const due = this.#follow(
      "unknown-categories",
      many.map(({ column, share }) => ({
        key: column,
        patience: 1,
        text: `${formatShare(share)} of ${column} are words that training never saw`,
      })),
      from,
    );
    const worst = many.find(({ column }) => due.some(({ key }) => key === column));
    if (worst === undefined) return [];
    const { column, share: value } = worst;
    const { since } = due.find(({ key }) => key === column)!;
    const text = `${formatShare(value)} of ${column} are words that training never saw, since ${dayName(since)}`;
    return [
      { report: { measure: "unknown-categories", column, value, usual: 0, text }, severity: "medium", since },
    ];
  }

  #rejects({ rows, rejected, from, usual }: DayFigures): DriftWarning[] {
    const value = rejected / (rows + rejected);
    const isHigh = value >= MANY_REJECTS && value >= 10 * usual.rejects;
    const text = `${formatShare(value)} of the lines are no connections`;
    const [due] = this.#follow("rejects", isHigh ? [{ key: "lines", patience: 1, text }] : [], from);
    if (due === undefined) return [];
    const report = {
      measure: "rejects",
      value,
      usual: usual.rejects,
      text: `${text}, since ${dayName(due.since)}`,
    };
    return [{ report, severity: "medium", since: due.since }];
  }

  /** Beyond what chance makes of the budget in some days together: real attacks make a day, not a week. */
  #rate({ incidents, from, usual }: DayFigures): DriftWarning[] {
    this.#incidents = [...this.#incidents, { day: from, count: incidents }].slice(-RATE_DAYS);
    if (!(usual.incidents > 0)) return [];
    const days = this.#incidents.length;
    const busy = this.#incidents.filter(({ count }) => count > 2 * usual.incidents).length;
    const sum = this.#incidents.reduce((total, { count }) => total + count, 0);
    const expected = usual.incidents * days;
    const isHigh =
      days >= DAYS_IN_A_ROW &&
      2 * busy > days &&
      sum > 2 * expected &&
      sum > expected + 3 * Math.sqrt(expected) + 3;
    const text = `${formatCount(Math.round((10 * sum) / days) / 10)} incidents a day over ${days} days, ${formatCount(Math.round(usual.incidents * 10) / 10)} are expected`;
    const first = this.#incidents[0]!.day;
    const [due] = this.#follow("incidents", isHigh ? [{ key: "rate", patience: 1, text }] : [], first);
    if (due === undefined) return [];
    const report = {
      measure: "alert-rate",
      value: sum / days,
      usual: usual.incidents,
      text: `${text}, since ${dayName(due.since)}`,
    };
    return [{ report, severity: "medium", since: due.since }];
  }

  /** Notes what is so on this day, and what is so no more; gives what is to be told now for the first time. */
  #follow(
    kind: string,
    seen: readonly Seen[],
    from: number,
  ): { readonly key: string; readonly since: number }[] {
    const due: { key: string; since: number }[] = [];
    const prefix = `${kind} `;
    const now = new Set(seen.map(({ key }) => prefix + key));
    for (const key of this.#lasting.keys())
      if (key.startsWith(prefix) && !now.has(key)) this.#lasting.delete(key);
    for (const { key, patience, text } of seen) {
      const { since, days, isTold } = this.#lasting.get(prefix + key) ?? {
        since: from,
        days: 0,
        isTold: false,
      };
      const isDue = !isTold && days + 1 >= patience;
      this.#lasting.set(prefix + key, { since, days: days + 1, isTold: isTold || isDue, text });
      if (isDue) due.push({ key, since });
    }
    return due;
  }
}

function valueOf({ shift, usualShift, outside }: ColumnFit): {
  readonly value: number;
  readonly usual: number;
} {
  return shift - 2 * usualShift >= outside
    ? { value: shift, usual: usualShift }
    : { value: outside, usual: 0.002 };
}

function movedText(column: ColumnFit): string {
  const { value, usual } = valueOf(column);
  return value === column.shift
    ? `${formatShare(value)} of the rows lie elsewhere, usually up to ${formatShare(usual)}`
    : `${formatShare(value)} of the rows are outside its range`;
}

function othersText(others: readonly ColumnFit[]): string {
  if (others.length === 0) return "";
  const names = others.slice(0, MOST_NAMED).map(({ feature }) => feature);
  const more = others.length - names.length;
  return `, and so ${others.length === 1 ? "has" : "have"} ${names.join(", ")}${more > 0 ? ` and ${formatCount(more)} more` : ""}`;
}

function excess({ shift, usualShift, outside }: ColumnFit): number {
  return Math.max(shift - 2 * usualShift, outside);
}

/** A weekend is two. */
const DAYS_IN_A_ROW = 3;
const RATE_DAYS = 7;
const MANY_UNKNOWN = 0.1;
const MANY_REJECTS = 0.01;
const LEAST_LINES = 1000;
const MOST_NAMED = 3;
