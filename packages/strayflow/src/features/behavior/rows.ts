import type { ByteReader, ByteWriter } from "../../base/bytes.ts";
import type { Batch } from "../../zeek/batch.ts";
import type { HashKey } from "./fingerprint.ts";
import type { HalfLife } from "./half-life.ts";
import { KeyTable } from "./key-table.ts";
import { RowAmounts } from "./row-amounts.ts";
import { RowKeys } from "./row-keys.ts";
import { RowTimes } from "./row-times.ts";
import { Visits } from "./visits.ts";

export type { Window, WindowName } from "./row-times.ts";

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

/** The network as a whole is visited by every row. */
export type Visited = Entity | "network";

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

/** Rows that are prepared at a time: their part of the matrix stays in the processor's cache while all families write it. */
export const MOST_ROWS = 512;

/**
 * What all families need of some consecutive rows of a batch, computed once. The memory is used again for the next rows.
 */
export class BehaviorRows {
  rows = 0;
  readonly #times = new RowTimes(MOST_ROWS);
  readonly clock = this.#times.clock;
  /** The stream's clock, seconds. Never falls. */
  readonly time = this.#times.time;
  /** Hours since 1970 by the log's own clock. */
  readonly hour = this.#times.hour;
  readonly windows = this.#times.windows;
  readonly amounts = new RowAmounts(MOST_ROWS);
  /** Bytes; NaN where the log states no usable number. */
  readonly sent = this.amounts.sent;
  readonly received = this.amounts.received;
  /** ln(1 + bytes both ways), 0 where unknown. */
  readonly logSize = this.amounts.logs.size.values;
  readonly keys: RowKeys;
  /**
   * The slot of each entity, or `~slot` where the entity was not known and takes the slot over: a family then clears
   * what it remembers there.
   */
  readonly slots: Readonly<Record<Entity, Int32Array>> = {
    originator: new Int32Array(MOST_ROWS),
    responder: new Int32Array(MOST_ROWS),
    pair: new Int32Array(MOST_ROWS),
    target: new Int32Array(MOST_ROWS),
    originatorService: new Int32Array(MOST_ROWS),
    responderService: new Int32Array(MOST_ROWS),
  };
  /** The one slot of the network. */
  readonly #network = new Int32Array(MOST_ROWS);
  readonly #limits: EntityLimits;
  readonly #tables = new Map<Entity, KeyTable>();
  readonly #visits = new Map<Visited, Visits>();

  /** Only the `needed` entities get slots. */
  constructor(key: HashKey, limits: EntityLimits, needed: readonly Entity[]) {
    this.keys = new RowKeys(key, MOST_ROWS);
    this.#limits = limits;
    for (const entity of needed) this.#tables.set(entity, new KeyTable(limits[entity]));
  }

  /** The time in ticks of a half-life, modulo 2^32: a column that every `prepare` fills from now on. */
  ticks(memory: HalfLife): Int32Array {
    return this.#times.ticks(memory);
  }

  /** What is remembered of one of the needed entities; families reserve fields of its records before the first rows. */
  visits(visited: Visited): Visits {
    const known = this.#visits.get(visited);
    if (known !== undefined) return known;
    const visits = new Visits(this, this.limit(visited), MOST_ROWS);
    this.#visits.set(visited, visits);
    return visits;
  }

  /** How many slots there can be. */
  limit(visited: Visited): number {
    return visited === "network" ? 1 : this.#limits[visited];
  }

  /** How many slots are in use. */
  used(visited: Visited): number {
    return visited === "network" ? 1 : (this.#tables.get(visited)?.used ?? 0);
  }

  /** Takes the next rows of the stream: rows `from` to `to - 1` of the batch, at most `MOST_ROWS`. */
  prepare(batch: Batch, from: number, to: number): void {
    const rows = to - from;
    this.rows = rows;
    this.#times.read(batch, from, rows);
    this.amounts.read(batch, from, rows);
    this.keys.read(batch, from, rows);
    for (const [entity, table] of this.#tables) {
      const { low, high } = this.keys[entity];
      table.claimAll(low, high, this.slots[entity], rows);
    }
    for (const [visited, visits] of this.#visits) {
      visits.records.ensure(this.used(visited));
      visits.update(visited === "network" ? this.#network : this.slots[visited]);
    }
  }

  write(out: ByteWriter): void {
    this.clock.write(out);
    for (const table of this.#tables.values()) table.write(out);
    for (const [visited, { records }] of this.#visits) records.write(out, this.used(visited));
  }

  read(input: ByteReader): void {
    this.clock.read(input);
    for (const table of this.#tables.values()) table.read(input);
    for (const [visited, { records }] of this.#visits) records.read(input, this.used(visited));
  }
}
