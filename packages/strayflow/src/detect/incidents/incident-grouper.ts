import { createHash } from "node:crypto";
import { hashText } from "../../base/random.ts";
import type { Alert } from "../alert.ts";
import { AlertGrouping, type Group, type GroupingLimits } from "./grouping.ts";
import { headlineOf } from "./headline.ts";
import { compareIncidents, type Incident, type StoryEntry } from "./incident.ts";
import { IncidentTally } from "./incident-tally.ts";
import { Kinds } from "./kinds.ts";
import { severityOf } from "./severity.ts";

export interface GrouperOptions {
  /** The family that computes a feature: unnamed alerts of one theme belong together. */
  readonly familyOf?: (feature: string) => string | undefined;
  /** Closed incidents that are kept, the worst ones; default 1,000. */
  readonly mostKept?: number;
  /** Hears of every incident once, when nothing more will join it; `finish` closes all. */
  readonly onClose?: (incident: Incident) => void;
  readonly limits?: Partial<GroupingLimits>;
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

  constructor({ familyOf, mostKept = defaultKept, onClose, limits }: GrouperOptions = {}) {
    this.#kinds = new Kinds(familyOf);
    this.#mostKept = mostKept;
    this.#onClose = onClose;
    this.#grouping = new AlertGrouping<string, IncidentTally>(
      {
        create: ({ responder, service }) => new IncidentTally(`${responder}\n${service}`),
        onClose: (group) => this.#keep(incidentOf(group)),
        onFold: (into, from) => into.content.merge(from.content, idOf(from)),
      },
      limits,
    );
  }

  /** Incidents so far, closed ones that are no longer kept included. */
  get count(): number {
    return this.#closedCount + this.#grouping.openCount;
  }

  add(alert: Alert): void {
    const kind = this.#kinds.of(alert);
    const group = this.#grouping.place({
      time: alert.end,
      originator: alert.originator,
      responder: alert.responder,
      service: serviceNumber(alert),
      kind,
    });
    group.content.add(alert, kind);
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

/** ICMP has no service; its types would be one each. */
function serviceNumber({ proto, responderPort }: Alert): number {
  if (proto.startsWith("icmp")) return -1;
  return (proto === "tcp" ? 0 : proto === "udp" ? 1 : 2 + (hashText(proto) & 0xff)) * 65_536 + responderPort;
}

/** 16 hexadecimal digits. */
function idOf({ role, host, kind, first, content }: AlertGroup): string {
  const opening = [role, host, kind.id, first, content.openedBy].join("\n");
  return createHash("sha256").update(opening).digest("hex").slice(0, 16);
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
