import type { Alert } from "../../detect/alert.ts";
import {
  severities,
  type Incident,
  type JoinedIncident,
  type Severity,
} from "../../detect/incidents/index.ts";

/** What there is to say of an incident at one alert. */
export interface News {
  readonly incident: Incident;
  readonly news: "opened" | "grew";
  /** Counts the news of the incident, from 1. */
  readonly revision: number;
}

/** What was said of an open incident, and when it is looked at again. */
interface Told {
  readonly revision: number;
  readonly severity: Severity;
  /** So many alerts are news. */
  readonly nextAlerts: number;
  /** Its severity is computed anew at so many alerts, at an alert so rare, and when something named joins. */
  readonly lookAlerts: number;
  readonly lookPValue: number;
  readonly isNamed: boolean;
}

/** Plain data (of structured clone). */
export type NewsState = ReadonlyMap<string, Told>;

/**
 * Decides when somebody should hear of an incident: at its first alert, when it has ten times as many, and when its
 * severity has risen. That depends on the sequence of alerts alone and not on when it is asked, so that the revisions of
 * an incident are the same however the log was cut.
 */
export class IncidentNews {
  #told = new Map<string, Told>();

  /** Takes an alert and the incident that it has joined. */
  joined(joined: JoinedIncident, alert: Pick<Alert, "detections">): News | undefined {
    const told = this.#told.get(joined.id);
    if (told === undefined) return this.#tell(joined.describe(), "opened", 1);
    if (joined.alerts >= told.nextAlerts) return this.#tell(joined.describe(), "grew", told.revision + 1);
    const isNewlyNamed = !told.isNamed && alert.detections.length > 0;
    if (joined.alerts < told.lookAlerts && joined.rarest > told.lookPValue && !isNewlyNamed) return undefined;
    const incident = joined.describe();
    if (severities.indexOf(incident.severity) > severities.indexOf(told.severity))
      return this.#tell(incident, "grew", told.revision + 1);
    const { severity, nextAlerts, revision } = told;
    this.#told.set(joined.id, { ...toldOf(incident, revision), severity, nextAlerts });
    return undefined;
  }

  /** It is closed, or part of another one now. Gives the revision at which that is news. */
  forget(id: string): number {
    const revision = this.#told.get(id)?.revision ?? 0;
    this.#told.delete(id);
    return revision + 1;
  }

  /** Shares memory with the news: to be serialized before the next alert comes. */
  save(): NewsState {
    return this.#told;
  }

  load(state: NewsState): void {
    this.#told = new Map(state);
  }

  #tell(incident: Incident, news: News["news"], revision: number): News {
    this.#told.set(incident.id, toldOf(incident, revision));
    return { incident, news, revision };
  }
}

function toldOf({ severity, alerts, isNamed, evidence }: Incident, revision: number): Told {
  return {
    revision,
    severity,
    nextAlerts: 10 ** (Math.floor(Math.log10(alerts)) + 1),
    lookAlerts: Math.ceil(alerts * LOOK_AGAIN),
    lookPValue: (evidence[0]?.pValue ?? 1) / LOOK_AGAIN,
    isNamed,
  };
}

/** Less growth does not move the severity by a step. */
const LOOK_AGAIN = 1.3;
