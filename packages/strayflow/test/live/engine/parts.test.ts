import { readdir, readFile, writeFile } from "node:fs/promises";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { controlPath } from "../../../src/live/control/index.ts";
import { packLine, unpackLine } from "../../../src/live/control/wire.ts";
import { parseSince } from "../../../src/live/config/since.ts";
import { readWatchConfig } from "../../../src/live/config/watch-config.ts";
import { dataTroubles } from "../../../src/live/engine/health.ts";
import { decodeEntry, encodeEntry } from "../../../src/live/engine/journal-entry.ts";
import { usualPace } from "../../../src/live/engine/pace.ts";
import { SensorStatus } from "../../../src/live/engine/sensor-status.ts";
import {
  decodeState,
  encodeState,
  StateFolder,
  type EngineState,
} from "../../../src/live/engine/state-file.ts";
import { ticking } from "../../../src/live/engine/ticking.ts";
import { anyLog, scan } from "../../zeek/logs.ts";
import { rowsOf, withoutPlace } from "../../zeek/tsv-reference.ts";

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "strayflow-live-"))));
afterAll(() => rm(folder, { recursive: true }));

test("a batch comes out of the journal as it went in, but for its text", () => {
  fc.assert(
    fc.property(anyLog(20), (log) => {
      const { batches } = scan([log]);
      for (const batch of batches) {
        const { batch: again, kind } = decodeEntry(encodeEntry(batch, "open"));
        expect(kind).toBe("open");
        const lines = { lineStart: batch.lineStart, lineEnd: batch.lineEnd, lineNumber: batch.lineNumber };
        expect(withoutPlace(rowsOf([{ ...again, ...lines }]))).toEqual(withoutPlace(rowsOf([batch])));
        expect(again.source).toEqual(batch.source);
      }
    }),
    { numRuns: 30 },
  );
});

describe("the state file", () => {
  const state = {
    model: "m",
    pValue: 0.001,
    memory: Uint8Array.of(1, 2, 3),
    sensor: { last: -Infinity },
    grouper: { kinds: [], closed: 3 },
    news: new Map([["a", { revision: 2 }]]),
    clock: Uint8Array.of(9),
  } as unknown as EngineState;

  test("gives back what was saved, and refuses bytes that were changed", () => {
    const bytes = encodeState(state);
    expect(decodeState(bytes, "f")).toEqual(state);
    for (const at of [0, 40, bytes.length - 1]) {
      const damaged = Uint8Array.from(bytes);
      damaged[at]! ^= 1;
      expect(() => decodeState(damaged, "f")).toThrow("changed or cut short");
    }
    expect(() => decodeState(bytes.subarray(0, -1), "f")).toThrow("changed or cut short");
  });

  test("stays until another is named, and takes no other sensor's with it", async () => {
    const states = new StateFolder(join(folder, "store"));
    const first = await states.write("office", 1, encodeState(state));
    const second = await states.write("office", 2, encodeState(state));
    const other = await states.write("office-1", 7, encodeState(state));
    await writeFile(join(states.path, "office-3.state.new"), "half");
    expect(await states.read(first)).toEqual(state);
    await states.removeOthers("office", second);
    expect((await readdir(states.path)).sort()).toEqual([second, other].sort());
    await expect(states.read(first)).rejects.toMatchObject({ kind: "store-damaged" });
  });
});

