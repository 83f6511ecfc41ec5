import type { ByteReader, ByteWriter } from "../../base/bytes.ts";
import type { Entity } from "../../features/behavior/rows.ts";
import type { SlotArray } from "../../features/behavior/slot-array.ts";
import type { ZeekColumn } from "../../zeek/batch.ts";
import type { DetectorRows } from "./detector-rows.ts";

/**
 * A named question that is put to every connection: is this part of a scan, a beacon, a flood? The answer is one number, 0
 * where there is nothing to say and larger the worse it is, from the rows before and the row itself. What is too large is
 * not decided here: the caller calibrates each detector on normal traffic.
 *
 * All statistics are in nats, scaled so that ordinary traffic reaches s with a chance of at most about e^-s where what is
 * taken for usual is right (each detector says by which argument). A caller with little normal traffic to calibrate on may
 * use that as a floor below which no p-value is believed.
 */
export interface Detector {
  /** Unique, kebab-case; also the kind of an incident. */
  readonly id: string;
  /** One sentence. */
  readonly summary: string;
  readonly unit: "nats";
  /** The Zeek columns without which it has nothing to say. */
  readonly reads: readonly ZeekColumn[];
  /** Whose statistic it is. Rows of one subject are not independent of each other: normal traffic of n subjects is n cases. */
  readonly subject: Entity;
  /** Whose slots it uses. */
  readonly entities: readonly Entity[];
  /** Starts with no memory but what training knew. `rows` are those that every `fill` will be about. */
  open(rows: DetectorRows): DetectorMemory;
  /** Who did what to whom, how much, over what time, and what is usual; without a full stop. */
  sentence(parties: Parties, figures: Figures): string;
}

/** What one detector remembers. All of it lies in `stores` and in what `write` writes. */
export interface DetectorMemory {
  readonly stores: readonly SlotArray[];
  /**
   * Writes the statistic of the prepared rows, finite and not negative, into column `at` of the first rows of `out`,
   * which is `width` wide, and remembers the rows. Notes the figures of rows that reach `notes.least`.
   */
  fill(out: Float32Array, width: number, at: number, notes: Notes): void;
  /** Memory that is not kept by the slots of an entity. */
  write?(out: ByteWriter): void;
  read?(input: ByteReader): void;
}

/** The numbers that a sentence states, by name; finite. */
export type Figures = Readonly<Record<string, number>>;

/** Collects what a detector has to say about the rows that reach a threshold, while it still knows. */
export interface Notes {
  /** Statistics below this need no figures. */
  readonly least: number;
  /** `row` counts within the prepared rows. */
  add(row: number, statistic: number, figures: Figures): void;
}

/** Why one row has the statistic that it has. */
export interface Evidence {
  /** Id of the detector. */
  readonly detector: string;
  /** Row of the batch. */
  readonly row: number;
  /** Number of the detector's subject: equal for rows of one subject that follow each other, used again once it is forgotten. */
  readonly subject: number;
  readonly statistic: number;
  readonly figures: Figures;
}

/** The two ends of a connection, as a sentence names them. */
export interface Parties {
  readonly originator: string;
  readonly responder: string;
  /** "port 443", "port 53/udp", "icmp type 8". */
  readonly service: string;
}
