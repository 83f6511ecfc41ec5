import type { Message, OpenedSink, SinkMetrics } from "../../sinks/index.ts";
import { Delivery } from "../../sinks/index.ts";
import type { ChangedIncident, StepResult } from "../../store/index.ts";
import type { FollowTimes, SourceSpec } from "../sources/index.ts";
import type { EngineLog } from "./engine-log.ts";
import { openSensor } from "./open-sensor.ts";
import { readyModel, type ModelChoice, type ReadyModel } from "./open-model.ts";
import { usualPace, type Pace } from "./pace.ts";
import type { SensorRun } from "./sensor-run.ts";
import { StageTimes } from "./stage-times.ts";
import { StateFolder } from "./state-file.ts";
import { StoreKeeper, type KeeperOptions } from "./store-keeper.ts";

export interface EngineOptions extends ModelChoice {
  readonly sources: readonly SourceSpec[];
  /** A file that this process alone may have open. */
  readonly store: string;
  readonly sinks: readonly OpenedSink[];
  /** What is read of sources that the store does not know yet; unless told, what comes from now on. */
  readonly fromStart?: boolean | undefined;
  /** Seconds since 1970. */
  readonly since?: number | undefined;
  /** Ends when all there is has been read. */
  readonly once?: boolean | undefined;
  readonly pace?: Partial<Pace> | undefined;
  readonly times?: Partial<FollowTimes> | undefined;
  readonly stdin?: AsyncIterable<Uint8Array> | undefined;
  readonly log: EngineLog;
  /** Milliseconds since 1970. */
  readonly now?: (() => number) | undefined;
  /** Hears of incidents as they are stored, in words of the store. */
  readonly onIncident?: ((sensor: string, change: ChangedIncident) => void) | undefined;
  readonly onStatus?: ((message: Message) => void) | undefined;
  readonly keeper?:
    | Partial<Pick<KeeperOptions, "open" | "retryMillis" | "memoryLimit" | "threads">>
    | undefined;
}

/** All sensors of one process, the store that they share, and the delivery of what they find. Whoever opens it runs and closes it. */
export class Engine {
  readonly times: StageTimes;
  readonly model: () => ReadyModel;
  readonly #keeper: StoreKeeper;
  readonly #runs: readonly SensorRun[];
  readonly #options: EngineOptions;
  readonly #stop: AbortController;
  #sinks: readonly OpenedSink[];
  #delivery: Delivery;
  #model: ReadyModel;

  private constructor(parts: {
    readonly options: EngineOptions;
    readonly keeper: StoreKeeper;
    readonly runs: readonly SensorRun[];
    readonly model: ReadyModel;
    readonly times: StageTimes;
    readonly stop: AbortController;
    readonly shared: Shared;
  }) {
    this.#options = parts.options;
    this.#keeper = parts.keeper;
    this.#runs = parts.runs;
    this.#model = parts.model;
    this.#stop = parts.stop;
    this.times = parts.times;
    this.model = () => this.#model;
    this.#sinks = parts.options.sinks;
    this.#delivery = this.#deliver();
    parts.shared.sinks = () => this.#sinks;
    parts.shared.onStep = (sensor, result, messages) => this.#onStep(sensor, result, messages);
  }

  static async open(options: EngineOptions): Promise<Engine> {
    const { store: file, log, now = Date.now, keeper: keeperOptions } = options;
    const model = await readyModel(options);
    const keeper = await StoreKeeper.open({
      keepUid: true,
      memoryLimit: STORE_MEMORY,
      ...keeperOptions,
      file,
      log,
      now,
    });
    const stop = new AbortController();
    const times = new StageTimes();
    const shared: Shared = { sinks: () => options.sinks, onStep: () => undefined };
    const runs: SensorRun[] = [];
    try {
      await keeper.readSuppressions();
      for (const spec of options.sources) {
        const world = {
          commit: keeper.commit.bind(keeper),
          folder: new StateFolder(file),
          sinks: () => shared.sinks(),
          suppressions: (given: Parameters<StoreKeeper["suppressions"]>[0]) =>
            keeper.suppressions(given, now() / 1000),
          pace: { ...usualPace, ...options.pace },
          now,
          log,
          times,
          onStep: (...step: Parameters<Shared["onStep"]>) => shared.onStep(...step),
        };
        const saved = await keeper.store.loadSensor(spec.name);
        const start = { ...options, spec, model, signal: stop.signal, times: options.times };
        runs.push(await openSensor(world, saved, start));
      }
    } catch (error) {
      for (const run of runs) await run.close();
      await keeper.close();
      throw error;
    }
    return new Engine({ options, keeper, runs, model, times, stop, shared });
  }

