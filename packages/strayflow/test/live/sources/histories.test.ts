import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { isAbort } from "../../../src/base/errors.ts";
import { seededRandom } from "../../../src/base/random.ts";
import { openSource, parsePosition, startPosition } from "../../../src/live/sources/index.ts";
import { LineReader, type Kept } from "./line-reader.ts";
import { row, ZeekWriter } from "./zeek-writer.ts";

const HISTORIES = Number(process.env["STRAYFLOW_HISTORIES"] ?? 100);
const FIRST_SEED = Number(process.env["STRAYFLOW_SEED"] ?? 1);
const AT_ONCE = 24;

const times = { pollMillis: 2, sweepMillis: 8, rescanMillis: 60, settleMillis: 25, damagedMillis: 2000 };

/**
 * One history: a writer that rotates and compresses at random, a reader that is stopped at random and goes on
 * from what it has kept. Returns the numbers of the rows that were read.
 */
async function history(
  seed: number,
): Promise<{ readonly read: readonly string[]; readonly written: readonly string[] }> {
  const numbers = seededRandom(seed);
  const random = () => numbers.uniform();
  const chance = (share: number) => random() < share;
  const root = await mkdtemp(join(tmpdir(), "strayflow-sources-"));
  const isJson = chance(0.3);
  const isTruncating = chance(0.3);
  const writer = new ZeekWriter(root, { isJson });
  let isDone = false;
  const pause = () => sleep(random() * 6);

  async function write(): Promise<void> {
    for (let step = 0; step < 9; step++) {
      if (chance(0.85)) writer.write(1 + Math.floor(random() * (chance(0.1) ? 400 : 6)));
      await writer.flush(chance(0.5) ? 1 : random());
      if (chance(0.3)) {
        if (isTruncating) await writer.copyAndTruncate();
        else await writer.rotate(chance(0.7));
      }
      if (chance(0.3)) await writer.archive(chance(0.7) ? "gz" : "zst", 1 + Math.floor(random() * 3), pause);
      if (chance(0.5)) await pause();
    }
    await writer.flush();
    while (chance(0.7) && writer.waiting > 0) await writer.archive("gz", 1, pause);
    isDone = true;
  }

  let kept: Kept = { rows: [], position: startPosition };
  async function read(): Promise<void> {
    for (;;) {
      const isLast = isDone;
      const reader = new LineReader(kept);
      const position = parsePosition(JSON.parse(JSON.stringify(kept.position)));
      const controller = new AbortController();
      const stop = () => controller.abort();
      let timer = setTimeout(stop, isLast ? 20_000 : random() * 60);
      let left = isLast ? Infinity : 1 + Math.floor(random() * 25);
      let isReached = false;
      try {
        const { signal } = controller;
        const source = await openSource(
          { name: "test", path: root },
          { position, fromStart: true, signal, times },
        );
        for await (const event of source) {
          reader.take(event);
          // Otherwise it is killed before it could keep what it has, and reads that again.
          if (isLast || chance(0.6)) kept = reader.kept;
          if (--left <= 0) break;
          if (!isLast || isReached || !reader.isIdle || reader.rows.length < writer.rows) continue;
          // What is read twice may come later.
          isReached = true;
          clearTimeout(timer);
          timer = setTimeout(stop, 3 * times.settleMillis);
        }
      } catch (error) {
        if (!isAbort(error)) throw error;
      } finally {
        clearTimeout(timer);
      }
      if (isLast) return;
    }
  }

  try {
    await Promise.all([write(), read()]);
    const written = Array.from({ length: writer.rows }, (_, index) => `C${index}`);
    const uid = isJson
      ? (line: string) => String(JSON.parse(line).uid)
      : (line: string) => line.split("\t")[1] ?? "";
    const isIntact = (line: string) => isJson || line === row(Number(uid(line).slice(1)));
    return { read: kept.rows.map((line) => (isIntact(line) ? uid(line) : `broken: ${line}`)), written };
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

test(
  `each row is read once and in order, however logs are rotated and the reader is stopped (${HISTORIES} histories)`,
  async () => {
    const seeds = Array.from({ length: HISTORIES }, (_, index) => FIRST_SEED + index);
    const wrong: string[] = [];
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift()) {
          const { read, written } = await history(seed);
          if (read.join() !== written.join()) wrong.push(describeDifference(seed, read, written));
        }
      }),
    );
    expect(wrong).toEqual([]);
  },
  60_000 + HISTORIES * 300,
);

function describeDifference(seed: number, read: readonly string[], written: readonly string[]): string {
  const at = written.findIndex((uid, index) => read[index] !== uid);
  const twice = read.length - new Set(read).size;
  return `seed ${seed}: ${read.length} read, ${written.length} written, ${twice} twice; from ${at}: read ${read.slice(Math.max(0, at), at + 3).join()}`;
}
