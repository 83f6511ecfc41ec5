import type { Alert } from "../alert.ts";
import { NamedCount, type NamedState } from "./distinct-count.ts";
import type { Kind } from "./kinds.ts";
import { PortCount, type PortState } from "./port-count.ts";
import { PValueCount, type PValueState } from "./severity.ts";

/** Alerts that are kept whole. */
const mostEvidence = 10;
const mostCaveats = 5;
const mostReplaced = 16;
/** A log may state a uid or service of any length; nobody reads more than this of it. */
const longestText = 200;

/** What the loudest alert of one kind says. */
interface Voice {
  readonly kind: Kind;
  alerts: number;
  pValue: number;
  alert: Alert;
}

/** What a tally remembers, as plain data (of structured clone). An alert that stands in several places is one object. */
export interface TallyState {
  readonly id: string;
  readonly openedBy: string;
  readonly alerts: number;
  readonly firstSeen: number;
  readonly lastSeen: number;
  readonly sentBytes: number;
  readonly receivedBytes: number;
  readonly sources: NamedState;
  readonly targets: NamedState;
  readonly ports: PortState;
  readonly pValues: PValueState;
  readonly evidence: readonly Alert[];
  readonly caveats: ReadonlyMap<string, string>;
  readonly replaces: readonly string[];
  readonly voices: readonly Voice[];
  readonly first: Alert | undefined;
  readonly last: Alert | undefined;
}

/** Everything that is kept of the alerts of one incident: at most some 40 kB, whatever their number. */
export class IncidentTally {
  alerts = 0;
  firstSeen = Infinity;
  lastSeen = -Infinity;
  sentBytes = NaN;
  receivedBytes = NaN;
  readonly sources = new NamedCount();
  readonly targets = new NamedCount();
  readonly ports = new PortCount();
  readonly pValues = new PValueCount();
  /** Strongest first. */
  readonly evidence: Alert[] = [];
  /** By what they say without their numbers: the first of each. */
  readonly #caveats = new Map<string, string>();
  readonly replaces: string[] = [];
  readonly #voices = new Map<string, Voice>();
  #first: Alert | undefined;
  #last: Alert | undefined;
  /** Of the incident; "" until somebody has asked for it. */
  id = "";
  /** Target and service of the alert that opened the incident: two of one host may open at the same time. */
  readonly openedBy: string;

  constructor(openedBy: string) {
    this.openedBy = openedBy;
  }

