import type { SuppressibleAlert } from "../../detect/suppress/index.ts";
import type { BegunBatch } from "../../pipeline/detector.ts";
import { entriesOf, messagesOf } from "../drift/drift-output.ts";
import type { SourceEvent, SourceLog } from "../sources/index.ts";
import { encodeEntry } from "./journal-entry.ts";
import { LogScanners, type PlacedBatch } from "./log-scanners.ts";
import { PendingStep } from "./pending-step.ts";
import type { SensorTallies } from "./sensor-tallies.ts";
import type { StageTimes } from "./stage-times.ts";
import type { Outcome, StreamJudge } from "./stream-judge.ts";

export interface RowWorkParts {
  readonly sensor: string;
  readonly judge: StreamJudge;
  readonly times: StageTimes;
  readonly tallies: SensorTallies;
  /** Ids of the active suppressions that cover an alert. */
  readonly suppressions: (given: () => SuppressibleAlert) => readonly number[];
  /** Hears of bytes that are to be stored in the journal. */
  readonly onJournal: (bytes: number) => void;
  /** Hears of a log that is none. */
  readonly onRefused: (log: SourceLog, message: string) => void;
}

interface Under {
  readonly begun: BegunBatch;
  readonly placed: PlacedBatch;
}

/** From the bytes of a sensor's logs to a step that can be stored: reads, scores, and gathers what came of it. */
export class RowWork {
  /** Another one only where everything that was read is in a step. */
  judge: StreamJudge;
  readonly #parts: RowWorkParts;
  readonly #scanners: LogScanners;
  #under: Under | undefined;
  #pending = new PendingStep();
  /** How far each log is known to be worked off. */
  readonly #places = new WeakMap<SourceLog, number>();

  constructor(parts: RowWorkParts) {
    this.judge = parts.judge;
    this.#parts = parts;
    this.#scanners = new LogScanners({
      onReject: (reject) => {
        parts.tallies.reject(reject);
        this.judge.drift.reject(1);
      },
      onRefused: (log, error) => parts.onRefused(log, error.message),
    });
  }

  /** What came since the last `takeStep`, but for rows that are not scored yet. */
  get pending(): PendingStep {
    return this.#pending;
  }

  async take(event: Extract<SourceEvent, { kind: "header" | "bytes" | "end" }>): Promise<void> {
    switch (event.kind) {
      case "header":
        this.#scanners.enter(event);
        break;
      case "bytes":
        this.#parts.times.time("read", () => this.#scanners.push(event));
        await this.#work();
        break;
      case "end": {
        const offset = this.#scanners.end(event);
        await this.#work();
        await this.#settle();
        this.#pending.places.set(event.log, { offset, isEnded: true });
        break;
      }
    }
  }

  /** Works off all that was read in whole lines. */
  async finish(): Promise<void> {
    this.#scanners.emit();
    await this.#work();
    await this.#settle();
    const place = this.#scanners.place();
    if (place !== undefined && this.#places.get(place.log) !== place.offset)
      this.#reach(place.log, place.offset);
  }

  /** After `finish`: what is to be stored; a new step begins. */
  takeStep(): PendingStep {
    const pending = this.#pending;
    this.#pending = new PendingStep();
    return pending;
  }

  /** Scores what is complete, but for the last batch, whose scores are computed meanwhile. */
  async #work(): Promise<void> {
    for (const placed of this.#scanners.take()) {
      if (placed.log.kind === "open") {
        await this.#settle();
        this.#takeOpen(placed);
        continue;
      }
      const begun = this.judge.begin(placed.batch);
      const before = this.#under;
      this.#under = { begun, placed };
      if (before !== undefined) await this.#finish(before);
    }
  }

  async #settle(): Promise<void> {
    const under = this.#under;
    this.#under = undefined;
    if (under !== undefined) await this.#finish(under);
  }

  async #finish({ begun, placed }: Under): Promise<void> {
    const scored = await this.judge.finish(begun, this.#outcome());
    const { pValue: p_value, score, flagged } = scored;
    this.#pending.addBatch(placed.batch, { p_value, score, flagged }, this.#entryOf(placed));
    this.#reach(placed.log, placed.offset);
    this.#parts.tallies.add(scored);
  }

  /** What is said of connections that are still open is kept; the rows are not. */
  #takeOpen(placed: PlacedBatch): void {
    this.#parts.times.time("group", () => this.judge.takeOpen(placed.batch, this.#outcome()));
    this.#pending.addEntry(this.#entryOf(placed));
    this.#reach(placed.log, placed.offset);
  }

  #entryOf({ batch, log }: PlacedBatch): Uint8Array {
    const entry = this.#parts.times.time("journal", () => encodeEntry(batch, log.kind));
    this.#parts.onJournal(entry.length);
    return entry;
  }

  #reach(log: SourceLog, offset: number): void {
    this.#pending.places.set(log, { offset, isEnded: false });
    this.#places.set(log, offset);
  }

  #outcome(): Outcome {
    const pending = this.#pending;
    const { sensor, suppressions, tallies } = this.#parts;
    return {
      onAlert: (alert, joined) => {
        const given = () => ({ alert, sensor, incident: joined.id, kind: joined.kind() });
        pending.addAlert(alert, joined, suppressions(given));
      },
      onNews: (news) => {
        pending.say(news);
        if (news.revision === 1) tallies.open(news.incident.severity);
      },
      onClose: (incident, revision) => pending.close(incident, revision),
      onFold: (into, from) => pending.fold(into, from),
      onDay: (day) => {
        pending.drift.push(...entriesOf(sensor, day));
        pending.messages.push(...messagesOf(sensor, day));
      },
    };
  }
}
