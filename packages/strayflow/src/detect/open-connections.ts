import { formatBytes, formatCount, formatDuration } from "../base/units.ts";
import { formatAddress, type Batch } from "../zeek/index.ts";
import type { Alert, Detection } from "./alert.ts";
import { partiesOf } from "./detectors/parties.ts";
import { beyondOthers, casesIn, countCase, othersAsLarge, VOLUME_WORDS } from "./detectors/volumes.ts";

/** What connections that are over were like: histograms as of `volumes.ts`. */
interface Usual {
  readonly seconds: Float32Array;
  readonly sent: Float32Array;
}

/** A connection that is still open, as it was when somebody was told of it. */
interface Held {
  readonly seconds: number;
  readonly sent: number;
  readonly detectors: readonly string[];
}

/** Plain data (of structured clone). */
export interface OpenConnectionsState {
  readonly all: Usual;
  readonly services: ReadonlyMap<string, Usual>;
  readonly held: ReadonlyMap<string, Held>;
}

/**
 * Speaks of connections that are not over yet, which come again and again with their totals so far. They are held against
 * those of the same stream that are over, in how long they last and how much they send, and change nothing of what is
 * remembered: the connection itself will come when it ends. What is usual of its service excuses it.
 *
 * A connection is told of at most when it is rare for the first time, when it has become twice as much, and each six hours, so
 * that what is said of it stays one incident. Memory is bounded: 4,096 connections, 512 services.
 */
export class OpenConnections {
  readonly #asked: number;
  #all: Usual = nothingYet();
  #services = new Map<string, Usual>();
  /** By uid, the one seen last at the end. */
  #held = new Map<string, Held>();

  /** @param pValue what rows that are over are flagged at; open ones have a tenth of that rate for themselves */
  constructor(pValue: number) {
    this.#asked = pValue * SHARE;
  }

