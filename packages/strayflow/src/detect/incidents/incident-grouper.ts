import { createHash } from "node:crypto";
import { hashText } from "../../base/random.ts";
import type { Alert } from "../alert.ts";
import {
  AlertGrouping,
  type Group,
  type GroupingLimits,
  type GroupingState,
  type Placed,
} from "./grouping.ts";
import { headlineOf } from "./headline.ts";
import { compareIncidents, type Incident, type StoryEntry } from "./incident.ts";
import { IncidentTally, type TallyState } from "./incident-tally.ts";
import { Kinds, type Kind } from "./kinds.ts";
import { severityOf } from "./severity.ts";

export interface GrouperOptions {
  /** The family that computes a feature: unnamed alerts of one theme belong together. */
  readonly familyOf?: (feature: string) => string | undefined;
  /** Closed incidents that are kept, the worst ones; default 1,000. */
  readonly mostKept?: number;
  /** Hears of every incident once, when nothing more will join it; `finish` closes all. */
  readonly onClose?: (incident: Incident) => void;
  /** Hears of every incident that turns out to be a part of another one, by their ids. */
  readonly onFold?: (into: string, from: string) => void;
  readonly limits?: Partial<GroupingLimits>;
}

/** The incident that an alert has joined, as it stands until the next alert comes. */
export interface JoinedIncident {
  readonly id: string;
  /** The new one included. */
  readonly alerts: number;
  /** How rare the strongest alert is. */
  readonly rarest: number;
  /** Id of the kind that speaks for it. */
  kind(): string;
  /** All that is to be said of it; takes some time. */
  describe(): Incident;
}

/** What a grouper remembers, as plain data (of structured clone): what `v8.serialize` takes. */
export interface GrouperState {
  readonly kinds: readonly Kind[];
  readonly grouping: GroupingState<string, TallyState>;
  readonly closed: number;
}

type AlertGroup = Group<string, IncidentTally>;

const defaultKept = 1000;

/**
 * Makes incidents of alerts that come in the stream's order. What comes out depends on the sequence of alerts alone.
 * Memory: at most `limits.open` (2,048) open incidents of some 40 kB each, and `mostKept` closed ones with their
 * evidence; real incidents take a tenth of that.
 */
export class IncidentGrouper {
  readonly #kinds: Kinds;
  readonly #grouping: AlertGrouping<string, IncidentTally>;
  readonly #mostKept: number;
  readonly #onClose: ((incident: Incident) => void) | undefined;
  #closed: Incident[] = [];
  #closedCount = 0;

