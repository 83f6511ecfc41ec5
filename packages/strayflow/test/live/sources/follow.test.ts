import {
  appendFile,
  chmod,
  copyFile,
  link,
  mkdir,
  mkdtemp,
  rename,
  rm,
  symlink,
  truncate,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isAbort } from "../../../src/base/errors.ts";
import { tagOf, timeOf } from "../../../src/live/sources/head.ts";
import { findInputs } from "../../../src/zeek/index.ts";
import {
  followTimes,
  openSource,
  positionAfter,
  startPosition,
  type Position,
  type SourceOptions,
} from "../../../src/live/sources/index.ts";
import { hasSharedData, sharedData } from "../../shared-data.ts";
import { LineReader, type Kept } from "./line-reader.ts";
import { header, row, ZeekWriter } from "./zeek-writer.ts";

const times = { pollMillis: 3, sweepMillis: 10, rescanMillis: 100, settleMillis: 30, damagedMillis: 150 };
let root = "";
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "strayflow-sources-"));
});
afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

const rows = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => `${row(from + index)}\n`).join("");
const uids = (reader: LineReader) => reader.rows.map((line) => Number(line.split("\t")[1]?.slice(1)));
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);
const fresh: Kept = { rows: [], position: startPosition };

/** Reads until `isEnough`, asked after every event and every few milliseconds; fails after ten seconds. */
async function follow(
  options: Partial<SourceOptions> & { readonly path?: string; readonly kept?: Kept },
  isEnough: (reader: LineReader) => boolean,
  meanwhile?: (reader: LineReader) => Promise<void>,
): Promise<LineReader> {
  const controller = new AbortController();
  const { path = root, kept, ...rest } = options;
  const position = kept?.position;
  const source = await openSource(
    { name: "test", path },
    { times, position, signal: controller.signal, ...rest },
  );
  const reader = new LineReader(kept ?? { ...fresh, position: source.position });
  let isLate = false;
  const deadline = setTimeout(() => {
    isLate = true;
    controller.abort();
  }, 10_000);
  const work = meanwhile?.(reader);
  try {
    for await (const event of source) {
      reader.take(event);
      if (isEnough(reader)) break;
    }
  } catch (error) {
    if (!isAbort(error)) throw error;
  } finally {
    clearTimeout(deadline);
  }
  await work;
  expect(isLate, `rows ${uids(reader).join()}, notices ${reader.notices.join()}`).toBe(false);
  return reader;
}

const whenIdle = (reader: LineReader) => reader.isIdle;

test("a new source begins with what comes from now on, says how much older there is, and gives the header first", async () => {
  await mkdir(join(root, "2024-04-18"));
  await writeFile(
    join(root, "2024-04-18", "conn.00:00:00-01:00:00.log.gz"),
    gzipSync(header(1) + rows(0, 50)),
  );
  const live = join(root, "conn.log");
  await writeFile(live, header(2) + rows(50, 60) + row(60).slice(0, 20));
  const reader = await follow(
    {},
    (seen) => seen.rows.length >= 2,
    async (seen) => {
      while (!seen.isIdle) await sleep(2);
      await appendFile(live, `${row(60).slice(20)}\n${rows(61, 62)}`);
    },
  );
  expect(uids(reader)).toEqual([60, 61]);
  expect(reader.notices).toEqual(["older"]);
  expect(reader.headers).toEqual([header(2)]);
  const again = await follow({ kept: reader.kept }, whenIdle);
  expect(uids(again)).toEqual([60, 61]);
});

test("a line is handed over within 100 ms of being written", async () => {
  const live = join(root, "conn.log");
  await writeFile(live, header(1) + rows(0, 1));
  const delays: number[] = [];
  let written = 0;
  await follow(
    { times: {}, fromStart: true },
    (seen) => seen.rows.length >= 8,
    async (seen) => {
      for (let index = 1; index < 8; index++) {
        while (seen.rows.length < index) await sleep(1);
        if (index > 1) delays.push(performance.now() - written);
        await sleep(20);
        written = performance.now();
        await appendFile(live, rows(index, index + 1));
      }
    },
  );
  delays.sort((a, b) => a - b);
  expect(delays[Math.floor(delays.length / 2)]).toBeLessThan(100);
  expect(followTimes.pollMillis).toBeLessThan(100);
});

