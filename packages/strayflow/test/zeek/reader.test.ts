import { mkdtemp, rm, writeFile, chmod, mkdir, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readConnections, type Batch, type ReadOptions, type Reject } from "../../src/zeek/index.ts";
import { plainLog } from "./logs.ts";
import { rowsOf } from "./tsv-reference.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "strayflow-reader-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function readAll(inputs: readonly string[], options: ReadOptions = {}) {
  const batches: Batch[] = [];
  const rejects: Reject[] = [];
  const reader = readConnections(inputs, { onReject: (reject) => rejects.push(reject), ...options });
  for await (const batch of reader) batches.push(batch);
  return { batches, rejects, tally: reader.tally, uids: rowsOf(batches).map((row) => row["uid"]) };
}

/** A log of `rows` connections from second `from` on. */
function logFrom(from: number, rows: number, name = "C"): string {
  return plainLog(
    Array.from({ length: rows }, (_, index) => ({ ts: `${from + index}.5`, uid: `${name}${from + index}` })),
  );
}

async function write(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await mkdir(join(path, ".."), { recursive: true });
  await writeFile(path, content);
  return path;
}

describe("compression, found by content and not by name", () => {
  const log = logFrom(1000, 500);
  test.each([
    ["plain.conn.log.gz", Buffer.from(log)],
    ["gzip.conn.log", gzipSync(log)],
    ["zstd.conn.log.gz", zstdCompressSync(log)],
    ["members.conn.log", Buffer.concat([gzipSync(log.slice(0, 9999)), gzipSync(log.slice(9999))])],
    [
      "frames.conn.log",
      Buffer.concat([zstdCompressSync(log.slice(0, 9999)), zstdCompressSync(log.slice(9999))]),
    ],
    ["padded.conn.log", Buffer.concat([gzipSync(log), Buffer.alloc(512)])],
  ])("%s", async (name, content) => {
    const { tally } = await readAll([await write(name, content)]);
    expect(tally).toMatchObject({ rows: 500, rejected: 0, warnings: [] });
  });

  test.each(["gzip", "zstd"])("%s data that ends early keeps what came before, and says so", async (kind) => {
    // Few repeated bytes, so that the end of the data takes rows with it.
    const rows = Array.from({ length: 3000 }, (_, index) => ({
      uid: `C${Math.sin(index)}`,
      ts: `${index}.25`,
    }));
    const whole = kind === "gzip" ? gzipSync(plainLog(rows)) : zstdCompressSync(plainLog(rows));
    const { tally } = await readAll([await write(`early.${kind}`, whole.subarray(0, whole.length * 0.8))]);
    expect(tally.rows).toBeGreaterThan(kind === "gzip" ? 2000 : 500);
    expect(tally.rows).toBeLessThan(3000);
    expect(tally.rejected).toBeLessThanOrEqual(1);
    expect(tally.warnings[0]!.message).toMatch(/data ends early; kept the \d+ connections/);
  });

  test("garbage in the middle of gzip data keeps all that came before it", async () => {
    const rows = Array.from({ length: 3000 }, (_, index) => ({
      uid: `C${Math.sin(index)}`,
      ts: `${index}.25`,
    }));
    const bytes = gzipSync(plainLog(rows));
    const middle = bytes.length >> 1;
    bytes.fill(0xff, middle, middle + 200);
    const { tally } = await readAll([await write("garbage.gz", bytes)]);
    expect(tally.rows).toBeGreaterThan(1300);
    expect(tally.warnings[0]!.message).toMatch(/gzip data is damaged/);
  });

  test("what follows the end of gzip data loses none of it", async () => {
    const { tally } = await readAll([
      await write("trailing.gz", Buffer.concat([gzipSync(log), Buffer.from("garbage")])),
    ]);
    expect(tally.rows).toBe(500);
    expect(tally.warnings.length).toBe(1);
  });

  test("nothing readable at all is an error that names the compression", async () => {
    const file = await write("nothing.gz", Buffer.concat([Buffer.from([0x1f, 0x8b]), Buffer.alloc(100, 7)]));
    await expect(readAll([file])).rejects.toMatchObject({ kind: "log-compression", place: { file } });
    await expect(readAll([await write("x.bz2", "BZh91AY&SY")])).rejects.toThrow(/compressed with bzip2/);
  });

  test("a small file that holds gigabytes does not fill the memory", async () => {
    const file = await write(
      "bomb.gz",
      Buffer.concat([gzipSync(log), gzipSync(Buffer.alloc(120 << 20, 65))]),
    );
    let most = 0;
    const timer = setInterval(() => (most = Math.max(most, process.memoryUsage().arrayBuffers)), 1);
    const before = process.memoryUsage().arrayBuffers;
    const { tally } = await readAll([file], { workers: 0 });
    clearInterval(timer);
    expect(tally).toMatchObject({ rows: 500, rejectedByReason: { "line-too-long": 1 } });
    expect(most - before).toBeLessThan(100 << 20);
  });
});