  constructor({ familyOf, mostKept = defaultKept, onClose, onFold, limits }: GrouperOptions = {}) {
    this.#kinds = new Kinds(familyOf);
    this.#mostKept = mostKept;
    this.#onClose = onClose;
    this.#grouping = new AlertGrouping<string, IncidentTally>(
      {
        create: ({ responder, service }) => new IncidentTally(`${responder}\n${service}`),
        onClose: (group) => this.#keep(incidentOf(group)),
        onFold: (into, from) => {
          into.content.merge(from.content, idOf(from));
          onFold?.(idOf(into), idOf(from));
        },
      },
      limits,
    );
  }

  /** Incidents so far, closed ones that are no longer kept included. */
  get count(): number {
    return this.#closedCount + this.#grouping.openCount;
  }

  /** @param now the stream's clock at the alert: where all rows are seen, a row from the future can be told from the time */
  add(alert: Alert, now = alert.end): JoinedIncident {
    const kind = this.#kinds.of(alert);
    const group = this.#grouping.place(placedAlert(alert, kind, now));
    group.content.add(alert, kind);
    const { content } = group;
    return {
      id: idOf(group),
      alerts: content.alerts,
      rarest: content.evidence[0]?.pValue ?? 1,
      kind: () => content.loudest()!.kind.id,
      describe: () => incidentOf(group),
    };
  }

  /**
   * What it remembers of open incidents, for `load`; closed ones are not part of it. Shares memory with the grouper: to be
   * serialized before the next alert comes.
   */
  save(): GrouperState {
    const grouping = this.#grouping.save((tally) => tally.save());
    return { kinds: this.#kinds.save(), grouping, closed: this.#closedCount };
  }

  /** Takes over what another one remembered; for a grouper that has seen nothing. */
  load(state: GrouperState): void {
    this.#kinds.load(state.kinds);
    const kindOf = (kind: Kind) => this.#kinds.sameAs(kind);
    this.#grouping.load(state.grouping, (saved) => IncidentTally.load(saved, kindOf), kindOf);
    this.#closedCount = state.closed;
  }

  /** Closes what has been idle for too long at the given time: for a live stream on which nothing happens. */
  advance(time: number): void {
    this.#grouping.advance(time);
  }

  /** Incidents that may still grow, worst first. */
  open(): Incident[] {
    return Array.from(this.#grouping.open(), incidentOf).sort(compareIncidents);
  }

  /** Closes everything and returns all that is kept, worst first. */
  finish(): Incident[] {
    this.#grouping.closeAll();
    return this.#closed.sort(compareIncidents).slice(0, this.#mostKept);
  }

  #keep(incident: Incident): void {
    this.#closedCount++;
    this.#onClose?.(incident);
    if (this.#mostKept === 0) return;
    this.#closed.push(incident);
    if (this.#closed.length >= 2 * this.#mostKept) {
      this.#closed = this.#closed.sort(compareIncidents).slice(0, this.#mostKept);
    }
  }
}

/** What grouping must know of an alert. */
export function placedAlert(alert: Alert, kind: Kind, time = alert.end): Placed<string> {
  const { originator, responder } = alert;
  return { time, originator, responder, service: serviceNumber(alert), kind };
}

/** ICMP has no service; its types would be one each. */
function serviceNumber({ proto, responderPort }: Alert): number {
  if (proto.startsWith("icmp")) return -1;
  return (proto === "tcp" ? 0 : proto === "udp" ? 1 : 2 + (hashText(proto) & 0xff)) * 65_536 + responderPort;
}

/** 16 hexadecimal digits. */
function idOf({ role, host, kind, first, content }: AlertGroup): string {
  if (content.id !== "") return content.id;
  const opening = [role, host, kind.id, first, content.openedBy].join("\n");
  content.id = createHash("sha256").update(opening).digest("hex").slice(0, 16);
  return content.id;
}

function incidentOf(group: AlertGroup): Incident {
  const { host, role, content } = group;
  const { alerts, firstSeen, lastSeen, evidence } = content;
  const loudest = content.loudest()!;
  const lists = {
    sources: content.sources.list(),
    targets: content.targets.list(),
    ports: content.ports.list(),
  };
  const seconds = Math.max(0, lastSeen - firstSeen);
  const pValue = content.pValues.simes();
  return {
    id: idOf(group),
    headline: headlineOf({ host, role, alerts, firstSeen, lastSeen, ...lists }, loudest),
    severity: severityOf({
      pValue,
      alerts,
      seconds,
      isNamed: loudest.kind.isNamed,
      isDoubtful: role === "originator" && (evidence[0]?.caveats.length ?? 0) > 0,
    }),
    pValue,
    host,
    role,
    kind: loudest.kind.id,
    isNamed: loudest.kind.isNamed,
    firstSeen,
    lastSeen,
    alerts,
    ...lists,
    sentBytes: content.sentBytes,
    receivedBytes: content.receivedBytes,
    evidence: [...evidence],
    story: storyOf(content),
    // What is known of one source of many says nothing of the incident.
    caveats: role === "originator" ? [...content.caveats] : [],
    replaces: [...content.replaces],
  };
}

/** First, strongest and last alert, each once. */
function storyOf({ first, last, evidence }: IncidentTally): StoryEntry[] {
  const story: StoryEntry[] = [];
  if (first !== undefined) story.push({ moment: "first", alert: first });
  const peak = evidence[0];
  if (peak !== undefined && peak !== first && peak !== last) story.push({ moment: "peak", alert: peak });
  if (last !== undefined && last !== first) story.push({ moment: "last", alert: last });
  return story;
}