test("archives come in the order of what they contain, and since leaves out what ended before", async () => {
  const hour = (index: number) => rows(index * 3600, index * 3600 + 3);
  // Names and times of files say the opposite.
  for (const index of [3, 1, 0, 2]) {
    await writeFile(
      join(root, `conn.${String(9 - index).padStart(2, "0")}:00:00.log.gz`),
      gzipSync(header(index) + hour(index)),
    );
  }
  const all = await follow({ fromStart: true }, (seen) => seen.ends === 4);
  expect(uids(all)).toEqual([0, 1, 2, 3].flatMap((index) => range(index * 3600, index * 3600 + 3)));
  const since = 1_713_484_800 + 3 * 3600 + 60;
  const late = await follow({ since }, (seen) => seen.isIdle && seen.rows.length > 0);
  expect(uids(late)).toEqual([2, 3].flatMap((index) => range(index * 3600, index * 3600 + 3)));
});

test("a compressed file that is still being written is waited for, and is damaged only when it stays short", async () => {
  const packed = gzipSync(header(1) + rows(0, 2000));
  const file = join(root, "conn.00:00:00-01:00:00.log.gz");
  await writeFile(file, packed.subarray(0, packed.length >> 1));
  const reader = await follow(
    { fromStart: true, kept: fresh },
    (seen) => seen.ends === 1,
    async () => {
      await sleep(80);
      await appendFile(file, packed.subarray(packed.length >> 1));
    },
  );
  expect(uids(reader)).toEqual(range(0, 2000));
  expect(reader.notices).toEqual([]);
  await writeFile(
    join(root, "conn.01:00:00-02:00:00.log.gz"),
    gzipSync(header(2) + rows(2000, 4000)).subarray(0, 9000),
  );
  const cut = await follow(
    { kept: reader.kept },
    (seen) => seen.notices.includes("damaged") && seen.ends > 0,
  );
  expect(cut.rows.length).toBeGreaterThan(2000);
  expect(uids(cut)).toEqual(range(0, cut.rows.length));
});

test("connections that are still open are marked as such", async () => {
  await writeFile(join(root, "conn.log"), header(1) + rows(0, 2));
  await writeFile(join(root, "conn_long.log"), header(1, "conn_long") + rows(2, 4));
  await writeFile(join(root, "open_conn.2.log"), header(2, "open_conn") + rows(4, 6));
  const reader = await follow({ fromStart: true }, (seen) => seen.rows.length === 6);
  const kinds = reader.rows.toSorted().map((line) => reader.kinds.get(line));
  expect(kinds).toEqual(["ended", "ended", "open", "open", "open", "open"]);
});

test("copies, hard links and the same directory by a link give each row once, and a copy is noticed", async () => {
  const real = join(root, "spool");
  await mkdir(real);
  await writeFile(join(real, "conn.log"), header(1) + rows(0, 5));
  await symlink(real, join(root, "current"));
  await link(join(real, "conn.log"), join(root, "conn.link.log"));
  const reader = await follow(
    { fromStart: true },
    (seen) => seen.notices.includes("copied"),
    async (seen) => {
      while (!seen.isIdle) await sleep(2);
      expect(seen.notices).toEqual([]);
      await copyFile(join(real, "conn.log"), join(root, "conn.copy.1.log"));
    },
  );
  expect(uids(reader)).toEqual(range(0, 5));
});

test("a file that is replaced by a shorter one of the same beginning repeats nothing", async () => {
  const live = join(root, "conn.log");
  await writeFile(live, header(1) + rows(0, 9));
  const reader = await follow(
    { fromStart: true },
    (seen) => seen.notices.includes("shortened"),
    async (seen) => {
      while (!seen.isIdle) await sleep(2);
      await writeFile(`${live}.new`, header(1) + rows(0, 4));
      await rename(`${live}.new`, live);
    },
  );
  expect(uids(reader)).toEqual(range(0, 9));
  const again = await follow({ kept: reader.kept }, whenIdle);
  expect(uids(again)).toEqual(range(0, 9));
});

test("a log that goes on in a file that was cut keeps its header", async () => {
  const live = join(root, "conn.log");
  await writeFile(live, header(1) + rows(0, 9));
  const reader = await follow(
    { fromStart: true },
    (seen) => seen.rows.length === 11,
    async (seen) => {
      while (!seen.isIdle) await sleep(2);
      await truncate(live, 0);
      await sleep(10);
      await appendFile(live, rows(9, 11));
    },
  );
  expect(uids(reader)).toEqual(range(0, 11));
  expect(reader.headers).toEqual([header(1)]);
  await appendFile(live, rows(11, 12));
  const again = await follow({ kept: reader.kept }, (seen) => seen.rows.length === 12);
  expect(again.headers).toEqual([header(1)]);
});

