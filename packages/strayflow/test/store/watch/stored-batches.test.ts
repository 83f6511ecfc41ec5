import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openWatchStore, readExported } from "../../../src/store/index.ts";
import type { Batch } from "../../../src/zeek/index.ts";
import { formatAddress } from "../../../src/zeek/index.ts";
import { makeBatch } from "../../features/make-batch.ts";
import { randomRows } from "../random-rows.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "stored-batches-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What can be computed with, row by row, in an order of its own. */
function contents(batches: readonly Batch[]): string[] {
  return batches
    .flatMap((batch) =>
      Array.from({ length: batch.rows }, (_, row) => {
        const { duration, orig_bytes, resp_bytes, missed_bytes, orig_pkts, orig_ip_bytes } = batch;
        const { resp_pkts, resp_ip_bytes, ip_proto, orig_p, resp_p, local_orig, local_resp } = batch;
        const numbers = [duration, orig_bytes, resp_bytes, missed_bytes, orig_pkts, orig_ip_bytes, resp_pkts];
        const more = [resp_ip_bytes, ip_proto, orig_p, resp_p, local_orig, local_resp];
        const { proto, service, conn_state, history, label, detailedlabel, uid } = batch;
        const texts = [proto, service, conn_state, history, label, detailedlabel];
        return [
          batch.ts[row]!.toFixed(6),
          formatAddress(batch.orig_h, row),
          formatAddress(batch.resp_h, row),
          ...[...numbers, ...more].map((column) => String(column[row])),
          ...texts.map(({ codes, values }) => values[codes[row]!]),
          Buffer.from(batch.text.subarray(uid.start[row], uid.end[row])).toString(),
        ].join("|");
      }),
    )
    .sort();
}

test("what was stored comes back value for value in the order of its ends, from the store and from an export", async () => {
  await using store = await openWatchStore({ file: join(folder, "a.store"), keepUid: true, threads: 1 });
  const rows = randomRows(3000, 5).map((row, i) => ({ ...row, uid: `C${i}` }));
  const stored = makeBatch(rows);
  const scores = {
    p_value: new Float64Array(rows.length),
    score: new Float64Array(rows.length),
    flagged: new Uint8Array(rows.length),
  };
  await store.commitStep({ sensor: "a", batches: [{ batch: stored, scores }] });
  const other = makeBatch(rows.slice(0, 7));
  await store.commitStep({ sensor: "b", batches: [{ batch: other, scores }] });
  const found: Batch[] = [];
  await store.readBatches({ sensors: ["a"] }, (batch) => found.push(batch));
  expect(contents(found)).toEqual(contents([stored]));
  const ends = found.flatMap(({ ts, duration }) => Array.from(ts, (at, row) => at + (duration[row]! || 0)));
  expect(ends.every((end, i) => i === 0 || end >= ends[i - 1]! - 1e-5)).toBe(true);

  const [file] = await store.exportParquet(join(folder, "out"), { tables: ["connections"] });
  const exported: Batch[] = [];
  await readExported(file!, { sensors: ["a"] }, (batch) => exported.push(batch));
  expect(contents(exported)).toEqual(contents([stored]));
  const from = rows[1500]!.ts ?? 0;
  let later = 0;
  await store.readBatches({ from, sensors: ["a"] }, (batch) => (later += batch.rows));
  expect(later).toBe(rows.filter(({ ts = 0 }) => ts >= from).length);
});
