import { cutWithinBudget, type BudgetCut } from "../detect/incident-rates.ts";
import type { Incident } from "../detect/incidents/index.ts";
import type { Manifest } from "../model/manifest.ts";
import type { Batch } from "../zeek/index.ts";

/** Incidents that began on one day (UTC). */
export interface DayOfIncidents {
  readonly day: string;
  readonly incidents: number;
}

/** A budget of incidents a day, as `score --json` reports it. */
export interface BudgetReport {
  readonly asked_per_day: number;
  readonly p_value: number;
  /** What normal traffic of the training period gives at this p-value. */
  readonly expected_per_day: number;
  /** Why the cut is a guess; absent where it was counted. */
  readonly doubt?: string | undefined;
  /** Days of the scored logs, those without an incident included. */
  readonly realised: readonly DayOfIncidents[];
}

/** Holds incidents against a budget: which p-value it stands for, and how many a day came of it. */
export class DailyBudget {
  readonly cut: BudgetCut;
  readonly #asked: number;
  readonly #days = new Map<number, number>();
  #first = Infinity;

  constructor({ incidentRates }: Pick<Manifest, "incidentRates">, askedPerDay: number) {
    this.#asked = askedPerDay;
    this.cut = cutWithinBudget(incidentRates, askedPerDay);
  }

  /** Takes the connections of a batch, so that a day without incidents is one. A day counts when connections end on it. */
  see({ ts, duration, rows }: Batch): void {
    for (let row = 0; row < rows; row++) {
      const day = dayOf(ts[row]! + (duration[row]! > 0 ? duration[row]! : 0));
      if (this.#days.has(day) || this.#days.size >= MOST_DAYS || Math.abs(day) > LAST_DAY) continue;
      this.#days.set(day, 0);
      this.#first = Math.min(this.#first, day);
    }
  }

  /** Takes an incident to which nothing more will be added. One that began before the logs did is one of their first day. */
  count({ firstSeen }: Pick<Incident, "firstSeen">): void {
    const began = dayOf(firstSeen);
    const day = this.#days.has(began) || this.#first === Infinity ? began : this.#first;
    this.#days.set(day, (this.#days.get(day) ?? 0) + 1);
  }

  report(): BudgetReport {
    const { pValue, perDay, doubt } = this.cut;
    const realised = [...this.#days]
      .toSorted((a, b) => a[0] - b[0])
      .map(([day, incidents]) => ({ day: new Date(day * DAY_MILLIS).toISOString().slice(0, 10), incidents }));
    return { asked_per_day: this.#asked, p_value: pValue, expected_per_day: perDay, doubt, realised };
  }
}

function dayOf(seconds: number): number {
  return Math.floor((seconds * 1000) / DAY_MILLIS);
}

const DAY_MILLIS = 86_400_000;
/** Times from nowhere cannot fill the memory; nobody reads so long a table. */
const MOST_DAYS = 4000;
/** What `Date` can write. */
const LAST_DAY = 1e8;
