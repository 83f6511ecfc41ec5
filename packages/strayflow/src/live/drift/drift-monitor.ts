import { ByteReader, ByteWriter } from "../../base/bytes.ts";
import { incidentsAtCut } from "../../detect/incident-rates.ts";
import { StreamClock } from "../../features/behavior/stream-clock.ts";
import type { Manifest } from "../../model/manifest.ts";
import { FitMonitor, type FitMonitorState } from "../../model/traffic-fit.ts";
import type { Batch } from "../../zeek/index.ts";
import { pickRows } from "../../zeek/pick-rows.ts";
import { measureDay, type DayFigures } from "./measure-day.ts";
import { DriftConditions, type DriftNews, type DriftConditionsState } from "./drift-conditions.ts";

/** What traffic is held against. */
export interface DriftExpectations {
  readonly manifest: Manifest;
  /** Rows at or below it are flagged. */
  readonly pValue: number;
  /** Incidents a day that were asked for; what the model expects at the p-value unless told. */
  readonly budgetPerDay?: number | undefined;
}

/** A day of the stream that is over. */
export interface EndedDay {
  readonly figures: DayFigures;
  readonly news: DriftNews;
}

/** Plain data of structured clone. */
export interface DriftState {
  readonly today: DayState | undefined;
  readonly conditions: DriftConditionsState;
}

interface DayState extends Counts {
  readonly fit: FitMonitorState;
}

interface Counts {
  readonly day: number;
  readonly rows: number;
  readonly flagged: number;
  readonly incidents: number;
  readonly rejected: number;
}

interface Today {
  readonly day: number;
  rows: number;
  flagged: number;
  incidents: number;
  rejected: number;
  readonly fit: FitMonitor;
}

/**
 * Holds each day of a stream (UTC, by the stream's clock) against what the model learned. What comes of it depends on the rows
 * and their order alone, not on how they were cut; rejected lines, which are no rows, count for the day that is under way when
 * they are read.
 */
export class DriftMonitor {
  readonly #expected: DriftExpectations & { readonly incidentsPerDay: number };
  readonly #conditions = new DriftConditions();
  #today: Today | undefined;
  readonly #ended: Today[] = [];

  constructor(expected: DriftExpectations) {
    const { manifest, pValue, budgetPerDay } = expected;
    const incidentsPerDay = budgetPerDay ?? incidentsAtCut(manifest.incidentRates, pValue);
    this.#expected = { ...expected, incidentsPerDay };
  }

  /**
   * Takes a batch with its feature matrix and flags, before the incidents that it opens.
   *
   * @param clock of the stream, before the batch; it is not moved
   */
  see(batch: Batch, matrix: Float32Array, flagged: Uint8Array, clock: StreamClock): void {
    const at = copyOf(clock);
    let from = 0;
    for (let row = 0; row < batch.rows; row++) {
      at.advance(batch.ts[row]!, batch.duration[row]!);
      const day = dayOf(at);
      if (day === this.#today?.day) continue;
      this.#take(batch, matrix, flagged, from, row);
      from = row;
      this.#begin(day);
    }
    this.#take(batch, matrix, flagged, from, batch.rows);
  }

  /** Takes an incident that was opened (1), or turned out to be part of another one (-1), when the stream's clock stood there. */
  incident(clock: StreamClock, change: 1 | -1): void {
    const day = dayOf(clock);
    const found = this.#ended.find((one) => one.day === day) ?? this.#today;
    if (found !== undefined) found.incidents = Math.max(0, found.incidents + change);
  }

  /** Takes lines that were rejected. */
  reject(lines: number): void {
    if (this.#today !== undefined) this.#today.rejected += lines;
  }

  /** Lines rejected on the day that is under way: not part of `save`, since they are not in the rows that came after it. */
  get rejected(): number {
    return this.#today?.rejected ?? 0;
  }

  set rejected(lines: number) {
    if (this.#today !== undefined) this.#today.rejected = lines;
  }

  /** The days that have ended since the last call, after the incidents of their rows were told. */
  takeEnded(): EndedDay[] {
    return this.#ended.splice(0).map((day) => {
      const figures = measureDay(day, this.#expected);
      return { figures, news: this.#conditions.take(figures) };
    });
  }

  /** What is told of drift at the moment, as a sentence, and since when; undefined where nothing has moved. */
  standing(): { readonly text: string; readonly since: number } | undefined {
    return this.#conditions.standing();
  }

  /** Columns that had moved on the last day that was measured; undefined before the first. */
  get movedColumns(): number | undefined {
    return this.#conditions.movedColumns;
  }

  /** Shares memory with the monitor: to be serialized before the next batch comes. */
  save(): DriftState {
    const today = this.#today;
    return {
      today: today && { ...today, fit: today.fit.save() },
      conditions: this.#conditions.save(),
    };
  }

  /** Takes over what a monitor of the same model has saved; before the first batch. */
  load({ today, conditions }: DriftState): void {
    this.#conditions.load(conditions);
    if (today === undefined) return;
    const fit = new FitMonitor(this.#expected.manifest);
    fit.load(today.fit);
    this.#today = { ...today, fit };
  }

  #begin(day: number): void {
    if (this.#today !== undefined) this.#ended.push(this.#today);
    // A clock gone mad makes no heap of days.
    if (this.#ended.length > MOST_ENDED) this.#ended.shift();
    this.#today = {
      day,
      rows: 0,
      flagged: 0,
      incidents: 0,
      rejected: 0,
      fit: new FitMonitor(this.#expected.manifest),
    };
  }

  #take(batch: Batch, matrix: Float32Array, flagged: Uint8Array, from: number, to: number): void {
    const today = this.#today;
    if (today === undefined || from === to) return;
    today.rows += to - from;
    for (let row = from; row < to; row++) today.flagged += flagged[row]!;
    const width = this.#expected.manifest.features.length;
    const isWhole = from === 0 && to === batch.rows;
    const part = isWhole ? batch : pickRows(batch, new Uint8Array(batch.rows).fill(1, from, to));
    today.fit.add(part, isWhole ? matrix : matrix.subarray(from * width, to * width));
  }
}

function copyOf(clock: StreamClock): StreamClock {
  const bytes = new ByteWriter();
  clock.write(bytes);
  const copy = new StreamClock();
  copy.read(new ByteReader(bytes.finish(), "the stream's clock", "store-damaged"));
  return copy;
}

/** Days since 1970, by the log's own time. */
function dayOf({ now, shift }: StreamClock): number {
  return Math.floor((now - shift) / DAY_SECONDS);
}

const DAY_SECONDS = 86_400;
const MOST_ENDED = 400;