  /** Takes a connection that is over. */
  ended(batch: Batch, row: number): void {
    const seconds = batch.duration[row]!;
    if (seconds >= LEAST_SECONDS && this.#held.size > 0) this.#held.delete(uidOf(batch, row));
    // Only what was answered is a connection that could last.
    if (!(seconds > 0 && batch.resp_bytes[row]! > 0)) return;
    const sent = batch.orig_bytes[row]!;
    count(this.#all, seconds, sent);
    count(this.#usualOf(serviceOf(batch, row)), seconds, sent);
  }

  /**
   * Takes one that was open when its row was written; gives an alert where somebody should hear of it.
   *
   * @param now the stream's clock: what was open long before is over, and is judged as such
   */
  judge(batch: Batch, row: number, now: number): Alert | undefined {
    const seconds = batch.duration[row]!;
    const sent = batch.orig_bytes[row]! > 0 ? batch.orig_bytes[row]! : 0;
    const end = batch.ts[row]! + seconds;
    if (!(seconds >= LEAST_SECONDS && end >= now - STALE_SECONDS)) return undefined;
    const usual = this.#services.get(serviceOf(batch, row));
    const long =
      2 * Math.max(rarity(this.#all.seconds, seconds * UNITS), share(usual?.seconds, seconds * UNITS));
    const much = 2 * Math.max(rarity(this.#all.sent, sent), share(usual?.sent, sent));
    const detections = this.#detections(batch, row, { seconds, sent, long, much });
    const [first] = detections;
    if (first === undefined) return undefined;
    const uid = uidOf(batch, row);
    const detectors = detections.map(({ detector }) => detector);
    const before = this.#held.get(uid);
    if (before !== undefined && !isNews(before, { seconds, sent, detectors })) {
      this.#remember(uid, before);
      return undefined;
    }
    this.#remember(uid, { seconds, sent, detectors });
    const { proto, service, conn_state } = batch;
    return {
      end,
      ts: batch.ts[row]!,
      uid,
      originator: formatAddress(batch.orig_h, row),
      responder: formatAddress(batch.resp_h, row),
      responderPort: batch.resp_p[row]!,
      proto: proto.values[proto.codes[row]!]!,
      service: service.values[service.codes[row]!]!,
      state: conn_state.values[conn_state.codes[row]!]!,
      sentBytes: batch.orig_bytes[row]!,
      receivedBytes: batch.resp_bytes[row]!,
      score: -Math.log10(first.pValue),
      pValue: first.pValue,
      reasons: [],
      detections,
      caveats: ["this connection is still open: it is counted when it ends"],
    };
  }

  /** Shares memory with this: to be serialized before the next row comes. */
  save(): OpenConnectionsState {
    return { all: this.#all, services: this.#services, held: this.#held };
  }

  load({ all, services, held }: OpenConnectionsState): void {
    this.#all = all;
    this.#services = new Map(services);
    this.#held = new Map(held);
  }

  /** Rarest first. */
  #detections(
    batch: Batch,
    row: number,
    { seconds, sent, long, much }: Record<"seconds" | "sent" | "long" | "much", number>,
  ): Detection[] {
    const { originator, responder, service } = partiesOf(batch, row);
    const cases = formatCount(Math.round(casesIn(this.#all.seconds, 0)));
    const others = (counts: Float32Array, amount: number) => {
      const number = Math.round(othersAsLarge(counts, 0, amount, 0));
      return `of ${cases} connections that have ended, ${number === 0 ? "none" : formatCount(number)}`;
    };
    const lasting = formatDuration(Math.round(seconds));
    const found: Detection[] = [];
    if (long <= this.#asked)
      found.push({
        detector: "long-connection",
        pValue: long,
        sentence:
          `${originator} has held a connection to ${service} of ${responder} open for ${lasting}, with ${formatBytes(sent)} ` +
          `sent so far; ${others(this.#all.seconds, seconds * UNITS)} lasted as long`,
      });
    if (much <= this.#asked)
      found.push({
        detector: "exfiltration",
        pValue: much,
        sentence:
          `${originator} has sent ${formatBytes(sent)} so far to ${service} of ${responder}, on a connection that is still ` +
          `open after ${lasting}; ${others(this.#all.sent, sent)} sent as much`,
      });
    return found.sort((a, b) => a.pValue - b.pValue);
  }

  #remember(uid: string, held: Held): void {
    this.#held.delete(uid);
    this.#held.set(uid, held);
    if (this.#held.size <= MOST_HELD) return;
    for (const oldest of this.#held.keys()) {
      this.#held.delete(oldest);
      return;
    }
  }

  #usualOf(service: string): Usual {
    let usual = this.#services.get(service);
    if (usual !== undefined) return usual;
    if (this.#services.size >= MOST_SERVICES) {
      const byCases = [...this.#services].sort(
        ([, a], [, b]) => casesIn(b.seconds, 0) - casesIn(a.seconds, 0),
      );
      this.#services = new Map(byCases.slice(0, MOST_SERVICES / 2));
    }
    this.#services.set(service, (usual = nothingYet()));
    return usual;
  }
}

function nothingYet(): Usual {
  return { seconds: new Float32Array(VOLUME_WORDS), sent: new Float32Array(VOLUME_WORDS) };
}

function count({ seconds, sent }: Usual, lasted: number, bytes: number): void {
  countCase(seconds, 0, lasted * UNITS, MOST_CASES);
  countCase(sent, 0, bytes > 0 ? bytes : 0, MOST_CASES);
}

/**
 * The share of cases that are as large, this one counted among them; beyond the largest of enough with Pareto's tail of
 * exponent 1, the lightest that has no mean.
 */
function rarity(counts: Float32Array, amount: number): number {
  const beyond = beyondOthers(counts, 0, 0);
  const mine = amount > beyond && casesIn(counts, 0) >= ENOUGH_CASES ? beyond / amount : 1;
  return Math.min(1, (othersAsLarge(counts, 0, amount, 0) + mine) / (1 + casesIn(counts, 0)));
}

/** The share of a service's cases that are as large; 0 where there are too few to excuse anything. */
function share(counts: Float32Array | undefined, amount: number): number {
  const cases = counts === undefined ? 0 : casesIn(counts, 0);
  return cases < FEW_CASES ? 0 : othersAsLarge(counts!, 0, amount, 0) / cases;
}

function isNews(before: Held, { seconds, sent, detectors }: Held): boolean {
  if (detectors.some((detector) => !before.detectors.includes(detector))) return true;
  if (seconds >= before.seconds + Math.min(before.seconds, AGAIN_SECONDS)) return true;
  return before.detectors.includes("exfiltration") && sent >= 2 * before.sent;
}

function serviceOf({ proto, resp_p }: Batch, row: number): string {
  return `${proto.values[proto.codes[row]!]!} ${resp_p[row]!}`;
}

function uidOf({ text, uid }: Batch, row: number): string {
  return Buffer.from(text.subarray(uid.start[row], uid.end[row])).toString("utf8");
}

/** Of the rate that was asked for. */
const SHARE = 0.1;
/** Histograms begin at 1 KiB: a unit is about a millisecond. */
const UNITS = 1000;
const LEAST_SECONDS = 600;
const STALE_SECONDS = 3600;
const AGAIN_SECONDS = 6 * 3600;
const MOST_HELD = 4096;
const MOST_SERVICES = 512;
const MOST_CASES = 1_000_000;
/** Of a service, to excuse. */
const FEW_CASES = 20;
/** Of all, before anything is said of what lies beyond them. */
const ENOUGH_CASES = 1000;
