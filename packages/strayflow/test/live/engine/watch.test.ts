import { rename, rm } from "node:fs/promises";
import { get } from "node:http";
import { stat } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ExpectedError } from "../../../src/base/errors.ts";
import { connectWatch, controlPath } from "../../../src/live/control/index.ts";
import { Watch } from "../../../src/live/watch.ts";
import type { Message, OpenedSink } from "../../../src/sinks/index.ts";
import { openWatchStore, type WatchStore } from "../../../src/store/index.ts";
import type { Office } from "../../pipeline/office.ts";
import { growingLog, rememberingLog, until, watchOptions } from "./helpers.ts";
import { openTrainedOffice, scored, stored } from "./watched-office.ts";

let office: Office;
beforeAll(async () => {
  office = await openTrainedOffice({ rows: 2500, seed: 11 });
}, 60_000);
afterAll(() => office[Symbol.asyncDispose]());

/** A sink that does what the test says. */
function sinkThat(
  name: string,
  send: (messages: readonly Message[], signal: AbortSignal) => Promise<void>,
): OpenedSink {
  return {
    sink: { name, send, close: async () => undefined },
    batch: 10,
    pauseMillis: 0,
    timeLimitMillis: 60_000,
    giveUpMillis: 3_600_000,
    accepts: ({ kind }) => kind !== "alert",
  };
}

const never = () => new Promise<void>(() => undefined);

function fetched(port: number, path: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    get({ host: "127.0.0.1", port, path, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => (text += part));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
    }).on("error", reject);
  });
}

test("stopped and started again, it scores every connection once, as score does", async () => {
  const log = await growingLog(office, "stop", 300);
  for (const more of [0, 200, 1]) {
    await log.add(more);
    const watch = await Watch.open(watchOptions(office, "stop", { once: true }));
    await watch.run();
    await watch.close();
  }
  await log.add(log.lines.length);
  const watch = await Watch.open(watchOptions(office, "stop", { once: true }));
  await watch.run();
  await watch.close();
  const found = await stored(office.path("stop.store"));
  expect(found.rows).toBe(log.lines.length);
  expect(found.verdicts).toEqual(await scored(office, office.later));
}, 30_000);

test("sinks that hang or fail hold up nothing, and what they did not take waits for them", async () => {
  await growingLog(office, "sinks", 2000);
  const got: Message[] = [];
  const sinks = [
    sinkThat("hangs", never),
    sinkThat("fails", () => Promise.reject(new Error("refused"))),
    sinkThat("works", async (messages) => void got.push(...messages)),
  ];
  const watch = await Watch.open(watchOptions(office, "sinks", { once: true, sinks }));
  await watch.run();
  await until("the sink that works has all", async () => {
    const waiting = (await watch.engine.keeper.store.outboxCounts()).find(
      ({ sink }) => sink === "works",
    )?.waiting;
    return got.length > 0 && (waiting ?? 0) === 0;
  });
  await watch.close(100);
  expect(new Set(got.map(({ id }) => id)).size).toBe(got.length);
  await using store = await openWatchStore({ file: office.path("sinks.store") });
  const counts = new Map((await store.outboxCounts()).map(({ sink, waiting }) => [sink, waiting]));
  expect(counts.get("hangs")).toBe(got.length);
  expect(counts.get("fails")).toBe(got.length);
}, 30_000);

test("a store that cannot be written to is tried until it can, and nothing is lost or repeated", async () => {
  await growingLog(office, "full", 700);
  const log = rememberingLog();
  let failures = 3;
  /** The engine below refuses, as it does on a full disk. */
  const open = async (options: Parameters<typeof openWatchStore>[0]): Promise<WatchStore> => {
    const store = await openWatchStore(options);
    const commitStep: WatchStore["commitStep"] = (step) => {
      if ((step.batches?.length ?? 0) > 0 && failures-- > 0)
        return Promise.reject(new ExpectedError("output-failed", "No space left on device"));
      return store.commitStep(step);
    };
    return new Proxy(store, {
      get(target, key) {
        if (key === "commitStep") return commitStep;
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === "function" ? (value.bind(target) as unknown) : value;
      },
    });
  };
  const watch = await Watch.open(
    watchOptions(office, "full", { once: true, log, keeper: { open, retryMillis: 20 } }),
  );
  await watch.run();
  expect(watch.health()).toMatchObject({ isHealthy: true });
  await watch.close();
  expect(failures).toBeLessThanOrEqual(0);
  expect(log.said.filter(({ level }) => level === "error").map(({ message }) => message)).toEqual([
    "nothing can be stored; it is tried until it can",
  ]);
  const found = await stored(office.path("full.store"));
  expect(found.rows).toBe(700);
}, 30_000);

