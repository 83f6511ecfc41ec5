import type { SuppressibleAlert } from "../../detect/suppress/index.ts";
import type { Message, OpenedSink } from "../../sinks/index.ts";
import type { SavedSensor, Step, StepResult } from "../../store/index.ts";
import { positionAfter, type Position, type Source, type SourceEvent } from "../sources/index.ts";
import type { EngineLog } from "./engine-log.ts";
import { noticeTroubles } from "./health.ts";
import type { ReadyModel } from "./open-model.ts";
import type { Pace } from "./pace.ts";
import { RowWork } from "./row-work.ts";
import { packSensorPosition } from "./sensor-position.ts";
import { SensorStatus, type SavedStatus } from "./sensor-status.ts";
import { SensorTallies } from "./sensor-tallies.ts";
import { SensorWatch } from "./sensor-watch.ts";
import type { StageTimes } from "./stage-times.ts";
import type { StateFolder } from "./state-file.ts";
import { StateSaver } from "./state-saver.ts";
import { StreamJudge } from "./stream-judge.ts";
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
  readonly #rows: RowWork;
  readonly #watch: SensorWatch;
  #nextModel: ReadyModel | undefined;
  #position: Position;
  /** Alerts and journal entries so far, those of the pending step not included. */
  #alerts: number;
  #journal: number;
  #inFlight: Promise<unknown> = Promise.resolve();
  #isHanding = false;
  #committedAt: number;
  readonly #saver: StateSaver;
  /** All there is was read at some time, and now. */
  #isCaughtUp = false;
  #isIdle = false;

  constructor(world: SensorWorld, { source, endSource, judge, saved, status, remarks }: SensorParts) {
    this.name = source.name;
    this.#world = world;
    this.#source = source;
    this.#endSource = endSource;
    this.#position = source.position;
    this.#alerts = saved?.alerts ?? 0;
    this.#journal = saved?.lastJournal ?? 0;
    this.tallies = new SensorTallies();
    this.status = new SensorStatus(source.name, status);
    const now = world.now();
    this.#committedAt = now;
    this.#watch = new SensorWatch(this.status, world.pace, judge, now);
    this.#saver = new StateSaver({ ...world, sensor: this.name });
    this.#rows = new RowWork({
      ...world,
      sensor: this.name,
      judge,
      tallies: this.tallies,
      onJournal: (bytes) => this.#saver.addJournal(bytes),
      onRefused: ({ file }, message) => {
        const text = `${file} is not read: ${message}`;
        this.#tell(this.status.remark("no-zeek-log", file, { text, severity: "medium" }, this.#seconds()));
      },
    });
    for (const text of remarks)
      this.#tell(this.status.remark("restart", text, { text, severity: "medium" }, this.#seconds()));
  }

  /** All there is has been read. */
  get isIdle(): boolean {
    return this.#isIdle;
  }

  get #judge(): StreamJudge {
    return this.#rows.judge;
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
    const { pace, now } = this.#world;
    if (event !== "tick") {
      switch (event.kind) {
        case "idle":
          this.#isCaughtUp = true;
          this.#isIdle = true;
          break;
        case "notice":
          this.#tell(noticeTroubles(this.status, event.notice, this.#seconds()));
          break;
        default:
          if (event.kind === "bytes") this.#isIdle = false;
          await this.#rows.take(event);
      }
    }
    const at = now();
    const { lastDataAt } = this.#source;
    const { lagSeconds } = this.tallies;
    const times = { now: at, lastDataAt, isCaughtUp: this.#isCaughtUp, lagSeconds };
    this.#tell(this.#watch.look(this.#judge, times));
    // While the store is still at the step before, a larger one gathers rather than that all waits.
    const room = this.#isHanding ? MOST_GATHERED : 1;
    const { rows, alerts } = this.#rows.pending;
    const isFull = rows >= room * pace.commitRows || alerts >= room * pace.commitAlerts;
    if (isFull || (!this.#isHanding && at - this.#committedAt >= this.#commitMillis()))
      await this.#commit(false);
  }

  /** Hands what came since the last commit to the store, which takes it while the work goes on. */
  async #commit(isForced: boolean): Promise<void> {
    await this.#rows.finish();
    this.#committedAt = this.#world.now();
    this.#tell(this.#watch.clock(this.#judge, this.#committedAt));
    const isIdle = this.#rows.pending.isEmpty && !this.#saver.hasSnapshot && this.#nextModel === undefined;
    if (isIdle && !isForced) return;
    await this.#inFlight;
    this.#hand();
    await this.#moveOn();
  }

  #hand(): void {
    const pending = this.#rows.takeStep();
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
    this.#rows.judge = await StreamJudge.open(model, {
      pValue: model.pValue,
      state: await before.save(),
      times,
    });
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

  #tell(messages: readonly Message[]): void {
    this.#rows.pending.messages.push(...messages);
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
