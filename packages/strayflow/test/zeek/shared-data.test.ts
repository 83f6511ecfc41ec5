import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { readConnections, readRecord, type Batch, type Reject } from "../../src/zeek/index.ts";
import { hasSharedData, sharedData } from "../shared-data.ts";
import { readSlowly, rowsOf } from "./tsv-reference.ts";

/** Connections and rejected lines of each file, as the catalogue of the logs states them. */
const formats: Readonly<Record<string, readonly [rows: number, rejected: number]>> = {
  "bro2.conn.log": [360, 0],
  "busy-hour.conn.log.gz": [7260, 0],
  "proxy_conn.log": [463, 0],
  "epoch.conn.json.log": [50, 0],
  "sparse_keys.conn.json.log": [576, 0],
  "labelled.conn.json.log": [100, 0],
  "list_tunnel_parents.conn.json.gz": [729, 0],
  "corelight_mixed_types.json": [2, 0],
  "json_with_all_fields_conn.log": [29, 0],
  "json_with_all_fields_open_conn.log": [59, 0],
  "open_conns_closed_conn.log": [59, 0],
  "open_conns_open_conn.log": [29, 0],
  "truncated_conn.log": [58, 1],
  // Its 59th and last line is cut.
  "truncated_conn_top.log": [58, 1],
  // Its third object is whole, but its originator's port is 93145.
  "truncated_conn_json.log": [3, 1],
  "separator_with_tab.conn.log": [3, 0],
  "second_header_indented.conn.log": [141, 0],
  "ts_from_zero.conn.log": [92, 0],
};

const folders: Readonly<Record<string, number>> = {
  "cloud-server-3days": 105_918,
  "office-day": 8_462,
  "windows-attacked": 5_663 + 5_347,
  scans: 4_597,
  "apt29-json": 1_785,
  "lsass-lab": 2_711,
  "small-attacks": 2_363,
};

async function readAll(input: string) {
  const batches: Batch[] = [];
  const rejects: Reject[] = [];
  const reader = readConnections([sharedData(input)], { onReject: (reject) => rejects.push(reject) });
  for await (const batch of reader) batches.push(batch);
  return { batches, rejects, tally: reader.tally };
}

describe.skipIf(!hasSharedData)("real logs", () => {
  test.each(Object.entries(formats))("%s", async (file, [rows, rejected]) => {
    const { batches, rejects, tally } = await readAll(`formats/${file}`);
    expect(batches.reduce((sum, batch) => sum + batch.rows, 0)).toBe(rows);
    expect(tally).toMatchObject({ rows, rejected, files: 1 });
    expect(rejects.length).toBe(rejected);
  });

  test.each(Object.entries(folders))("%s", async (folder, rows) => {
    const { batches, tally } = await readAll(folder);
    expect(tally).toMatchObject({ rows, rejected: 0, skipped: 0 });
    expect(batches.reduce((sum, batch) => sum + batch.rows, 0)).toBe(rows);
    expect(tally.warnings).toEqual([]);
  });

  test("a text file is no Zeek log", async () => {
    await expect(readAll("formats/text_file_conn.log")).rejects.toMatchObject({ kind: "log-format" });
  });

  test("what a row says in its columns is what its record says", async () => {
    for (const folder of [
      "formats/busy-hour.conn.log.gz",
      "windows-attacked",
      "apt29-json",
      "formats/bro2.conn.log",
    ]) {
      const { batches } = await readAll(folder);
      for (const batch of batches) {
        for (let row = 0; row < batch.rows; row += 97) {
          const record = readRecord(batch, row);
          const or = (value: number) => (Number.isNaN(value) ? undefined : value);
          expect(record["ts"]).toBe(batch.ts[row]);
          expect(record["id.orig_p"]).toBe(batch.orig_p[row]);
          expect(record["orig_bytes"]).toBe(or(batch.orig_bytes[row]!));
          expect(record["duration"]).toBe(or(batch.duration[row]!));
          expect(record["service"] ?? "").toBe(batch.service.values[batch.service.codes[row]!]);
          expect(record["history"] ?? "").toBe(batch.history.values[batch.history.codes[row]!]);
          expect(record["label"] ?? "").toBe(batch.label.values[batch.label.codes[row]!]);
          const uid = batch.text.subarray(batch.uid.start[row], batch.uid.end[row]);
          expect(record["uid"]).toBe(Buffer.from(uid).toString());
        }
      }
    }
  });

  test.each([
    "formats/bro2.conn.log",
    "formats/busy-hour.conn.log.gz",
    "windows-attacked/010.conn.log.labeled.gz",
    "cloud-server-3days/2024-04-20/conn.07:00:00-08:00:00.log.gz",
  ])("%s is read as the plain slow reader reads it", async (file) => {
    const bytes = readFileSync(sharedData(file));
    const { batches } = await readAll(file);
    expect(rowsOf(batches)).toEqual(readSlowly(file.endsWith(".gz") ? gunzipSync(bytes) : bytes));
  });

  test("the archive is read in time order", async () => {
    const { batches } = await readAll("cloud-server-3days");
    const firsts = batches.map((batch) => batch.ts[0]!);
    expect(firsts).toEqual([...firsts].sort((a, b) => a - b));
  });
});
