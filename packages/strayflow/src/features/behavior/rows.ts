import type { ByteReader, ByteWriter } from "../../base/bytes.ts";
import type { Batch, TextColumn } from "../../zeek/batch.ts";
import { finishHash, hashAddress, mixWord } from "./fingerprint.ts";
import type { HashKey } from "./fingerprint.ts";
import type { HalfLife } from "./half-life.ts";
import { KeyTable } from "./key-table.ts";
import { logsOfGrowth } from "./logarithm.ts";
import { RowColumns } from "./row-columns.ts";
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
  /** Where the window's two bits are in `Visits.turns`. */
  readonly shift: number;
  readonly bucket: Int32Array;
  /** Whole seconds since the bucket began. */
  readonly elapsed: Int32Array;
  readonly left: Float64Array;
}

export type WindowName = "1m" | "5m" | "1h" | "1d";

/** Rows that are prepared at a time: their part of the matrix stays in the processor's cache while all families write it. */
export const MOST_ROWS = 512;

/** Of `BehaviorRows.columns`: what all families together take, and some more. */
const MOST_COLUMNS = 160;

/**
 * What all families need of some consecutive rows of a batch, computed once. The memory is used again for the next rows.
 */
export class BehaviorRows {
  rows = 0;
  /** All columns of 64-bit floats but the first ones, which are older. */
  readonly columns = new RowColumns(MOST_ROWS, MOST_COLUMNS);
  /** For kernels; what is in it is of no use to anyone else. */
  readonly scratch = new Float32Array(MOST_ROWS);
  /** The stream's clock, seconds. Never falls. */
  readonly time = new Float64Array(MOST_ROWS);
  /** Hours since 1970 by the log's own clock. */
  readonly hour = new Int32Array(MOST_ROWS);
  /** Each length divides the next, so that buckets nest. */
  readonly windows: Readonly<Record<WindowName, Window>> = {
    "1m": openWindow(this.columns, 60, 0),
    "5m": openWindow(this.columns, 300, 2),
    "1h": openWindow(this.columns, 3600, 4),
    "1d": openWindow(this.columns, 86_400, 6),
  };
  /**
   * The slot of each entity, or `~slot` where the entity was not known and takes the slot over: a family then clears
   * what it remembers there.
   */
  readonly slots: Readonly<Record<Entity, Int32Array>> = slotColumns();

  /** 1 where the connection ended so; all but `empty` (no payload is known to have passed) are failures. */
  readonly unanswered = this.columns.take();
  readonly refused = this.columns.take();
  readonly reset = this.columns.take();
  readonly failed = this.columns.take();
  readonly empty = this.columns.take();
  /** Bytes; NaN where the log states no usable number. */
  readonly sent = new Float64Array(MOST_ROWS);
  readonly received = new Float64Array(MOST_ROWS);
  /** The same with 0 where unknown. */
  readonly sentKnown = this.columns.take();
  readonly receivedKnown = this.columns.take();
  /** ln(1 + bytes) and ln(1 + milliseconds); NaN where unknown. Size is what is known of sent plus received. */
  readonly logSent = this.columns.take();
  readonly logReceived = this.columns.take();
  readonly logSize = this.columns.take();
  readonly logDuration = this.columns.take();

