import fc from "fast-check";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { BatchSpool, type Batch } from "../../src/zeek/index.ts";
import { numberColumns, textColumns } from "../../src/zeek/builder.ts";
import { anyLog, plainLog, scan } from "./logs.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "strayflow-spool-test-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const kept = [
  ...numberColumns,
  ...textColumns,
  ...(["rows", "source", "orig_h", "resp_h", "orig_p", "resp_p", "local_orig", "local_resp"] as const),
];

function columnsOf(batch: Batch): unknown {
  const { uid, text, rows } = batch;
  const uids = Array.from({ length: rows }, (_, row) =>
    Buffer.from(text.subarray(uid.start[row], uid.end[row])).toString("latin1"),
  );
  return { ...Object.fromEntries(kept.map((name) => [name, batch[name]])), uids };
}

async function replayOf(spool: BatchSpool): Promise<Batch[]> {
  const batches: Batch[] = [];
  for await (const batch of spool.replay()) batches.push(batch);
  return batches;
}

test("a replay gives equal columns, from memory, from the file, and from both, as often as asked", async () => {
  await fc.assert(
    fc.asyncProperty(anyLog(30), fc.constantFrom(0, 3000, 1e9), async (log, memoryBytes) => {
      const { batches } = scan([log], { batchRows: 8 });
      await using spool = new BatchSpool({ memoryBytes, directory });
      for (const batch of batches) spool.append(batch);
      expect(spool.rows).toBe(batches.reduce((sum, batch) => sum + batch.rows, 0));
      for (let time = 0; time < 2; time++) {
        expect((await replayOf(spool)).map(columnsOf)).toEqual(batches.map(columnsOf));
      }
    }),
    { numRuns: 50 },
  );
});

test("numbers come back to the bit, however few bytes they take", async () => {
  const values = [
    "0",
    "-",
    "254",
    "255",
    "256",
    "65534",
    "65535",
    "65536",
    "4294967294",
    "4294967295",
    "9007199254740992",
  ];
  for (let last = 1; last <= values.length; last++) {
    const rows = values
      .slice(0, last)
      .map((orig_bytes, k) => ({ orig_bytes, duration: `${k}.125`, ts: `${k}.000001` }));
    const { batches } = scan([plainLog(rows)]);
    await using spool = new BatchSpool({ memoryBytes: 0, directory });
    spool.append(batches[0]!);
    const [replayed] = await replayOf(spool);
    expect([...replayed!.orig_bytes]).toEqual([...batches[0]!.orig_bytes]);
    expect([...replayed!.ts]).toEqual([...batches[0]!.ts]);
  }
});

test("the temporary file is gone after closing, and nobody else may read it before", async () => {
  const spool = new BatchSpool({ memoryBytes: 0, directory });
  spool.append(scan([plainLog([{}])]).batches[0]!);
  expect(readdirSync(directory).length).toBe(1);
  spool.close();
  expect(readdirSync(directory)).toEqual([]);
  expect(await replayOf(spool)).toEqual([]);
});

test("leaving a replay early leaves the spool usable", async () => {
  const { batches } = scan([plainLog([{}, {}, {}])], { batchRows: 1 });
  await using spool = new BatchSpool({ memoryBytes: 0, directory });
  for (const batch of batches) spool.append(batch);
  for await (const _ of spool.replay()) break;
  expect((await replayOf(spool)).length).toBe(3);
});

test("a place that cannot be written is an output that failed", () => {
  const spool = new BatchSpool({ memoryBytes: 0, directory: join(directory, "nowhere") });
  expect(() => spool.append(scan([plainLog([{}])]).batches[0]!)).toThrow(/cannot write a temporary file/);
});