describe("several files", () => {
  let files: string[];
  beforeAll(async () => {
    files = [];
    for (let k = 0; k < 6; k++) {
      const log = logFrom(k * 1000, 300 + 77 * k).replace(".5\tC2", ".5x\tC2");
      files.push(await write(`many/${5 - k}.conn.log${k % 2 ? ".gz" : ""}`, k % 2 ? gzipSync(log) : log));
    }
  });

  test("are read in time order, not in the order named, and each once", async () => {
    const { uids, tally } = await readAll([...files].reverse().concat(files[2]!), {
      workers: 0,
      batchRows: 100,
    });
    const seconds = uids.map((uid) => Number(String(uid).slice(1)));
    expect(seconds).toEqual([...seconds].sort((a, b) => a - b));
    expect(tally.files).toBe(6);
  });

  test.each([1, 2, 3])("%s threads give the same batches, rejects and counts as none", async (workers) => {
    const alone = await readAll(files, { workers: 0, batchRows: 100 });
    const { tally, batches, rejects } = await readAll(files, { workers, batchRows: 100 });
    expect(rowsOf(batches)).toEqual(rowsOf(alone.batches));
    expect(batches.map((batch) => [batch.source.file, batch.rows])).toEqual(
      alone.batches.map((batch) => [batch.source.file, batch.rows]),
    );
    expect(rejects).toEqual(alone.rejects);
    expect(tally).toEqual(alone.tally);
    expect(tally.rejected).toBeGreaterThan(0);
  });

  test("those without connections are named in a warning, as long as one has some", async () => {
    const empty = await write("odd/empty.conn.log", "");
    const header = await write("odd/header.conn.log", plainLog([]));
    const dns = await write("odd/dns.log", logFrom(0, 3).replace("\tconn\n", "\tdns\n"));
    const prose = await write("odd/prose.conn.log", "once upon a time\n");
    const { tally } = await readAll([empty, header, dns, prose, files[0]!], { workers: 0 });
    expect(tally.rows).toBe(299);
    expect(tally.warnings.map(({ file }) => file).sort()).toEqual([dns, empty, header, prose].sort());
    await expect(readAll([empty, header])).rejects.toThrow(/none of the 2 logs holds a connection/);
    await expect(readAll([header])).rejects.toThrow(/header and no connections/);
    await expect(readAll([empty])).rejects.toMatchObject({ kind: "log-format", place: { file: empty } });
  });

  test("a directory gives its conn logs, at any depth, links and loops included", async () => {
    const archive = join(folder, "archive");
    await write("archive/2025-02-22/conn.01:00:00-02:00:00.log.gz", gzipSync(logFrom(100, 2)));
    await write("archive/2025-02-22/conn.00:00:00-01:00:00.log.gz", gzipSync(logFrom(0, 2)));
    await write("archive/2025-02-22/conn-summary.00:00:00-01:00:00.log", "summary");
    await write("archive/2025-02-22/dns.00:00:00-01:00:00.log.gz", gzipSync("x"));
    await write("archive/2025-02-22/known_conns.log", "x");
    await write("archive/2025-02-22/conn.log.md5", "x");
    await write(
      "archive/2025-02-23/sensor_conn.json",
      '{"ts":50,"id.orig_h":"::1","id.orig_p":1,"id.resp_h":"::2","id.resp_p":2,"proto":"tcp","uid":"C50"}\n',
    );
    await symlink(archive, join(archive, "loop"));
    await symlink(join(archive, "nowhere"), join(archive, "conn.broken.log"));
    const { uids, tally } = await readAll([archive]);
    expect(uids).toEqual(["C0", "C1", "C50", "C100", "C101"]);
    expect(tally.warnings).toEqual([]);
    expect((await readAll([join(archive, "**/conn.*.log.gz")])).uids).toEqual(["C0", "C1", "C100", "C101"]);
  });

  test("where no name in a directory fits, the content decides", async () => {
    await write("unnamed/a.log", logFrom(5, 1));
    await write("unnamed/b.log", logFrom(0, 1).replace("\tconn\n", "\tdns\n"));
    expect((await readAll([join(folder, "unnamed")])).uids).toEqual(["C5"]);
  });

  test.each([
    ["nothing at all", [], "input-missing"],
    ["a file that is missing", ["missing.log"], "input-missing"],
    ["one missing file among good ones", ["many/0.conn.log", "missing.log"], "input-missing"],
    ["a pattern that fits nothing", ["*.nothing"], "input-missing"],
  ])("%s", async (_, names, kind) => {
    await expect(readAll(names.map((name) => join(folder, name)))).rejects.toMatchObject({ kind });
  });

  test("a directory without conn logs says what it holds", async () => {
    await write("barren/notes.txt", "x");
    await expect(readAll([join(folder, "barren")])).rejects.toThrow(
      /no conn log in this directory: none of its 1 files/,
    );
  });

  test.skipIf(process.getuid?.() === 0)("a file that may not be read", async () => {
    const file = await write("secret.conn.log", "x");
    await chmod(file, 0);
    await expect(readAll([file])).rejects.toMatchObject({ kind: "input-unreadable" });
  });
});