  /** Well mixed hashes, for counting what is distinct: addresses, the responder's /24 or /64, and the service. */
  readonly hashes = new Int32Array(4 * MOST_ROWS);
  readonly originatorHash = this.hashes.subarray(0, MOST_ROWS);
  readonly responderHash = this.hashes.subarray(MOST_ROWS, 2 * MOST_ROWS);
  readonly networkHash = this.hashes.subarray(2 * MOST_ROWS, 3 * MOST_ROWS);
  readonly serviceHash = this.hashes.subarray(3 * MOST_ROWS);

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
    const visits = this.#visits.get(visited) ?? new Visits(this, limit);
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
      // Far from 1970 the difference is not exact, and may fall below 0.
      hour[row] = Math.max(0, Math.floor((clock.now - clock.shift) / 3600));
    }
    for (const window of Object.values(this.windows)) placeInBuckets(window, time, rows);
    for (const [memory, ticks] of this.#ticks) {
      for (let row = 0; row < rows; row++) ticks[row] = Math.floor(time[row]! * memory.ticksPerSecond);
    }
  }

  #readOutcomes(batch: Batch, from: number): void {
    const { orig_bytes, resp_bytes, duration, conn_state } = batch;
    const { unanswered, refused, reset, failed, empty, sent, received, sentKnown, receivedKnown } = this;
    const { rows, scratch } = this;
    const outcomes = Uint8Array.from(conn_state.values, outcomeOf);
    const seconds = this.#seconds;
    const sizes = this.#size;
    for (let row = 0; row < rows; row++) {
      const out = usable(orig_bytes[from + row]!);
      const back = usable(resp_bytes[from + row]!);
      const size = out === out ? (back === back ? out + back : out) : back;
      const outcome = outcomes[conn_state.codes[from + row]!]!;
      seconds[row] = usable(duration[from + row]!);
      sizes[row] = size;
      sent[row] = out;
      received[row] = back;
      sentKnown[row] = out === out ? out : 0;
      receivedKnown[row] = back === back ? back : 0;
      unanswered[row] = outcome & UNANSWERED;
      refused[row] = (outcome & REFUSED) >> 1;
      reset[row] = (outcome & RESET) >> 2;
      failed[row] = outcome === 0 ? 0 : 1;
      empty[row] = size > 0 ? 0 : 1;
    }
    logsOfGrowth(sent, 1, this.logSent, rows, scratch);
    logsOfGrowth(received, 1, this.logReceived, rows, scratch);
    logsOfGrowth(sizes, 1, this.logSize, rows, scratch);
    logsOfGrowth(seconds, 1000, this.logDuration, rows, scratch);
  }

  #hash(batch: Batch, from: number): void {
    const { orig_h, resp_h, orig_p, resp_p, proto } = batch;
    const { originatorHash, responderHash, networkHash, serviceHash, rows } = this;
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
      const originLow = finishHash(hashAddress(lowKey, orig_h, at));
      const originHigh = finishHash(hashAddress(highKey, orig_h, at));
      const responseLow = finishHash(hashAddress(lowKey, resp_h, at));
      const responseHigh = finishHash(hashAddress(highKey, resp_h, at));
      // A round of its own for the originator, or A to B and B to A would be one pair.
      const pairLow = finishHash(mixWord(mixWord(originLow, itemKey), responseLow));
      const pairHigh = finishHash(mixWord(mixWord(originHigh, itemKey), responseHigh));
      const service = mixWord(protocol, port);
      lows.originator[row] = originLow;
      highs.originator[row] = originHigh;
      lows.responder[row] = responseLow;
      highs.responder[row] = responseHigh;
      lows.pair[row] = pairLow;
      highs.pair[row] = pairHigh;
      lows.target[row] = finishHash(mixWord(pairLow, service));
      highs.target[row] = finishHash(mixWord(pairHigh, ~service));
      lows.originatorService[row] = finishHash(mixWord(originLow, service));
      highs.originatorService[row] = finishHash(mixWord(originHigh, ~service));
      lows.responderService[row] = finishHash(mixWord(responseLow, service));
      highs.responderService[row] = finishHash(mixWord(responseHigh, ~service));
      originatorHash[row] = finishHash(originLow ^ itemKey);
      responderHash[row] = finishHash(responseLow ^ itemKey);
      serviceHash[row] = finishHash(service ^ itemKey);
      networkHash[row] = networkOf(itemKey, resp_h, at);
    }
  }
}

function openWindow(columns: RowColumns, seconds: number, shift: number): Window {
  return {
    seconds,
    shift,
    bucket: new Int32Array(MOST_ROWS),
    elapsed: new Int32Array(MOST_ROWS),
    left: columns.take(),
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
      whole = Math.floor(now / seconds);
      // The quotient of a time just before a bucket may be rounded up to it.
      if (whole * seconds > now) whole--;
      began = whole * seconds;
    }
    bucket[row] = whole;
    elapsed[row] = Math.floor(now) - began;
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
