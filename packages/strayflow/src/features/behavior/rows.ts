import type { ByteReader, ByteWriter } from "../../base/bytes.ts";
import type { Batch, TextColumn } from "../../zeek/batch.ts";
import { finishHash, hashAddress, mixWord } from "./fingerprint.ts";
import type { HashKey } from "./fingerprint.ts";
import type { HalfLife } from "./half-life.ts";
import { KeyTable } from "./key-table.ts";
import { logsOfGrowth } from "./logarithm.ts";
import type { Quantity } from "./moments.ts";
import { sketchMark } from "./distinct-count.ts";
import { StreamClock } from "./stream-clock.ts";
import { Visits } from "./visits.ts";

/**
 * What families keep a memory of. A service is protocol and `id.resp_p` (for ICMP the type, which Zeek writes as
 * `id.orig_p`); a target is a service of one responder as one originator sees it.
 */
export const entities = [
  "originator",
  "responder",
  "pair",
  "target",
  "originatorService",
  "responderService",
] as const;
export type Entity = (typeof entities)[number];

/** How many of each are remembered at once. */
export type EntityLimits = Readonly<Record<Entity, number>>;

export const defaultLimits: EntityLimits = {
  originator: 65_536,
  responder: 65_536,
  pair: 262_144,
  target: 262_144,
  originatorService: 131_072,
  responderService: 131_072,
};

/** The network as a whole is visited by every row. */
export type Visited = Entity | "network";

/** One window length: which bucket of it the row falls into, and how much of the bucket before is inside the window. */
export interface Window {
  readonly seconds: number;
  readonly bucket: Int32Array;
  /** Whole seconds since the bucket began. */
  readonly elapsed: Int32Array;
  readonly left: Float64Array;
}

export type WindowName = "1m" | "5m" | "1h" | "1d";

/** Rows that are prepared at a time: their part of the matrix stays in the processor's cache while all families write it. */
export const MOST_ROWS = 512;

/**
 * What all families need of some consecutive rows of a batch, computed once. The memory is used again for the next rows.
 */
export class BehaviorRows {
  rows = 0;
  /** For kernels; what is in it is of no use to anyone else. */
  readonly scratch = new Float32Array(MOST_ROWS);
  /** The stream's clock, seconds. Never falls. */
  readonly time = new Float64Array(MOST_ROWS);
  /** Hours since 1970 by the log's own clock. */
  readonly hour = new Int32Array(MOST_ROWS);
  /** Each length divides the next, so that buckets nest. */
  readonly windows: Readonly<Record<WindowName, Window>> = {
    "1m": openWindow(60),
    "5m": openWindow(300),
    "1h": openWindow(3600),
    "1d": openWindow(86_400),
  };
  /**
   * The slot of each entity, or `~slot` where the entity was not known and takes the slot over: a family then clears
   * what it remembers there.
   */
  readonly slots: Readonly<Record<Entity, Int32Array>> = slotColumns();

  /** 1 where the connection ended so; all but `empty` (no payload is known to have passed) are failures. */
  readonly unanswered = new Float64Array(MOST_ROWS);
  readonly refused = new Float64Array(MOST_ROWS);
  readonly reset = new Float64Array(MOST_ROWS);
  readonly failed = new Float64Array(MOST_ROWS);
  readonly empty = new Float64Array(MOST_ROWS);
  /** Bytes; NaN where the log states no usable number. */
  readonly sent = new Float64Array(MOST_ROWS);
  readonly received = new Float64Array(MOST_ROWS);
  /** The same with 0 where unknown. */
  readonly sentKnown = new Float64Array(MOST_ROWS);
  readonly receivedKnown = new Float64Array(MOST_ROWS);
  /** ln(1 + bytes) and ln(1 + milliseconds). Size is what is known of sent plus received. */
  readonly logs = {
    sent: openQuantity(),
    received: openQuantity(),
    size: openQuantity(),
    duration: openQuantity(),
  };
  /** 0 where unknown. */
  readonly logSize = this.logs.size.values;

