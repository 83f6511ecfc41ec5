import { formatDuration } from "../../base/units.ts";
import type { SuppressibleAlert } from "../../detect/suppress/index.ts";
import type { BegunBatch } from "../../pipeline/detector.ts";
import type { Message, OpenedSink } from "../../sinks/index.ts";
import type { SavedSensor, Step, StepResult } from "../../store/index.ts";
import {
  positionAfter,
  type Position,
  type Source,
  type SourceEvent,
  type SourceLog,
} from "../sources/index.ts";
import type { EngineLog } from "./engine-log.ts";
import { entriesOf, messagesOf } from "../drift/drift-output.ts";
import { dataTroubles, noticeTroubles, trafficTroubles } from "./health.ts";
import { encodeEntry } from "./journal-entry.ts";
import { LogScanners, type PlacedBatch } from "./log-scanners.ts";
import type { ReadyModel } from "./open-model.ts";
import type { Pace } from "./pace.ts";
import { PendingStep } from "./pending-step.ts";
import { packSensorPosition } from "./sensor-position.ts";
import { SensorStatus, type SavedStatus } from "./sensor-status.ts";
import { SensorTallies } from "./sensor-tallies.ts";
import type { StageTimes } from "./stage-times.ts";
import type { StateFolder } from "./state-file.ts";
import { StateSaver } from "./state-saver.ts";
import { StreamJudge, type Outcome } from "./stream-judge.ts";
import { ticking } from "./ticking.ts";

/** What all sensors share. */
export interface SensorWorld {
  /** Stores a step, however long that takes; rejects only where the run has to end. */
  readonly commit: (step: Step) => Promise<StepResult>;
  readonly folder: StateFolder;
  readonly sinks: () => readonly OpenedSink[];
  /** Ids of the active suppressions that cover an alert. */
  readonly suppressions: (given: () => SuppressibleAlert) => readonly number[];
  readonly pace: Pace;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly log: EngineLog;
  readonly times: StageTimes;
  readonly onStep: (sensor: string, result: StepResult, messages: readonly Message[]) => void;
}

export interface SensorParts {
  readonly source: Source;
  /** Has the source end, so that nobody waits for its next event. */
  readonly endSource: () => void;
  readonly judge: StreamJudge;
  readonly saved: SavedSensor | undefined;
  readonly status: SavedStatus | undefined;
  /** What happened while it was opened. */
  readonly remarks: readonly string[];
}

interface Under {
  readonly begun: BegunBatch;
  readonly placed: PlacedBatch;
}

/**
 * One sensor at work: events of its source go in, steps are committed. A step holds rows, what came of them, and how far the
 * logs were read, so that whoever goes on from it has lost nothing and repeats nothing.
 */
export class SensorRun {
  readonly name: string;
  readonly tallies: SensorTallies;
  readonly status: SensorStatus;
  readonly #world: SensorWorld;
  readonly #source: Source;
  readonly #endSource: () => void;
  readonly #scanners: LogScanners;
  readonly #begunAt: number;
  #judge: StreamJudge;
  #nextModel: ReadyModel | undefined;
  #under: Under | undefined;
  #pending = new PendingStep();
  #position: Position;
  readonly #places = new WeakMap<SourceLog, number>();
  /** Alerts and journal entries so far, those of the pending step not included. */
  #alerts: number;
  #journal: number;
  #inFlight: Promise<unknown> = Promise.resolve();
  #isHanding = false;
  #committedAt: number;
  #statusAt: number;
  #trafficAt: number;
  readonly #saver: StateSaver;
  /** All there is was read at some time, and now. */
  #isCaughtUp = false;
  #isIdle = false;
  #shift: number;