describe("status", () => {
  const minutes = 60_000;

  test("silence is told once, and once more when it is over, also across a restart", () => {
    let status = new SensorStatus("office");
    const at = (now: number, lastData: number) =>
      dataTroubles(status, { now, lastData, isCaughtUp: true, lagSeconds: undefined }, usualPace);
    expect(at(9 * minutes, 0)).toEqual([]);
    const [told, ...more] = at(11 * minutes, 0);
    expect(more).toEqual([]);
    expect(told).toMatchObject({ kind: "status", status: { code: "no-data" }, severity: "high" });
    expect(at(12 * minutes, 0)).toEqual([]);
    status = new SensorStatus("office", status.save());
    expect(at(13 * minutes, 0)).toEqual([]);
    expect(at(14 * minutes, 13.9 * minutes)).toMatchObject([{ status: { code: "no-data-over" } }]);
    // The same silence has the same id, whoever tells of it.
    const again = new SensorStatus("office");
    expect(
      dataTroubles(again, { now: 20 * minutes, lastData: 0, isCaughtUp: true, lagSeconds: 1 }, usualPace),
    ).toMatchObject([{ id: told!.id }]);
  });

  test("a backlog is not late, a log that lags is", () => {
    const status = new SensorStatus("office");
    const times = { now: 1000 * minutes, lastData: 1000 * minutes, lagSeconds: 3600 };
    expect(dataTroubles(status, { ...times, isCaughtUp: false }, usualPace)).toEqual([]);
    expect(dataTroubles(status, { ...times, isCaughtUp: true }, usualPace)).toMatchObject([
      { status: { code: "late" } },
    ]);
  });

  test("remarks on one subject are made once an hour", () => {
    const status = new SensorStatus("office");
    const remark = (subject: string, now: number) =>
      status.remark("copied", subject, { text: "t", severity: "low" }, now).length;
    expect([remark("a", 0), remark("a", 10), remark("b", 10), remark("a", 4000)]).toEqual([1, 0, 1, 1]);
  });
});

test("ticks come where items are slow, and no item is lost", async () => {
  async function* items() {
    yield 1;
    await sleep(60);
    yield 2;
    yield 3;
  }
  const got: (number | "tick")[] = [];
  for await (const item of ticking(items(), () => 10)) got.push(item);
  expect(got.filter((item) => item !== "tick")).toEqual([1, 2, 3]);
  expect(got.filter((item) => item === "tick").length).toBeGreaterThan(1);
});

test("the line over the socket keeps every number", () => {
  const value = { a: [NaN, Infinity, -Infinity, 1.5], b: null, c: "$number", d: { e: [] } };
  expect(unpackLine(packLine(value))).toEqual(value);
  expect(packLine({ text: "a\nb" }).trimEnd().split("\n")).toHaveLength(1);
});

test("a socket's path is short enough however long the store's is", () => {
  expect(controlPath("/var/lib/x.store")).toBe("/var/lib/x.store.sock");
  expect(controlPath(`/${"a".repeat(200)}`).length).toBeLessThan(104);
});

describe("the configuration", () => {
  const write = async (text: string) => {
    const file = join(folder, "watch.yaml");
    await writeFile(file, text);
    return file;
  };

  test("is YAML with the keys that are known", async () => {
    const file = await write(
      "sources: [office=/logs]\nbudget: 20/day\nmetrics: { port: 9100 }\nretention: { days: 90 }\nsinks:\n  - { type: ndjson, name: file, path: /x }\n",
    );
    expect(await readWatchConfig(file)).toMatchObject({
      sources: ["office=/logs"],
      budget: "20/day",
      metrics: { host: "127.0.0.1", port: 9100 },
      sinks: [{ type: "ndjson", name: "file" }],
    });
    expect(await readFile(file, "utf8")).toContain("office");
  });

  test.each([
    ["sinkz: []", "Unrecognized key"],
    ["metrics: { port: 99999 }", "metrics.port"],
    ["a: [", "not YAML"],
    ["sources: []\nsources: []", "not YAML"],
  ])("%s is refused", async (text, message) => {
    await expect(readWatchConfig(await write(text))).rejects.toThrow(message);
  });

  test("never repeats a value, which may be a secret", async () => {
    const file = await write("metrics: hunter2\n");
    await expect(readWatchConfig(file)).rejects.not.toThrow("hunter2");
  });
});

test("a time is so long ago, or a date", () => {
  expect(parseSince("2d", 1e9)).toBe(1e9 - 172_800);
  expect(parseSince("2024-04-19", 0)).toBe(Date.UTC(2024, 3, 19) / 1000);
  expect(parseSince("2024-04-19 10:00:00Z", 0)).toBe(Date.UTC(2024, 3, 19, 10) / 1000);
  expect(() => parseSince("yesterday", 0)).toThrow("expected a time");
});
