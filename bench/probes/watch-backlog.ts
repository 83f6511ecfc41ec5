import { rmSync } from "node:fs";
import { Watch } from "../../packages/strayflow/src/live/watch.ts";

/** What the probe is asked for: a folder of logs, a model, and where to put the store. */
export interface BacklogRequest {
  readonly logs: string;
  readonly model: string;
  readonly store: string;
}

export interface BacklogAnswer {
  readonly rows: number;
  readonly seconds: number;
  /** Of the processor, all threads, and the one that everything waits for. */
  readonly cpuSeconds: number;
  readonly mainSeconds: number;
  readonly stages: Readonly<Record<string, number>>;
  readonly peakBytes: number;
  /** Memory of the process as the rows went by, once a second. */
  readonly memory: readonly { readonly rows: number; readonly bytes: number }[];
}

const { logs, model, store } = JSON.parse(process.argv[2]!) as BacklogRequest;
const tell = (fields: object, message: string) =>
  process.stderr.write(`${message} ${JSON.stringify(fields)}\n`);
const watch = await Watch.open({
  modelDir: model,
  sources: [{ name: "backlog", path: logs }],
  store,
  sinks: [],
  fromStart: true,
  once: true,
  log: { debug: () => undefined, info: () => undefined, warn: tell, error: tell },
});
const { tallies } = watch.engine.sensors[0]!;
const memory: { rows: number; bytes: number }[] = [];
const sampling = setInterval(() => {
  memory.push({ rows: tallies.rows, bytes: process.memoryUsage.rss() });
}, 1000);
const began = performance.now();
const cpu = process.cpuUsage();
const main = process.threadCpuUsage();
await watch.run();
const seconds = (performance.now() - began) / 1000;
const total = process.cpuUsage(cpu);
const own = process.threadCpuUsage(main);
clearInterval(sampling);
const answer: BacklogAnswer = {
  rows: tallies.rows,
  seconds,
  cpuSeconds: (total.user + total.system) / 1e6,
  mainSeconds: (own.user + own.system) / 1e6,
  stages: watch.engine.times.seconds,
  peakBytes: process.resourceUsage().maxRSS * 1024,
  memory,
};
await watch.close();
rmSync(`${store}.state`, { recursive: true, force: true });
process.stdout.write(JSON.stringify(answer));