describe("standard input", () => {
  const log = logFrom(0, 900);
  test.each([
    ["plain", Buffer.from(log)],
    ["gzip", gzipSync(log)],
    ["zstd", zstdCompressSync(log)],
  ])("%s, in pieces of any size", async (_, bytes) => {
    for (const size of [1, 1000]) {
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (__, k) =>
        bytes.subarray(k * size, (k + 1) * size),
      );
      const { tally } = await readAll(["-"], { stdin: Readable.from(pieces) });
      expect(tally).toMatchObject({ rows: 900, rejected: 0, files: 1 });
    }
  });
  test("without a byte", async () => {
    await expect(readAll(["-"], { stdin: Readable.from([]) })).rejects.toThrow(/empty/);
  });
});

describe("stopping", () => {
  const reason = new Error("enough");

  test("an abort is noticed while standard input is silent", async () => {
    const silent = new Readable({ read() {} });
    silent.push(logFrom(0, 3));
    const stop = new AbortController();
    setTimeout(() => stop.abort(reason), 20);
    await expect(readAll(["-"], { stdin: silent, signal: stop.signal })).rejects.toBe(reason);
    expect(silent.destroyed).toBe(true);
    const forever = new Readable({ read() {} });
    const waiting = readAll(["-"], { stdin: forever, signal: AbortSignal.timeout(20) });
    await expect(waiting).rejects.toMatchObject({ name: "TimeoutError" });
  });

  test.each([0, 2])("an abort after the second batch gives no third one (%s threads)", async (workers) => {
    const file = await write("long.conn.log", logFrom(0, 20_000));
    const stop = new AbortController();
    const reader = readConnections([file], { workers, batchRows: 100, signal: stop.signal });
    let batches = 0;
    const run = (async () => {
      for await (const _ of reader) if (++batches === 2) stop.abort(reason);
    })();
    await expect(run).rejects.toBe(reason);
    expect(batches).toBe(2);
    expect(reader.tally.rows).toBe(200);
  });

  test("a signal that is aborted already reads nothing", async () => {
    await expect(readAll(["missing"], { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  test.each([0, 2])("leaving early ends threads and closes files (%s threads)", async (workers) => {
    const file = await write("leave.conn.log.gz", gzipSync(logFrom(0, 20_000)));
    const handles = () =>
      process
        .getActiveResourcesInfo()
        .filter((name) => /Worker|MessagePort|FSReq|FileHandle|Zlib/i.test(name));
    const before = handles().length;
    for await (const batch of readConnections([file, await write("other.conn.log", logFrom(9, 9))], {
      workers,
      batchRows: 100,
    })) {
      expect(batch.rows).toBe(100);
      break;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(handles().length).toBeLessThanOrEqual(before);
  });
});

test("progress tells rows and bytes, up to all of them", async () => {
  const log = logFrom(0, 1000);
  const file = await write("progress.conn.log", log);
  const seen: { rows: number; bytes?: number; totalBytes?: number }[] = [];
  await readAll([file], { batchRows: 300, onProgress: (progress) => seen.push(progress) });
  expect(seen.map(({ rows }) => rows)).toEqual([300, 600, 900, 1000]);
  expect(seen.at(-1)).toMatchObject({ stage: "read", bytes: log.length, totalBytes: log.length });
});

test("what is read ahead is bounded: a slow reader of much does not fill the memory", async () => {
  const files = await Promise.all(
    [0, 1].map((k) => write(`flat/${k}.conn.log.gz`, gzipSync(logFrom(0, 50_000, `C${k}`)))),
  );
  let most = 0;
  let rows = 0;
  const before = process.memoryUsage().arrayBuffers;
  for await (const batch of readConnections(files, { workers: 2 })) {
    rows += batch.rows;
    if (rows < 30_000) await new Promise((resolve) => setTimeout(resolve, 30));
    most = Math.max(most, process.memoryUsage().arrayBuffers);
  }
  expect(rows).toBe(100_000);
  expect(most - before).toBeLessThan(120 << 20);
});
