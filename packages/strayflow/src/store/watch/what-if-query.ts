import type { SuppressionConditions } from "../../detect/suppress/index.ts";
import type { Severity } from "../../detect/incidents/incident.ts";

/** Other settings, to be held against what is stored. At most one of `pValue` and `perDay`. */
export interface WhatIfQuery {
  /** Rows that normal traffic equals at most this often would have been flagged. */
  readonly pValue?: number | undefined;
  /** At most so many incidents a day. */
  readonly perDay?: number | undefined;
  /** Beside those that are active. */
  readonly suppressions?: readonly SuppressionConditions[] | undefined;
  /** Seconds since 1970: incidents that began at `from` or later, and before `to`. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

export interface WhatIfIncident {
  readonly id: string;
  readonly sensor: string;
  readonly headline: string;
  readonly severity: Severity;
  readonly firstSeen: number;
  readonly alerts: number;
  /** p-value of its rarest alert. */
  readonly rarest: number;
}

export interface WhatIf {
  /** The cut that was asked for, or that the budget stands for; absent where neither was asked. */
  readonly pValue?: number | undefined;
  /** UTC days in the order of time, those without incidents included. `estimate` is what a looser cut would give. */
  readonly days: readonly {
    readonly day: string;
    readonly incidents: number;
    readonly remaining: number;
    readonly estimate?: number | undefined;
  }[];
  /** Incidents now, and those of them that would remain. */
  readonly incidents: number;
  readonly remaining: readonly WhatIfIncident[];
  /** What the answer does not know, as sentences without a full stop. */
  readonly doubts: readonly string[];
}