  save(): TallyState {
    return {
      id: this.id,
      openedBy: this.openedBy,
      alerts: this.alerts,
      firstSeen: this.firstSeen,
      lastSeen: this.lastSeen,
      sentBytes: this.sentBytes,
      receivedBytes: this.receivedBytes,
      evidence: this.evidence,
      replaces: this.replaces,
      sources: this.sources.save(),
      targets: this.targets.save(),
      ports: this.ports.save(),
      pValues: this.pValues.save(),
      caveats: this.#caveats,
      voices: [...this.#voices.values()],
      first: this.#first,
      last: this.#last,
    };
  }

  /** @param kindOf the one object that stands for a kind */
  static load(state: TallyState, kindOf: (kind: Kind) => Kind): IncidentTally {
    const tally = new IncidentTally(state.openedBy);
    tally.id = state.id;
    tally.alerts = state.alerts;
    tally.firstSeen = state.firstSeen;
    tally.lastSeen = state.lastSeen;
    tally.sentBytes = state.sentBytes;
    tally.receivedBytes = state.receivedBytes;
    tally.sources.load(state.sources);
    tally.targets.load(state.targets);
    tally.ports.load(state.ports);
    tally.pValues.load(state.pValues);
    tally.evidence.push(...state.evidence);
    for (const [key, caveat] of state.caveats) tally.#caveats.set(key, caveat);
    tally.replaces.push(...state.replaces);
    for (const voice of state.voices)
      tally.#voices.set(voice.kind.id, { ...voice, kind: kindOf(voice.kind) });
    tally.#first = state.first;
    tally.#last = state.last;
    return tally;
  }

  add(given: Alert, kind: Kind): void {
    const alert = clipped(given);
    this.alerts++;
    this.firstSeen = Math.min(this.firstSeen, alert.ts);
    this.lastSeen = Math.max(this.lastSeen, alert.end);
    this.sentBytes = sumOfKnown(this.sentBytes, alert.sentBytes);
    this.receivedBytes = sumOfKnown(this.receivedBytes, alert.receivedBytes);
    this.sources.add(alert.originator);
    this.targets.add(alert.responder);
    this.ports.add(alert.responderPort, alert.proto);
    this.pValues.add(alert.pValue);
    this.#keepEvidence(alert);
    this.#first ??= alert;
    this.#last = alert;
    for (const caveat of alert.caveats) this.#warn(caveat);
    this.#hear({ kind, alerts: 1, pValue: alert.detections[0]?.pValue ?? alert.pValue, alert });
  }

  /** Takes over another incident, whose id was `id`. */
  merge(other: IncidentTally, id: string): void {
    this.alerts += other.alerts;
    this.firstSeen = Math.min(this.firstSeen, other.firstSeen);
    this.lastSeen = Math.max(this.lastSeen, other.lastSeen);
    this.sentBytes = sumOfKnown(this.sentBytes, other.sentBytes);
    this.receivedBytes = sumOfKnown(this.receivedBytes, other.receivedBytes);
    this.sources.merge(other.sources);
    this.targets.merge(other.targets);
    this.ports.merge(other.ports);
    this.pValues.merge(other.pValues);
    for (const alert of other.evidence) this.#keepEvidence(alert);
    for (const caveat of other.caveats) this.#warn(caveat);
    if (this.#first === undefined || (other.#first !== undefined && other.#first.end < this.#first.end))
      this.#first = other.#first;
    if (this.#last === undefined || (other.#last !== undefined && other.#last.end > this.#last.end))
      this.#last = other.#last;
    for (const voice of other.#voices.values()) this.#hear(voice);
    for (const replaced of [...other.replaces, id])
      if (this.replaces.length < mostReplaced) this.replaces.push(replaced);
  }

  get caveats(): Iterable<string> {
    return this.#caveats.values();
  }

  get first(): Alert | undefined {
    return this.#first;
  }

  get last(): Alert | undefined {
    return this.#last;
  }

  /** The kind that speaks for the incident, with its loudest alert: a named one if there is one, then the rarest. */
  loudest(): { readonly kind: Kind; readonly alert: Alert } | undefined {
    let loudest: Voice | undefined;
    for (const voice of this.#voices.values()) {
      if (loudest === undefined || isLouder(voice, loudest)) loudest = voice;
    }
    return loudest;
  }

  #hear(heard: Voice): void {
    const voice = this.#voices.get(heard.kind.id);
    if (voice === undefined) {
      this.#voices.set(heard.kind.id, { ...heard });
      return;
    }
    voice.alerts += heard.alerts;
    // Of equally rare ones the latest: what it counts has grown.
    if (heard.pValue > voice.pValue || (heard.pValue === voice.pValue && heard.alert.end < voice.alert.end))
      return;
    voice.pValue = heard.pValue;
    voice.alert = heard.alert;
  }

  #warn(caveat: string): void {
    const key = caveat.replace(/\d[\d,.]*/g, "#");
    if (this.#caveats.size < mostCaveats && !this.#caveats.has(key)) this.#caveats.set(key, caveat);
  }

  #keepEvidence(alert: Alert): void {
    const { evidence } = this;
    let rank = evidence.length;
    while (rank > 0 && isStronger(alert, evidence[rank - 1]!)) rank--;
    if (rank >= mostEvidence) return;
    evidence.splice(rank, 0, alert);
    if (evidence.length > mostEvidence) evidence.pop();
  }
}

function isStronger(a: Alert, b: Alert): boolean {
  return a.pValue < b.pValue || (a.pValue === b.pValue && a.score > b.score);
}

function isLouder(a: Voice, b: Voice): boolean {
  if (a.kind.isNamed !== b.kind.isNamed) return a.kind.isNamed;
  return a.pValue < b.pValue || (a.pValue === b.pValue && a.alerts > b.alerts);
}

function sumOfKnown(sum: number, bytes: number): number {
  if (!(bytes >= 0)) return sum;
  return sum >= 0 ? sum + bytes : bytes;
}

function clipped(alert: Alert): Alert {
  const { uid, service, proto, state } = alert;
  if (uid.length + service.length + proto.length + state.length <= longestText) return alert;
  const clip = (text: string) => (text.length > longestText ? `${text.slice(0, longestText)}…` : text);
  return { ...alert, uid: clip(uid), service: clip(service), proto: clip(proto), state: clip(state) };
}
