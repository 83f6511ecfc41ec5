import type { Alert } from "../detect/alert.ts";
import { cutWithinBudget, type BudgetCut } from "../detect/incident-rates.ts";
import { IncidentGrouper } from "../detect/incidents/index.ts";
import type { Manifest } from "../model/manifest.ts";

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

/** Holds alerts against a budget: which p-value it stands for, and how many incidents a day came of it. */
export class DailyBudget {
  readonly cut: BudgetCut;
  readonly #asked: number;
  readonly #days = new Map<number, number>();
  readonly #grouper: IncidentGrouper;
  #isFinished = false;

  constructor({ incidentRates }: Pick<Manifest, "incidentRates">, askedPerDay: number) {
    this.#asked = askedPerDay;
    this.cut = cutWithinBudget(incidentRates, askedPerDay);
    this.#grouper = new IncidentGrouper({
      mostKept: 1,
      onClose: ({ firstSeen }) => this.#count(firstSeen, 1),
    });
  }

  /** Takes the times of connections, so that a day without incidents is one. */
  see(ts: Float64Array): void {
    for (const time of ts) this.#count(time, 0);
  }

  add(alert: Alert): void {
    this.#grouper.add(alert);
  }

  /** Ends the stream: incidents that were open count too. */
  finish(): void {
    if (!this.#isFinished) this.#grouper.finish();
    this.#isFinished = true;
  }

  report(): BudgetReport {
    const { pValue, perDay, doubt } = this.cut;
    const realised = [...this.#days]
      .toSorted((a, b) => a[0] - b[0])
      .map(([day, incidents]) => ({ day: new Date(day * DAY_MILLIS).toISOString().slice(0, 10), incidents }));
    return { asked_per_day: this.#asked, p_value: pValue, expected_per_day: perDay, doubt, realised };
  }

  #count(time: number, incidents: number): void {
    const day = Math.floor((time * 1000) / DAY_MILLIS);
    const before = this.#days.get(day);
    if (incidents === 0 && before !== undefined) return;
    // Times from nowhere cannot fill the memory; nobody reads so long a table.
    if (before !== undefined || (this.#days.size < MOST_DAYS && Math.abs(day) < LAST_DAY))
      this.#days.set(day, (before ?? 0) + incidents);
  }
}

const DAY_MILLIS = 86_400_000;
const MOST_DAYS = 4000;
/** What `Date` can write. */
const LAST_DAY = 1e8;