test("a source that vanishes is looked for until it is back, whatever the clock does meanwhile", async () => {
  const place = join(root, "logs");
  await mkdir(place);
  await writeFile(join(place, "conn.log"), header(1) + rows(0, 3));
  let clock = Date.now();
  const options = { path: place, fromStart: true, clock: () => (clock -= 3_600_000) };
  const reader = await follow(
    options,
    (seen) => seen.rows.length === 5,
    async (seen) => {
      while (!seen.isIdle) await sleep(2);
      await rename(place, join(root, "away"));
      while (!seen.notices.includes("vanished")) await sleep(2);
      await appendFile(join(root, "away", "conn.log"), rows(3, 5));
      await rename(join(root, "away"), place);
    },
  );
  expect(uids(reader)).toEqual(range(0, 5));
  expect(reader.notices).toContain("returned");
});

test("a file without permission is told of once and read when it has it", async ({ skip }) => {
  skip(process.getuid?.() === 0, "nothing is forbidden to root");
  const live = join(root, "conn.log");
  await writeFile(live, header(1) + rows(0, 3));
  await chmod(live, 0);
  const reader = await follow(
    { fromStart: true },
    (seen) => seen.rows.length === 3,
    async (seen) => {
      while (!seen.notices.includes("unreadable")) await sleep(2);
      await sleep(50);
      await chmod(live, 0o600);
    },
  );
  expect(reader.notices).toEqual(["unreadable"]);
});

test("a file that was named is followed across rotation, and its earlier logs are left alone", async () => {
  const writer = new ZeekWriter(root);
  writer.write(10);
  await writer.flush();
  await writer.rotate(true);
  writer.write(10);
  await writer.flush();
  const reader = await follow(
    { path: writer.live, fromStart: true },
    (seen) => seen.rows.length === 15,
    async (seen) => {
      while (!seen.isIdle) await sleep(2);
      writer.write(2);
      await writer.rotate(false);
      writer.write(3);
      await writer.flush();
    },
  );
  expect(uids(reader)).toEqual(range(10, 25));
});

test("empty files and headers alone are waited with", async () => {
  await writeFile(join(root, "conn.log"), "");
  const reader = await follow(
    { fromStart: true, kept: fresh },
    (seen) => seen.rows.length === 2,
    async (seen) => {
      while (!seen.isIdle) await sleep(2);
      await appendFile(join(root, "conn.log"), header(1));
      await sleep(10);
      await appendFile(join(root, "conn.log"), rows(0, 2));
    },
  );
  expect(uids(reader)).toEqual([0, 1]);
});

test("a position stays small however many logs there were, and forgets the oldest first", async () => {
  let position: Position = startPosition;
  for (let index = 0; index < 1000; index++) {
    const head = Buffer.from(header(index) + rows(index * 10, index * 10 + 2));
    const file = `2024-04-19/conn.${index}.log.gz`;
    const log = {
      kind: "ended" as const,
      file,
      head,
      tag: tagOf(head),
      time: timeOf(head),
      inheritedHeader: undefined,
    };
    position = positionAfter(position, log, head.length, true);
  }
  expect(position.logs).toHaveLength(256);
  expect(JSON.stringify(position).length).toBeLessThan(256 * 300);
  await writeFile(join(root, "conn.1.log.gz"), gzipSync(header(999) + rows(9990, 9992)));
  await writeFile(join(root, "conn.2.log.gz"), gzipSync(header(0) + rows(5, 6)));
  await writeFile(join(root, "conn.3.log.gz"), gzipSync(header(0) + rows(9985, 9986)));
  const reader = await follow(
    { kept: { rows: [], position } },
    (seen) => seen.isIdle && seen.rows.length > 0,
  );
  expect(uids(reader)).toEqual([9985]);
});

test("standard input is read to its end, compressed or not", async () => {
  const packed = gzipSync(header(1) + rows(0, 500));
  async function* input() {
    for (let at = 0; at < packed.length; at += 700) yield packed.subarray(at, at + 700);
  }
  const reader = await follow({ path: "-", input: input() }, (seen) => seen.ends === 1);
  expect(uids(reader)).toEqual(range(0, 500));
});

test("a source that is not there is refused when it is new and waited for when it is known", async () => {
  const path = join(root, "nowhere");
  await expect(openSource({ name: "test", path }, {})).rejects.toThrow("no such file or directory");
  const reader = await follow({ path, kept: fresh }, (seen) => seen.notices.includes("vanished"));
  expect(reader.rows).toEqual([]);
});

test.skipIf(!hasSharedData)("a real archive comes in the order in which it is scored", async () => {
  const path = sharedData("cloud-server-3days");
  const files: string[] = [];
  const source = await openSource({ name: "test", path }, { fromStart: true, times });
  for await (const event of source) {
    if (event.kind === "bytes" && event.offset === 0) files.push(event.file);
    if (event.kind === "idle") break;
  }
  const { files: scored } = await findInputs([path]);
  expect(files).toEqual(scored.map(({ file }) => file));
});