  get keeper(): StoreKeeper {
    return this.#keeper;
  }

  get sensors(): readonly SensorRun[] {
    return this.#runs;
  }

  sinkMetrics(): readonly SinkMetrics[] {
    return this.#delivery.metrics();
  }

  /** Works until it is stopped, every source has ended, or a sensor fails: then the others stop too, and it rejects. */
  async run(): Promise<void> {
    const { once } = this.#options;
    const { signal } = this.#stop;
    const runs = this.#runs.map(async (run) => {
      try {
        await run.run({ once, signal });
      } catch (error) {
        this.stop();
        throw error;
      }
    });
    const results = await Promise.allSettled(runs);
    const failed = results.find((result) => result.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  }

  /** Has every sensor commit what it has read, and end. */
  stop(): void {
    this.#stop.abort();
    this.#keeper.endSoon();
  }

  /** Loads the model anew; it takes over at the next commit of each sensor. Throws where it cannot be loaded: then all stays. */
  async useModel(choice: ModelChoice): Promise<void> {
    const model = await readyModel(choice);
    // Opened once to see that it can be.
    await (await model.open(model.pValue)).close();
    this.#model = model;
    for (const run of this.#runs) run.use(model);
  }

  /** Goes on with other sinks; what waits for one of the same name is sent there. */
  async useSinks(sinks: readonly OpenedSink[]): Promise<void> {
    const before = this.#delivery;
    this.#sinks = sinks;
    await before.close();
    this.#delivery = this.#deliver();
  }

  /** Sends what can be sent, and closes all. */
  async close(drainMillis = 5000): Promise<void> {
    await this.#delivery.close(drainMillis);
    for (const run of this.#runs) await run.close();
    await this.#keeper.close();
  }

  #deliver(): Delivery {
    const { log, now } = this.#options;
    return new Delivery({
      outbox: this.#keeper.outbox,
      routes: this.#sinks,
      ...(now === undefined ? {} : { now }),
      onFailure: (sink, error, givenUp) =>
        log.warn({ sink, error, givenUp }, givenUp > 0 ? "messages were given up" : "a sink failed"),
    });
  }

  #onStep(sensor: string, { changed }: StepResult, messages: readonly Message[]): void {
    this.#delivery.wake();
    const { log, onIncident, onStatus } = this.#options;
    for (const change of changed) {
      if (change.news === undefined) continue;
      const { id, severity, headline, alerts } = change.incident;
      const { isSuppressed } = change;
      log.info({ sensor, incident: id, severity, alerts, isSuppressed, headline }, `incident ${change.news}`);
      onIncident?.(sensor, change);
    }
    for (const message of messages) {
      if (message.kind === "status") log.warn({ sensor, code: message.status.code }, message.status.text);
      if (message.kind === "drift")
        log.warn(
          { sensor, measure: message.drift.measure, column: message.drift.column },
          message.drift.text,
        );
      onStatus?.(message);
    }
  }
}

/**
 * Bytes for the database engine, which fills what it is given with what it has read and written: what is stored is asked
 * for seldom, and the process runs beside others.
 */
const STORE_MEMORY = 128e6;

/** What sensors ask for that is there only once they all are. */
interface Shared {
  sinks: () => readonly OpenedSink[];
  onStep: (sensor: string, result: StepResult, messages: readonly Message[]) => void;
}
