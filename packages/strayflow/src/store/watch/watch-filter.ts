import type { Severity } from "../../detect/incidents/incident.ts";
import type { NumberRange } from "../filter.ts";

/** What a person made of an incident. */
export const verdicts = ["open", "closed", "confirmed"] as const;
export type Verdict = (typeof verdicts)[number];

/** What incidents are asked for by: `suppressed` and `replaced` ones have none of the other three. */
export const incidentStatuses = [...verdicts, "suppressed", "replaced"] as const;
export type IncidentStatus = (typeof incidentStatuses)[number];

/** Of the alerts that are kept; everything that is present must hold, of a list one entry. Addresses or CIDRs. */
interface TrafficConditions {
  /** Either end; of an incident also the host that it is about. */
  readonly host?: readonly string[] | undefined;
  readonly orig?: readonly string[] | undefined;
  readonly resp?: readonly string[] | undefined;
  /** Between these two, whoever began. */
  readonly pair?: readonly (readonly [string, string])[] | undefined;
  /** The responder's. */
  readonly port?: readonly (number | NumberRange)[] | undefined;
  readonly proto?: readonly string[] | undefined;
  /** As logged; "" is unset. */
  readonly service?: readonly string[] | undefined;
  /** A feature among the reasons. */
  readonly reason?: readonly string[] | undefined;
}

interface Conditions extends TrafficConditions {
  readonly sensor?: readonly string[] | undefined;
  /** Of the incident. */
  readonly severity?: readonly Severity[] | undefined;
  readonly status?: readonly IncidentStatus[] | undefined;
  /** The kind of the incident, or a detector that speaks of an alert. */
  readonly kind?: readonly string[] | undefined;
  /** Incidents, by id. */
  readonly incident?: readonly string[] | undefined;
  readonly pValue?: NumberRange | undefined;
}

/** Conditions on incidents; those on traffic hold where one kept alert satisfies all of them. */
export interface IncidentConditions extends Conditions {
  readonly alerts?: NumberRange | undefined;
  /** Nothing more will join it. */
  readonly isOver?: boolean | undefined;
}

/** A choice of incidents: those that were going on at some time from `from` on and before `to` (seconds since 1970). */
export interface IncidentFilter extends IncidentConditions {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** Each of these conditions excludes the incidents for which it holds. */
  readonly not?: IncidentConditions | undefined;
}

export interface AlertConditions extends Conditions {
  /** Covered by an active suppression. */
  readonly suppressed?: boolean | undefined;
}

/** A choice of alerts: of connections that ended at `from` or later, and before `to` (seconds since 1970). */
export interface AlertFilter extends AlertConditions {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly not?: AlertConditions | undefined;
}

export interface IncidentQuery {
  readonly where?: IncidentFilter | undefined;
  /** `worst`: by severity, rarity, size. `latest`: last seen first. `first`: first seen first. Unless told, worst. */
  readonly order?: "worst" | "latest" | "first" | undefined;
  /** 100 unless told, at most 1,000. */
  readonly limit?: number | undefined;
  /** `next` of the page before, of a query that is otherwise the same. */
  readonly cursor?: string | undefined;
}

export interface AlertQuery {
  readonly where?: AlertFilter | undefined;
  /** `strongest`: rarest first. `latest`: last one first. `first`: in stream order. Unless told, latest. */
  readonly order?: "strongest" | "latest" | "first" | undefined;
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}