  /** Marks for counting what is distinct, see `sketchMark`: addresses, the responder's /24 or /64, and the service. */
  readonly originatorMark = new Int32Array(MOST_ROWS);
  readonly responderMark = new Int32Array(MOST_ROWS);
  readonly networkMark = new Int32Array(MOST_ROWS);
  readonly serviceMark = new Int32Array(MOST_ROWS);

  readonly clock = new StreamClock();
  readonly #ticks = new Map<HalfLife, Int32Array>();
  readonly #visits = new Map<Visited, Visits>();
  readonly #limits: EntityLimits;
  readonly #seconds = new Float64Array(MOST_ROWS);
  readonly #size = new Float64Array(MOST_ROWS);
  readonly #tables: Readonly<Record<Entity, KeyTable>>;
  readonly #needed: readonly Entity[];
  readonly #key: HashKey;
  /** The one slot of the network. */
  readonly #network = new Int32Array(MOST_ROWS);
  readonly #lows: Readonly<Record<Entity, Int32Array>> = slotColumns();
  readonly #highs: Readonly<Record<Entity, Int32Array>> = slotColumns();

  /** Only the `needed` entities get slots. */
  constructor(key: HashKey, limits: EntityLimits, needed: readonly Entity[]) {
    this.#key = key;
    this.#limits = limits;
    this.#needed = needed;
    this.#tables = Object.fromEntries(
      entities.map((entity) => [entity, new KeyTable(limits[entity])]),
    ) as Record<Entity, KeyTable>;
  }

  /** The time in ticks of a half-life, modulo 2^32: a column that every `prepare` fills from now on. */
  ticks(memory: HalfLife): Int32Array {
    const column = this.#ticks.get(memory) ?? new Int32Array(MOST_ROWS);
    this.#ticks.set(memory, column);
    return column;
  }

  /** What is remembered of one of the needed entities; families reserve fields of its records before `openRecords`. */
  visits(visited: Visited): Visits {
    const limit = visited === "network" ? 1 : this.#limits[visited];
    const visits = this.#visits.get(visited) ?? new Visits(this, limit, MOST_ROWS);
    this.#visits.set(visited, visits);
    return visits;
  }

  /** Takes the memory for all records. */
  openRecords(): void {
    for (const visits of this.#visits.values()) visits.records.open();
  }

  used(visited: Visited): number {
    return visited === "network" ? 1 : this.#tables[visited].used;
  }

  /** Takes the next rows of the stream: rows `from` to `to - 1` of the batch, at most `MOST_ROWS`. */
  prepare(batch: Batch, from: number, to: number): void {
    this.rows = to - from;
    this.#tellTime(batch, from);
    this.#readOutcomes(batch, from);
    this.#hash(batch, from);
    for (const entity of this.#needed) {
      this.#tables[entity].claimAll(this.#lows[entity], this.#highs[entity], this.slots[entity], this.rows);
    }
    for (const [visited, visits] of this.#visits) {
      visits.update(visited === "network" ? this.#network : this.slots[visited]);
    }
  }

  /** Most bytes that `write` writes. */
  size(): number {
    let bytes = 100;
    for (const entity of this.#needed) bytes += 12 + 9 * this.#tables[entity].used;
    for (const [visited, { records }] of this.#visits) bytes += 4 + 4 * records.stride * this.used(visited);
    return bytes;
  }

  write(out: ByteWriter): void {
    this.clock.write(out);
    for (const entity of this.#needed) this.#tables[entity].write(out);
    for (const [visited, { records }] of this.#visits) records.write(out, this.used(visited));
  }

  read(input: ByteReader): void {
    this.clock.read(input);
    for (const entity of this.#needed) this.#tables[entity].read(input);
    for (const [visited, { records }] of this.#visits) records.read(input, this.used(visited));
  }

  #tellTime(batch: Batch, from: number): void {
    const { ts, duration } = batch;
    const { clock, time, hour, rows } = this;
    for (let row = 0; row < rows; row++) {
      clock.advance(ts[from + row]!, duration[from + row]!);
      time[row] = clock.now;
      // Far from 1970 the difference is not exact, and may fall below 0: cut off, not rounded down.
      hour[row] = (clock.now - clock.shift) / 3600;
    }
    for (const window of Object.values(this.windows)) placeInBuckets(window, time, rows);
    for (const [memory, ticks] of this.#ticks) {
      for (let row = 0; row < rows; row++) ticks[row] = time[row]! * memory.ticksPerSecond;
    }
  }

  #readOutcomes(batch: Batch, from: number): void {
    const { orig_bytes, resp_bytes, duration, conn_state } = batch;
    const { unanswered, refused, reset, failed, empty, sent, received, sentKnown, receivedKnown } = this;
    const { rows, scratch } = this;
    const outcomes = Uint8Array.from(conn_state.values, outcomeOf);
    const seconds = this.#seconds;
    const sizes = this.#size;
    const { logs } = this;
    for (let row = 0; row < rows; row++) {
      const out = usable(orig_bytes[from + row]!);
      const back = usable(resp_bytes[from + row]!);
      const lasted = usable(duration[from + row]!);
      const hasOut = out === out ? 1 : 0;
      const hasBack = back === back ? 1 : 0;
      const hasLasted = lasted === lasted ? 1 : 0;
      const knownOut = hasOut === 1 ? out : 0;
      const knownBack = hasBack === 1 ? back : 0;
      const outcome = outcomes[conn_state.codes[from + row]!]!;
      sent[row] = out;
      received[row] = back;
      sentKnown[row] = knownOut;
      receivedKnown[row] = knownBack;
      sizes[row] = knownOut + knownBack;
      seconds[row] = hasLasted === 1 ? lasted : 0;
      logs.sent.known[row] = hasOut;
      logs.received.known[row] = hasBack;
      logs.size.known[row] = hasOut | hasBack;
      logs.duration.known[row] = hasLasted;
      unanswered[row] = outcome & UNANSWERED;
      refused[row] = (outcome & REFUSED) >> 1;
      reset[row] = (outcome & RESET) >> 2;
      failed[row] = outcome === 0 ? 0 : 1;
      empty[row] = knownOut + knownBack > 0 ? 0 : 1;
    }
    logsOfGrowth(sentKnown, 1, logs.sent.values, rows, scratch);
    logsOfGrowth(receivedKnown, 1, logs.received.values, rows, scratch);
    logsOfGrowth(sizes, 1, logs.size.values, rows, scratch);
    logsOfGrowth(seconds, 1000, logs.duration.values, rows, scratch);
  }

  #hash(batch: Batch, from: number): void {
    const { orig_h, resp_h, orig_p, resp_p, proto } = batch;
    const { originatorMark, responderMark, networkMark, serviceMark, rows } = this;
    const [lowKey, highKey, itemKey, protocolKey] = this.#key;
    const lows = this.#lows;
    const highs = this.#highs;
    const protocols = Int32Array.from(proto.values, (name) => protocolHash(protocolKey, name));
    const icmp = icmpCodes(proto);
    for (let row = 0; row < rows; row++) {
      const at = 4 * (from + row);
      const code = proto.codes[from + row]!;
      const protocol = protocols[code]!;
      const port = icmp[code] === 1 ? orig_p[from + row]! : resp_p[from + row]!;
      // High words are only ever compared: one round each is enough.
      const originLow = finishHash(hashAddress(lowKey, orig_h, at));
      const originHigh = hashAddress(highKey, orig_h, at);
      const responseLow = finishHash(hashAddress(lowKey, resp_h, at));
      const responseHigh = hashAddress(highKey, resp_h, at);
      // A round of its own for the originator, or A to B and B to A would be one pair.
      const pairLow = finishHash(mixWord(mixWord(originLow, itemKey), responseLow));
      const pairHigh = mixWord(mixWord(originHigh, itemKey), responseHigh);
      const service = mixWord(protocol, port);
      lows.originator[row] = originLow;
      highs.originator[row] = originHigh;
      lows.responder[row] = responseLow;
      highs.responder[row] = responseHigh;
      lows.pair[row] = pairLow;
      highs.pair[row] = pairHigh;
      lows.target[row] = finishHash(mixWord(pairLow, service));
      highs.target[row] = mixWord(pairHigh, ~service);
      lows.originatorService[row] = finishHash(mixWord(originLow, service));
      highs.originatorService[row] = mixWord(originHigh, ~service);
      lows.responderService[row] = finishHash(mixWord(responseLow, service));
      highs.responderService[row] = mixWord(responseHigh, ~service);
      originatorMark[row] = sketchMark(finishHash(originLow ^ itemKey));
      responderMark[row] = sketchMark(finishHash(responseLow ^ itemKey));
      serviceMark[row] = sketchMark(finishHash(service ^ itemKey));
      networkMark[row] = sketchMark(networkOf(itemKey, resp_h, at));
    }
  }
}

function openQuantity(): Quantity {
  return { values: new Float64Array(MOST_ROWS), known: new Float64Array(MOST_ROWS) };
}

function openWindow(seconds: number): Window {
  return {
    seconds,
    bucket: new Int32Array(MOST_ROWS),
    elapsed: new Int32Array(MOST_ROWS),
    left: new Float64Array(MOST_ROWS),
  };
}

function slotColumns(): Record<Entity, Int32Array> {
  return Object.fromEntries(entities.map((entity) => [entity, new Int32Array(MOST_ROWS)])) as Record<
    Entity,
    Int32Array
  >;
}

function placeInBuckets({ seconds, bucket, elapsed, left }: Window, time: Float64Array, rows: number): void {
  const scale = 1 / seconds;
  let whole = 0;
  let began = NaN;
  for (let row = 0; row < rows; row++) {
    const now = time[row]!;
    if (!(now - began < seconds)) {
      whole = (now / seconds) | 0;
      // The quotient of a time just before a bucket may be rounded up to it.
      if (whole * seconds > now) whole--;
      began = whole * seconds;
    }
    bucket[row] = whole;
    elapsed[row] = (now - began) | 0;
    left[row] = 1 - (now - began) * scale;
  }
}

/** NaN for what is unset, negative or not finite; what no link carries counts as the most that a double counts exactly. */
function usable(value: number): number {
  return value >= 0 && value < Infinity ? Math.min(value, Number.MAX_SAFE_INTEGER) : NaN;
}

const UNANSWERED = 1;
const REFUSED = 2;
const RESET = 4;

function outcomeOf(connState: string): number {
  switch (connState) {
    case "S0":
    case "SH":
    case "RSTOS0":
      return UNANSWERED;
    case "REJ":
      return REFUSED;
    case "RSTO":
    case "RSTR":
    case "RSTRH":
      return RESET;
    default:
      return 0;
  }
}

function protocolHash(key: number, name: string): number {
  let hash = key;
  for (let i = 0; i < name.length; i++) hash = mixWord(hash, name.charCodeAt(i));
  return hash;
}

function icmpCodes(proto: TextColumn): Uint8Array {
  return Uint8Array.from(proto.values, (name) => (name === "icmp" || name === "icmp6" ? 1 : 0));
}

function networkOf(key: number, words: Uint32Array, at: number): number {
  const mapped = words[at] === 0 && words[at + 1] === 0 && words[at + 2] === 0xffff;
  return finishHash(
    mapped ? mixWord(key, words[at + 3]! >>> 8) : mixWord(mixWord(~key, words[at]!), words[at + 1]!),
  );
}
