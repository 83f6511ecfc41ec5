import { program } from "../base/program.ts";
import type { OpenedSink } from "../sinks/index.ts";
import { ControlServer, controlPath, type WatchStatus } from "./control/index.ts";
import { Engine, type EngineOptions } from "./engine/engine.ts";
import type { ModelChoice } from "./engine/open-model.ts";
import { metricsText } from "./metrics/metrics-text.ts";
import { Retention, type RetentionLimits } from "./retention.ts";
import { MetricsServer, type Health } from "./metrics/metrics-server.ts";

export interface WatchOptions extends EngineOptions {
  readonly metrics?: { readonly host: string; readonly port: number } | undefined;
  readonly retention?: RetentionLimits | undefined;
  /** What model and sinks are to be now; asked when somebody wants them loaded anew. Throws where they cannot be had. */
  readonly reload?:
    | (() => Promise<{ readonly model: ModelChoice; readonly sinks: readonly OpenedSink[] }>)
    | undefined;
}

/** A watch at work: engine, metrics, and the socket for other commands. Whoever opens it runs and closes it. */
export class Watch {
  readonly engine: Engine;
  readonly #options: WatchOptions;
  readonly #since: number;
  #control: ControlServer | undefined;
  #metrics: MetricsServer | undefined;
  #reloading: Promise<unknown> = Promise.resolve();
  #retention: Retention | undefined;

  private constructor(options: WatchOptions, engine: Engine) {
    this.#options = options;
    this.engine = engine;
    this.#since = this.#now() / 1000;
  }

  static async open(options: WatchOptions): Promise<Watch> {
    const watch = new Watch(options, await Engine.open(options));
    try {
      await watch.#listen();
    } catch (error) {
      await watch.close(0);
      throw error;
    }
    return watch;
  }

  /** Port of the metrics; undefined where none are served. */
  get metricsPort(): number | undefined {
    return this.#metrics?.port;
  }

  run(): Promise<void> {
    return this.engine.run();
  }

  stop(): void {
    this.engine.stop();
  }

  /** Loads model and configuration anew. Where that fails, all stays as it is, and the promise rejects with the reason. */
  reload(): Promise<string> {
    const { reload } = this.#options;
    const done = this.#reloading.then(async () => {
      if (reload === undefined) return "there is nothing to load anew";
      const { model, sinks } = await reload();
      await this.engine.useModel(model);
      await this.engine.useSinks(sinks);
      return "model and configuration were loaded anew";
    });
    this.#reloading = done.catch(() => undefined);
    return done;
  }

  health(): Health {
    const { keeper, sensors } = this.engine;
    const problems = sensors.flatMap(({ name, status }) =>
      status.current().map(({ text }) => `${name}: ${text}`),
    );
    const { trouble } = keeper;
    if (trouble !== undefined) problems.push(`nothing can be stored: ${trouble.text}`);
    const isFailing = trouble !== undefined || sensors.some(({ status }) => status.current().some(isFatal));
    return { isHealthy: !isFailing, problems };
  }

  status(): WatchStatus {
    const { keeper, sensors } = this.engine;
    return {
      pid: process.pid,
      version: program.version,
      since: this.#since,
      pValue: this.engine.model().pValue,
      sensors: sensors.map(({ name, tallies, status }) => {
        const { rows, flagged, rejected, lagSeconds } = tallies;
        return { name, rows, flagged, rejected, lagSeconds, troubles: status.current() };
      }),
      storeTrouble: keeper.trouble?.text,
    };
  }

  async close(drainMillis?: number): Promise<void> {
    await this.#retention?.close();
    await this.#control?.close();
    await this.#metrics?.close();
    await this.#reloading;
    await this.engine.close(drainMillis);
  }

  async #listen(): Promise<void> {
    const { store, metrics, retention, log } = this.#options;
    this.#control = await ControlServer.open(controlPath(store), () => this.engine.keeper.store, {
      status: async () => this.status(),
      reload: async () => ({ message: await this.reload() }),
    });
    if (metrics !== undefined) {
      const texts = { metrics: () => metricsText(this.engine, this.#since), health: () => this.health() };
      this.#metrics = await MetricsServer.open({ ...metrics, ...texts });
      log.info({ host: metrics.host, port: this.#metrics.port }, "serving /metrics and /healthz");
    }
    if (retention === undefined) return;
    this.#retention = new Retention({
      limits: retention,
      store: () => this.engine.keeper.store,
      isIdle: () => this.engine.sensors.every(({ isIdle }) => isIdle),
      log,
    });
    this.#retention.start();
  }

  #now(): number {
    return (this.#options.now ?? Date.now)();
  }
}

/** With which a sensor sees nothing. */
function isFatal({ code }: { readonly code: string }): boolean {
  return code === "source-gone" || code === "no-data";
}