  constructor(world: SensorWorld, { source, endSource, judge, saved, status, remarks }: SensorParts) {
    this.name = source.name;
    this.#world = world;
    this.#source = source;
    this.#endSource = endSource;
    this.#judge = judge;
    this.#position = source.position;
    this.#alerts = saved?.alerts ?? 0;
    this.#journal = saved?.lastJournal ?? 0;
    this.#shift = judge.clock.shift;
    this.tallies = new SensorTallies();
    this.status = new SensorStatus(source.name, status);
    const now = world.now();
    this.#begunAt = now;
    this.#committedAt = now;
    this.#statusAt = now;
    this.#trafficAt = now;
    this.#saver = new StateSaver({ ...world, sensor: this.name });
    this.#scanners = new LogScanners({
      onReject: (reject) => {
        this.tallies.reject(reject);
        this.#judge.drift.reject(1);
      },
      onRefused: (log, error) => {
        const text = `${log.file} is not read: ${error.message}`;
        this.#tell(
          this.status.remark("no-zeek-log", log.file, { text, severity: "medium" }, this.#seconds()),
        );
      },
    });
    for (const text of remarks)
      this.#tell(this.status.remark("restart", text, { text, severity: "medium" }, this.#seconds()));
  }

  /** All there is has been read. */
  get isIdle(): boolean {
    return this.#isIdle;
  }

  /** Columns that had moved on the last day that ended. */
  get movedColumns(): number | undefined {
    return this.#judge.drift.movedColumns;
  }

  /**
   * Works until the source ends or is aborted; with `once`, until all there is has been read. What was read by then is
   * committed, and the state saved.
   */
  async run({
    once = false,
    signal,
  }: {
    readonly once?: boolean | undefined;
    readonly signal: AbortSignal;
  }): Promise<void> {
    try {
      // The place to go on from, and the state there, before anything comes.
      await this.#commit(true);
      await this.#saveState();
      for await (const event of ticking(this.#source, () => this.#untilTick())) {
        await this.#take(event);
        if (!signal.aborted && !(once && this.#isIdle)) continue;
        // The next event is waited for already.
        this.#endSource();
        break;
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    await this.#commit(true);
    await this.#saveState();
    await this.#inFlight;
  }

  /** Goes on with another model, or another p-value, from the next commit on. */
  use(model: ReadyModel): void {
    this.#nextModel = model;
  }

  async close(): Promise<void> {
    await this.#judge.close();
  }

  async #take(event: SourceEvent | "tick"): Promise<void> {
    const { times, pace, now } = this.#world;
    if (event !== "tick") {
      switch (event.kind) {
        case "header":
          this.#scanners.enter(event);
          break;
        case "bytes":
          this.#isIdle = false;
          times.time("read", () => this.#scanners.push(event));
          break;
        case "end":
          await this.#endLog(event);
          break;
        case "idle":
          this.#isCaughtUp = true;
          this.#isIdle = true;
          break;
        case "notice":
          this.#tell(noticeTroubles(this.status, event.notice, this.#seconds()));
          break;
      }
    }
    await this.#work();
    const at = now();
    if (at - this.#statusAt >= pace.statusMillis) this.#lookAtStatus(at);
    // While the store is still at the step before, a larger one gathers rather than that all waits.
    const room = this.#isHanding ? MOST_GATHERED : 1;
    const { rows, alerts } = this.#pending;
    const isFull = rows >= room * pace.commitRows || alerts >= room * pace.commitAlerts;
    if (isFull || (!this.#isHanding && at - this.#committedAt >= this.#commitMillis()))
      await this.#commit(false);
  }

  async #endLog(event: Extract<SourceEvent, { kind: "end" }>): Promise<void> {
    const offset = this.#scanners.end(event);
    await this.#work();
    await this.#settle();
    this.#pending.places.set(event.log, { offset, isEnded: true });
  }

  /** Scores what is complete, but for the last batch, whose scores are computed meanwhile. */
  async #work(): Promise<void> {
    for (const placed of this.#scanners.take()) {
      if (placed.log.kind === "open") {
        await this.#settle();
        this.#takeOpen(placed);
        continue;
      }
      const begun = this.#judge.begin(placed.batch);
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
    const { batch, log, offset } = placed;
    const pending = this.#pending;
    const { times } = this.#world;
    const scored = await this.#judge.finish(begun, this.#outcome());
    const entry = times.time("journal", () => encodeEntry(batch, log.kind));
    this.#saver.addJournal(entry.length);
    const { pValue: p_value, score, flagged } = scored;
    pending.addBatch(batch, { p_value, score, flagged }, entry);
    pending.places.set(log, { offset, isEnded: false });
    this.#places.set(log, offset);
    this.tallies.add(scored);
  }

  /** What is said of connections that are still open is kept; the rows are not. */
  #takeOpen({ batch, log, offset }: PlacedBatch): void {
    const { times } = this.#world;
    times.time("group", () => this.#judge.takeOpen(batch, this.#outcome()));
    const entry = times.time("journal", () => encodeEntry(batch, log.kind));
    this.#saver.addJournal(entry.length);
    this.#pending.addEntry(entry);
    this.#pending.places.set(log, { offset, isEnded: false });
    this.#places.set(log, offset);
  }

  #outcome(): Outcome {
    const pending = this.#pending;
    const { suppressions } = this.#world;
    return {
      onAlert: (alert, joined) => {
        const given = () => ({ alert, sensor: this.name, incident: joined.id, kind: joined.kind() });
        pending.addAlert(alert, joined, suppressions(given));
      },
      onNews: (news) => {
        pending.say(news);
        if (news.revision === 1) this.tallies.open(news.incident.severity);
      },
      onClose: (incident, revision) => pending.close(incident, revision),
      onFold: (into, from) => pending.fold(into, from),
      onDay: (day) => {
        pending.drift.push(...entriesOf(this.name, day));
        pending.messages.push(...messagesOf(this.name, day));
      },
    };
  }

  /** Hands what came since the last commit to the store, which takes it while the work goes on. */
  async #commit(isForced: boolean): Promise<void> {
    this.#scanners.emit();
    await this.#work();
    await this.#settle();
    const place = this.#scanners.place();
    if (place !== undefined && this.#places.get(place.log) !== place.offset) {
      this.#pending.places.set(place.log, { offset: place.offset, isEnded: false });
      this.#places.set(place.log, place.offset);
    }
    this.#committedAt = this.#world.now();
    this.#watchClock();
    if (!isForced && this.#pending.isEmpty && !this.#saver.hasSnapshot && this.#nextModel === undefined)
      return;
    await this.#inFlight;
    this.#hand();
    await this.#moveOn();
  }

  #hand(): void {
    const pending = this.#pending;
    this.#pending = new PendingStep();
    for (const [log, { offset, isEnded }] of pending.places)
      this.#position = positionAfter(this.#position, log, offset, isEnded);
    const snapshot = this.#saver.take();
    const { rejected } = this.#judge.drift;
    const step: Step = {
      ...pending.toStep(this.name, this.#alerts, this.#world.sinks()),
      position: packSensorPosition({ source: this.#position, troubles: this.status.save(), rejected }),
      snapshot,
    };
    this.#alerts += pending.alerts;
    this.#journal += pending.entries;
    const { commit, times, onStep, folder } = this.#world;
    this.#isHanding = true;
    this.#inFlight = times.time("commit", async () => {
      const result = await commit(step).finally(() => void (this.#isHanding = false));
      pending.release();
      this.tallies.committed(this.#world.now());
      onStep(this.name, result, pending.messages);
      this.tallies.snapshotBytes = this.#saver.length;
      if (snapshot !== undefined) await folder.removeOthers(this.name, snapshot.file);
    });
    this.#inFlight.catch(() => undefined);
  }

  /** At a place where all that was read is on its way into the store: swaps the model, and begins to save the state. */
  async #moveOn(): Promise<void> {
    const next = this.#nextModel;
    if (next !== undefined) {
      this.#nextModel = undefined;
      await this.#swap(next);
    }
    if (this.#saver.isDue) void this.#saver.save(this.#judge, this.#journal);
  }

  async #swap(model: ReadyModel): Promise<void> {
    const before = this.#judge;
    const { times, log } = this.#world;
    this.#judge = await StreamJudge.open(model, { pValue: model.pValue, state: await before.save(), times });
    await before.close();
    // What comes now must not be gone through again with the model before.
    await this.#saver.settled();
    await this.#saver.save(this.#judge, this.#journal);
    log.info({ sensor: this.name, pValue: model.pValue }, "the model was loaded anew");
  }

  /** Saves the state, and has the store know of it. */
  async #saveState(): Promise<void> {
    await this.#inFlight;
    await this.#saver.settled();
    await this.#saver.save(this.#judge, this.#journal);
    this.#hand();
    await this.#inFlight;
  }

  #lookAtStatus(at: number): void {
    const { pace } = this.#world;
    this.#statusAt = at;
    const lastData = this.#source.lastDataAt ?? this.#begunAt;
    const { lagSeconds } = this.tallies;
    this.#tell(
      dataTroubles(this.status, { now: at, lastData, isCaughtUp: this.#isCaughtUp, lagSeconds }, pace),
    );
    if (at - this.#trafficAt < TRAFFIC_MILLIS) return;
    this.#trafficAt = at;
    this.#tell(trafficTroubles(this.status, this.#judge, at / 1000));
  }

  /** The stream's clock counts on where the log's own goes back. */
  #watchClock(): void {
    const ahead = this.#judge.takeAhead();
    if (ahead !== undefined) {
      const text = `a connection in the log is dated more than a day after those before it (${dateOf(ahead)}): it is judged, and time goes on from the others`;
      this.#tell(this.status.remark("clock-ahead", "", { text, severity: "low" }, this.#seconds()));
    }
    const { shift } = this.#judge.clock;
    const back = shift - this.#shift;
    this.#shift = shift;
    if (back < LEAST_BACK_SECONDS) return;
    const text = `the times in the log went back by ${formatDuration(Math.round(back))}: older logs after newer ones, or a clock that was set`;
    this.#tell(this.status.remark("clock-back", "", { text, severity: "medium" }, this.#seconds()));
  }

  #tell(messages: readonly Message[]): void {
    this.#pending.messages.push(...messages);
  }

  #seconds(): number {
    return this.#world.now() / 1000;
  }

  #untilTick(): number {
    const { pace, now } = this.#world;
    if (this.#isHanding) return HANDING_MILLIS;
    const since = now() - this.#committedAt;
    return Math.max(5, Math.min(this.#commitMillis() - since, pace.statusMillis));
  }

  #commitMillis(): number {
    const { commitMillis, busyMillis } = this.#world.pace;
    return this.#isIdle ? commitMillis : busyMillis;
  }
}

/** Steps in one, where the store is slower than the rest. */
const MOST_GATHERED = 2;
/** Until it is looked whether the store has the step. */
const HANDING_MILLIS = 20;
const TRAFFIC_MILLIS = 30_000;
const LEAST_BACK_SECONDS = 60;

function dateOf(seconds: number): string {
  return Math.abs(seconds) < LAST_DATE ? new Date(seconds * 1000).toISOString().slice(0, 19) : "far away";
}

/** What `Date` can write. */
const LAST_DATE = 8.64e12;
