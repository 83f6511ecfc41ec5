import { spawn } from "node:child_process";
import { appendFile, mkdir, open, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import type { BacklogAnswer, BacklogRequest } from "../probes/watch-backlog.ts";
import { runProbe, runStrayflow, strayflowProgram } from "../support/child.ts";
import type { Figure } from "../support/figure.ts";
import { simulatedLogs } from "../support/logs.ts";
import type { Settings } from "../support/part.ts";
import { rates, summarize } from "../support/samples.ts";
import type { Measured } from "../support/script.ts";
import { temporaryDirectory } from "../support/temporary.ts";

export interface WatchSettings extends Settings {
  /** Of the stream whose latency is measured. */
  readonly rowsPerSecond: number;
  readonly seconds: number;
}

const EPOCHS = "5";
/** So that there are some ten alerts a second whose way can be timed. */
const FLAG_AT = "0.01";

/** From a backlog: how many connections a second, and what memory, in a process of its own. */
export async function measureBacklog({ rows, repeats, cache, remark }: WatchSettings): Promise<Measured> {
  const logs = await simulatedLogs(cache, "single", rows);
  const answers: BacklogAnswer[] = [];
  using directory = temporaryDirectory();
  remark("watch: train");
  const model = join(directory.path, "model");
  await runStrayflow(["train", ...logs, "--model", model, "--epochs", EPOCHS]);
  for (let pass = 0; pass < repeats; pass++) {
    remark(`watch: backlog, ${pass + 1} of ${repeats}`);
    const store = join(directory.path, `store-${pass}`);
    const request: BacklogRequest = { logs: logs[0]!, model, store };
    answers.push(
      await runProbe<BacklogAnswer>(new URL("../probes/watch-backlog.ts", import.meta.url), request),
    );
  }
  const seconds = answers.map((answer) => answer.seconds);
  const scored = answers[0]!.rows;
  const figures: Figure[] = [
    {
      name: "from a backlog, scores stored",
      unit: "rows a second",
      value: rates(scored, seconds),
      quality: "watch-rate",
    },
    {
      name: "a second of the thread that all waits for",
      unit: "rows a second",
      value: summarize(answers.map(({ rows: done, mainSeconds }) => done / mainSeconds)),
    },
    {
      name: "a second of the processor, all threads",
      unit: "rows a second",
      value: summarize(answers.map(({ rows: done, cpuSeconds }) => done / cpuSeconds)),
    },
    { name: "peak memory", unit: "bytes", value: summarize(answers.map(({ peakBytes }) => peakBytes)) },
    // The first part of a run still grows: caches fill, and the heap finds its size.
    {
      name: "memory at the end of the run against its middle",
      unit: "times as long",
      value: summarize(
        answers.map(({ memory }) => (memory.at(-1)?.bytes ?? 1) / (memory[memory.length >> 1]?.bytes ?? 1)),
      ),
    },
  ];
  return { id: "watch-backlog", title: "Watching, from a backlog", figures };
}

/** A log that grows: how long it takes from a line to the alert in the file of a sink, the store's commit included. */
export async function measureLatency(settings: WatchSettings): Promise<Measured> {
  const { rowsPerSecond, seconds, cache, remark } = settings;
  const rows = rowsPerSecond * seconds * 2;
  const logs = await simulatedLogs(cache, "single", rows);
  using directory = temporaryDirectory();
  const path = (name: string) => join(directory.path, name);
  remark("watch: train");
  await runStrayflow(["train", ...logs, "--model", path("model"), "--epochs", EPOCHS]);
  const lines = gunzipSync(await readFile(logs[0]!))
    .toString("utf8")
    .trimEnd()
    .split("\n");
  const header = lines.filter((line) => line.startsWith("#") && !line.startsWith("#close"));
  const uidAt =
    header
      .find((line) => line.startsWith("#fields"))!
      .split("\t")
      .indexOf("uid") - 1;
  const written = new Map<string, number>();
  await mkdir(path("logs"));
  await writeFile(path("logs/conn.log"), `${header.join("\n")}\n`);
  const sink = { type: "ndjson", name: "file", path: path("sent.ndjson"), kinds: ["alert"] };
  await writeFile(path("config.yaml"), JSON.stringify({ sinks: [sink] }));
  const words = [
    "watch",
    path("logs"),
    "--model",
    path("model"),
    "--store",
    path("store"),
    "--config",
    path("config.yaml"),
  ];
  const child = spawn(
    process.execPath,
    [strayflowProgram, ...words, "--from-start", "--p-value", FLAG_AT, "--log-json"],
    {
      stdio: "ignore",
    },
  );
  const ended = new Promise<void>((resolve) => child.on("close", () => resolve()));
  const latencies: number[] = [];
  try {
    await sleep(WARM_UP_MILLIS);
    remark(`watch: ${rowsPerSecond} lines a second for ${seconds} s`);
    const stop = new AbortController();
    const reading = follow(path("sent.ndjson"), written, latencies, stop.signal);
    const data = lines.filter((line) => !line.startsWith("#"));
    const began = performance.now();
    let next = 0;
    while (performance.now() - began < seconds * 1000 && next < data.length) {
      const due = Math.floor(((performance.now() - began) / 1000) * rowsPerSecond);
      const part = data.slice(next, due);
      next = Math.max(next, due);
      const now = performance.now();
      for (const line of part) written.set(line.split("\t", uidAt + 1)[uidAt]!, now);
      if (part.length > 0) await appendFile(path("logs/conn.log"), `${part.join("\n")}\n`);
      await sleep(EVERY_MILLIS);
    }
    await sleep(DRAIN_MILLIS);
    stop.abort();
    await reading;
  } finally {
    child.kill("SIGTERM");
    await ended;
  }
  const sorted = latencies.toSorted((a, b) => a - b);
  const quantile = (q: number) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? NaN;
  const one = (value: number) => ({ ...summarize([value]), count: sorted.length });
  const figures: Figure[] = [
    {
      name: "from line to alert sent, 99 of 100",
      unit: "seconds",
      value: one(quantile(0.99)),
      quality: "watch-latency",
    },
    { name: "from line to alert sent, half", unit: "seconds", value: one(quantile(0.5)) },
    { name: "from line to alert sent, the slowest", unit: "seconds", value: one(sorted.at(-1) ?? NaN) },
    { name: "alerts", unit: "count", value: summarize([sorted.length]) },
  ];
  return {
    id: "watch-latency",
    title: `Watching ${rowsPerSecond} connections a second for ${seconds} s`,
    figures,
  };
}

/** Notes when the lines of a sink's file appear. */
async function follow(
  file: string,
  written: ReadonlyMap<string, number>,
  latencies: number[],
  signal: AbortSignal,
): Promise<void> {
  let at = 0;
  let rest = "";
  const block = Buffer.alloc(1 << 20);
  while (!signal.aborted) {
    const handle = await open(file).catch(() => undefined);
    if (handle !== undefined) {
      const { bytesRead } = await handle.read(block, 0, block.length, at);
      await handle.close();
      at += bytesRead;
      const now = performance.now();
      const lines = (rest + block.toString("latin1", 0, bytesRead)).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const since = written.get(/"uid":"([^"]+)"/.exec(line)?.[1] ?? "");
        if (since !== undefined) latencies.push((now - since) / 1000);
      }
    }
    await sleep(POLL_MILLIS);
  }
}

const WARM_UP_MILLIS = 5000;
const EVERY_MILLIS = 20;
const POLL_MILLIS = 10;
const DRAIN_MILLIS = 3000;
