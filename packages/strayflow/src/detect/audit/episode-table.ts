import type { Batch } from "../../zeek/batch.ts";
import { FROM_INSIDE, TO_INSIDE } from "../detectors/detector-rows.ts";
import { auditLimits } from "./limits.ts";

/** One run of like connections, until silence: tries of one pair of hosts, of one port, of one password. */
export interface Episode {
  /** Ends of the first try that counted, four words each. */
  readonly originator: Uint32Array;
  readonly responder: Uint32Array;
  /** IANA port or ICMP type, and its protocol, of that try. */
  readonly port: number;
  readonly proto: string;
  /** Log time of the first and last try that counted, seconds. */
  readonly from: number;
  readonly to: number;
  readonly tried: number;
  /** Of those, the ones in vain; of guesses, those of one size. */
  readonly counted: number;
  /** The most that counted within 10 seconds on the clock. */
  readonly peak: number;
  /** Different responders and services among those that counted, where the table is told of them. */
  readonly responders: number;
  readonly services: number;
  readonly fromInside: boolean;
  readonly toInside: boolean;
}

/**
 * Counts tries by group, and hands out each episode that reached `least`, or half of it within 10 seconds, when it is over: by silence, because the group
 * was forgotten, or at the end. The caller says which slot a group has, as the rows of the detectors do: `~slot` where
 * it was another's before.
 */
export class EpisodeTable {
  readonly #least: number;
  readonly #silence: number;
  readonly #onEnd: (episode: Episode) => void;
  readonly #protos: string[] = [];
  #slots = 0;
  #serial = 0;
  /** Distinguishes episodes, so that a target can remember in which it was counted; 0 is none. */
  #serials = new Int32Array(0);
  /** For each slot: last try that counted by the stream's clock, or when the episode began; from, to. */
  #times = new Float64Array(0);
  /** Tried, counted, responders, services; the last 10 seconds, how many counted in them, and the most so far. */
  #counts = new Int32Array(0);
  /** Originator (4), responder (4), port, index of the protocol, `DetectorRows.kind`. */
  #words = new Uint32Array(0);

  constructor(least: number, silenceSeconds: number, onEnd: (episode: Episode) => void) {
    this.#least = least;
    this.#silence = silenceSeconds;
    this.#onEnd = onEnd;
  }

  /** The slot of the group's current episode, which is a new one where the group is new, or its last try that counted is long ago. */
  visit(claimed: number, now: number): number {
    const slot = claimed < 0 ? ~claimed : claimed;
    if (slot >= this.#slots) this.#grow(slot + 1);
    if (claimed < 0 || now - this.#times[3 * slot]! > this.#silence) {
      this.#end(slot);
      this.#serials[slot] = ++this.#serial;
      this.#counts.fill(0, COUNTS * slot, COUNTS * (slot + 1));
      this.#times[3 * slot] = now;
    }
    return slot;
  }

  serialOf(slot: number): number {
    return this.#serials[slot]!;
  }

  /** Adds a try to a visited slot; `now` by the stream's clock, `flags` as in `DetectorRows.kind`. */
  add(
    slot: number,
    isCounted: boolean,
    now: number,
    batch: Batch,
    row: number,
    port: number,
    flags: number,
  ): void {
    this.#counts[COUNTS * slot]!++;
    if (!isCounted) return;
    this.#times[3 * slot] = now;
    this.#countPeak(COUNTS * slot, Math.floor(now / auditLimits.fastSeconds) | 0);
    const ts = batch.ts[row]!;
    const times = this.#times;
    if (this.#counts[COUNTS * slot + 1]!++ === 0) {
      times[3 * slot + 1] = ts;
      times[3 * slot + 2] = ts;
      const at = WORDS * slot;
      const words = this.#words;
      words.set(batch.orig_h.subarray(4 * row, 4 * row + 4), at);
      words.set(batch.resp_h.subarray(4 * row, 4 * row + 4), at + 4);
      words[at + 8] = port;
      words[at + 9] = this.#indexOf(batch.proto.values[batch.proto.codes[row]!]!);
      words[at + 10] = flags;
    } else if (ts < times[3 * slot + 1]!) times[3 * slot + 1] = ts;
    else if (ts > times[3 * slot + 2]!) times[3 * slot + 2] = ts;
  }

  #countPeak(at: number, moment: number): void {
    const counts = this.#counts;
    if (counts[at + 4] !== moment) {
      counts[at + 4] = moment;
      counts[at + 5] = 0;
    }
    if (++counts[at + 5]! > counts[at + 6]!) counts[at + 6] = counts[at + 5]!;
  }

  /** Counts a responder that is new in the visited slot's episode, and a service. */
  addResponder(slot: number): void {
    this.#counts[COUNTS * slot + 2]!++;
  }

  addService(slot: number): void {
    this.#counts[COUNTS * slot + 3]!++;
  }

  finish(): void {
    for (let slot = 0; slot < this.#slots; slot++) this.#end(slot);
  }

  #end(slot: number): void {
    const counts = this.#counts;
    const counted = counts[COUNTS * slot + 1]!;
    if (counted < this.#least && counts[COUNTS * slot + 6]! < auditLimits.fastShare * this.#least) return;
    counts[COUNTS * slot + 1] = 0;
    const at = WORDS * slot;
    const words = this.#words;
    this.#onEnd({
      originator: words.slice(at, at + 4),
      responder: words.slice(at + 4, at + 8),
      port: words[at + 8]!,
      proto: this.#protos[words[at + 9]!]!,
      fromInside: (words[at + 10]! & FROM_INSIDE) !== 0,
      toInside: (words[at + 10]! & TO_INSIDE) !== 0,
      from: this.#times[3 * slot + 1]!,
      to: this.#times[3 * slot + 2]!,
      tried: counts[COUNTS * slot]!,
      counted,
      peak: counts[COUNTS * slot + 6]!,
      responders: counts[COUNTS * slot + 2]!,
      services: counts[COUNTS * slot + 3]!,
    });
  }

  /** A log has few protocols; one that makes them up fills no memory. */
  #indexOf(proto: string): number {
    const index = this.#protos.indexOf(proto);
    if (index >= 0) return index;
    return this.#protos.length < MOST_PROTOS ? this.#protos.push(proto) - 1 : MOST_PROTOS - 1;
  }

  #grow(slots: number): void {
    const size = Math.max(256, 2 * this.#slots, slots);
    this.#serials = larger(this.#serials, new Int32Array(size));
    this.#times = larger(this.#times, new Float64Array(3 * size));
    this.#counts = larger(this.#counts, new Int32Array(COUNTS * size));
    this.#words = larger(this.#words, new Uint32Array(WORDS * size));
    this.#slots = size;
  }
}

const COUNTS = 7;
const WORDS = 11;
const MOST_PROTOS = 64;

function larger<A extends Int32Array | Float64Array | Uint32Array>(old: A, grown: A): A {
  grown.set(old);
  return grown;
}
