import type { Alert } from "../../detect/alert.ts";
import type { Incident, JoinedIncident } from "../../detect/incidents/index.ts";
import { alertMessage, incidentMessage, type Message, type OpenedSink } from "../../sinks/index.ts";
import { alertIdOf } from "../../store/index.ts";
import type {
  ChangedIncident,
  DriftEntry,
  IncidentChange,
  NewAlert,
  OutgoingMessage,
  RowScores,
  Step,
} from "../../store/index.ts";
import type { Batch } from "../../zeek/index.ts";
import type { SourceLog } from "../sources/index.ts";
import type { News } from "./incident-news.ts";

/** How far one log was worked off. */
export interface LogPlace {
  readonly offset: number;
  readonly isEnded: boolean;
}

/** What is to be said of one incident in this step. */
interface Said {
  readonly incident: Incident;
  readonly revision: number;
  readonly news: News["news"];
}

/** All that came of a sensor's log since its last commit, until it is committed in one transaction. */
export class PendingStep {
  readonly places = new Map<SourceLog, LogPlace>();
  readonly messages: Message[] = [];
  readonly drift: DriftEntry[] = [];
  rows = 0;
  readonly #batches: { readonly batch: Batch; readonly scores: RowScores }[] = [];
  readonly #journal: Uint8Array[] = [];
  readonly #alerts: NewAlert[] = [];
  readonly #alertMessages: { readonly at: number; readonly alert: Alert; readonly incident: string }[] = [];
  readonly #said = new Map<string, Said>();
  readonly #touched = new Map<string, JoinedIncident>();
  readonly #closed = new Map<string, Said>();
  readonly #folded: { readonly from: string; readonly into: string }[] = [];

  get alerts(): number {
    return this.#alerts.length;
  }

  get entries(): number {
    return this.#journal.length;
  }

  get isEmpty(): boolean {
    return this.rows === 0 && this.places.size === 0 && this.messages.length === 0;
  }

  addBatch(batch: Batch, scores: RowScores, entry: Uint8Array): void {
    this.#batches.push({ batch, scores });
    this.#journal.push(entry);
    this.rows += batch.rows;
  }

  /** Of rows that are not stored. */
  addEntry(entry: Uint8Array): void {
    this.#journal.push(entry);
  }

  addAlert(alert: Alert, joined: JoinedIncident, suppressions: readonly number[]): void {
    // Whoever wants single alerts gets those of a flood as long as they say something new.
    if (joined.alerts <= MOST_ALERT_MESSAGES && suppressions.length === 0)
      this.#alertMessages.push({ at: this.#alerts.length, alert, incident: joined.id });
    this.#alerts.push({ alert, incident: joined.id, suppressions });
    this.#touched.set(joined.id, joined);
  }

  say({ incident, news, revision }: News): void {
    const before = this.#said.get(incident.id);
    // Who has heard nothing yet hears of something new.
    this.#said.set(incident.id, { incident, revision, news: before?.news === "opened" ? "opened" : news });
  }

  close(incident: Incident, revision: number): void {
    this.#touched.delete(incident.id);
    this.#closed.set(incident.id, { incident, revision, news: "grew" });
  }

  fold(into: string, from: string): void {
    this.#folded.push({ into, from });
    this.#touched.delete(from);
    this.#said.delete(from);
  }

  /** @param alertsBefore of the sensor, before this step */
  toStep(sensor: string, alertsBefore: number, sinks: readonly OpenedSink[]): Step {
    return {
      sensor,
      batches: this.#batches,
      alerts: this.#alerts,
      incidents: this.#changes(),
      folded: this.#folded,
      drift: this.drift,
      messages: (changed) => this.#outgoing(changed, sensor, alertsBefore, sinks),
      journal: this.#journal,
    };
  }

  /** Gives back the memory of its batches, once they are stored: megabytes a second that else wait for the garbage collector. */
  release(): void {
    for (const { batch } of this.#batches) {
      free(batch.text);
      free(batch.ts);
    }
    this.#batches.length = 0;
  }

  #changes(): IncidentChange[] {
    const changes = Array.from(this.#closed.values(), ({ incident, revision }): IncidentChange => {
      return { incident, isOver: true, news: "closed", revision };
    });
    for (const [id, joined] of this.#touched) {
      const { news, revision } = this.#said.get(id) ?? {};
      changes.push({ incident: joined.describe(), isOver: false, news, revision });
    }
    return changes;
  }

  #outgoing(
    changed: readonly ChangedIncident[],
    sensor: string,
    alertsBefore: number,
    sinks: readonly OpenedSink[],
  ): OutgoingMessage[] {
    if (sinks.length === 0) return [];
    const severity = new Map(changed.map(({ incident }) => [incident.id, incident.severity]));
    const messages: Message[] = [...this.messages];
    if (sinks.some(wantsAlerts)) {
      for (const { at, alert, incident } of this.#alertMessages) {
        const id = alertIdOf(sensor, alertsBefore + at);
        const context = { id, time: alert.end, sensor, incidentId: incident };
        messages.push(alertMessage(alert, { ...context, severity: severity.get(incident) ?? "low" }));
      }
    }
    for (const change of changed) {
      if (change.isSuppressed || change.status === "closed") continue;
      const { id } = change.incident;
      const before = change.severityBefore;
      const say = (kind: "opened" | "grew" | "closed", { incident, revision }: Said) => {
        const context = { time: incident.lastSeen, sensor, revision, severityBefore: before };
        messages.push(incidentMessage(`incident-${kind}`, incident, context));
      };
      const said = this.#said.get(id);
      if (said !== undefined) say(change.severityBefore === undefined ? "opened" : said.news, said);
      const closed = this.#closed.get(id);
      if (closed !== undefined) say("closed", closed);
    }
    return messages.flatMap((message) => {
      const names = sinks.filter((sink) => sink.accepts(message)).map(({ sink }) => sink.name);
      return names.length === 0 ? [] : [{ sinks: names, message }];
    });
  }
}

/** A batch has its columns in one buffer, and its text in another. */
function free({ buffer }: Uint8Array | Float64Array): void {
  if (buffer instanceof ArrayBuffer && !buffer.detached) buffer.transfer(0);
}

/** Whether a sink takes single alerts at all, so that none need be made for those that do not. */
function wantsAlerts(sink: OpenedSink): boolean {
  return sink.accepts(probe);
}

const probe = {
  kind: "alert",
  id: "",
  time: 0,
  sensor: "",
  severity: "critical",
} as unknown as Message;

/** Of one incident. */
const MOST_ALERT_MESSAGES = 1000;
