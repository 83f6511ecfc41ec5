import type { Alert } from "../detect/alert.ts";
import type { Incident } from "../detect/incidents/index.ts";

/** An incident as a store knows it. */
export interface ShownIncident {
  readonly incident: Incident;
  readonly sensor: string;
  readonly revision: number;
  readonly status: "open" | "closed" | "confirmed";
  readonly isSuppressed: boolean;
  readonly suppressedAlerts: number;
  readonly isOver: boolean;
  readonly replacedBy?: string | undefined;
}

/** An alert as a store knows it. */
export interface ShownAlert {
  readonly id: string;
  readonly incident: string;
  readonly sensor: string;
  readonly alert: Alert;
  readonly suppressions: readonly number[];
}

/** Enough of an id to name the thing in a store of a person's size; commands take it as they take the whole. */
export function shortId(id: string): string {
  return id.slice(0, 8);
}

/** One word for what became of an incident. */
export function statusText({ status, isSuppressed, replacedBy }: ShownIncident): string {
  if (replacedBy !== undefined) return "replaced";
  return isSuppressed ? "suppressed" : status;
}