test("other commands ask the process that owns the store, which refuses a second owner", async () => {
  const log = await growingLog(office, "ask", 500);
  const options = watchOptions(office, "ask");
  expect(await connectWatch(options.store)).toBeUndefined();
  const watch = await Watch.open(options);
  const running = watch.run();
  const remote = (await connectWatch(options.store))!;
  await until("all is stored", async () => (await remote.info()).connections === 500);
  expect((await stat(controlPath(options.store))).mode & 0o777).toBe(0o600);
  const { incidents, total } = await remote.incidents({ limit: 1 });
  expect(total).toBeGreaterThan(0);
  const [worst] = incidents;
  expect(worst).toEqual((await watch.engine.keeper.store.incidents({ limit: 1 })).incidents[0]);
  await remote.changeIncident(worst!.incident.id, { action: "confirm", author: "ada" });
  expect((await remote.incident(worst!.incident.id)).status).toBe("confirmed");
  await expect(remote.incident("nosuch")).rejects.toMatchObject({ kind: "usage" });
  expect(await remote.status()).toMatchObject({ pid: process.pid, sensors: [{ name: "office", rows: 500 }] });
  await expect(Watch.open(options)).rejects.toMatchObject({ kind: "store-busy" });

  await log.add(50);
  await until("what was added is stored", async () => (await remote.info()).connections === 550);
  watch.stop();
  await running;
  await watch.close();
  expect(await connectWatch(options.store)).toBeUndefined();
}, 30_000);

test("metrics and health tell how things stand, and of a source that is gone", async () => {
  const log = await growingLog(office, "metrics", 400);
  const got: Message[] = [];
  const watch = await Watch.open(
    watchOptions(office, "metrics", {
      metrics: { host: "127.0.0.1", port: 0 },
      sinks: [sinkThat("works", async (messages) => void got.push(...messages))],
      times: { sweepMillis: 50, rescanMillis: 50 },
      pace: { statusMillis: 20 },
    }),
  );
  const running = watch.run();
  const { tallies } = watch.engine.sensors[0]!;
  await until("all is read", () => tallies.rows === 400 && tallies.committedAt !== undefined);
  const port = watch.metricsPort!;
  await until("it is committed", async () => /lag_seconds\{/.test((await fetched(port, "/metrics")).text));
  const { text } = await fetched(port, "/metrics");
  expect(text).toContain('strayflow_rows_total{sensor="office"} 400\n');
  expect(text).toContain('strayflow_outbox_messages{sink="works"}');
  for (const line of text.trimEnd().split("\n"))
    expect(line).toMatch(/^(# (HELP|TYPE) \w+ .+|\w+(\{\w+="[^"]*"(,\w+="[^"]*")*\})? -?[\d.e+-]+)$/);
  expect((await fetched(port, "/healthz")).status).toBe(200);
  expect((await fetched(port, "/etc/passwd")).status).toBe(404);
  await rename(log.folder, `${log.folder}-away`);
  await until("the source is missed", async () => (await fetched(port, "/healthz")).status === 503);
  await rename(`${log.folder}-away`, log.folder);
  await until("it is back", async () => (await fetched(port, "/healthz")).status === 200);
  await until("both were told", () => got.filter(({ kind }) => kind === "status").length >= 2);
  watch.stop();
  await running;
  await watch.close();
  const codes = got.flatMap((message) => (message.kind === "status" ? [message.status.code] : []));
  expect(codes.filter((code) => code.startsWith("source-gone"))).toEqual(["source-gone", "source-gone-over"]);
}, 30_000);

test("a model that cannot be loaded changes nothing; one that can takes over at a commit", async () => {
  const log = await growingLog(office, "reload", 300);
  const options = watchOptions(office, "reload");
  let modelDir = office.path("nosuch");
  const watch = await Watch.open({
    ...options,
    reload: async () => ({ model: { modelDir, pValue: 0.2 }, sinks: [] }),
  });
  const running = watch.run();
  await expect(watch.reload()).rejects.toMatchObject({ kind: "model-missing" });
  expect(watch.status().pValue).toBe(options.pValue);
  modelDir = office.path("model");
  await watch.reload();
  await log.add(300);
  const { tallies } = watch.engine.sensors[0]!;
  await until("the rest is read", () => tallies.rows === 600);
  watch.stop();
  await running;
  await watch.close();
  const found = await stored(office.path("reload.store"));
  // Another cut flags others; what a connection is like does not depend on it.
  const expected = await scored(office, office.later);
  expect(found.rows).toBe(600);
  for (const [uid, [pValue, score]] of found.verdicts)
    expect([uid, pValue, score]).toEqual([uid, ...expected.get(uid)!.slice(0, 2)]);
}, 30_000);

test("without its saved state it goes on where it was, and says what is lost", async () => {
  const log = await growingLog(office, "lost", 200);
  const options = watchOptions(office, "lost", { once: true });
  const first = await Watch.open(options);
  await first.run();
  await first.close();
  await rm(`${options.store}.state`, { recursive: true });
  await log.add(100);
  const told = rememberingLog();
  const second = await Watch.open({ ...options, log: told });
  await second.run();
  await second.close();
  expect((await stored(options.store)).rows).toBe(300);
  expect(told.said.some(({ message }) => message.includes("begins anew from the model"))).toBe(true);
}, 30_000);
