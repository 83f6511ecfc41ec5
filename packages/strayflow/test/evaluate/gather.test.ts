import * as fc from "fast-check";
import { expect, test } from "vitest";
import { gatherRows } from "../../src/evaluate/gather.ts";
import type { Piece } from "../../src/evaluate/piece.ts";
import { parseAddress } from "../../src/zeek/address.ts";
import type { Batch } from "../../src/zeek/batch.ts";
import { readConnections, readRecord } from "../../src/zeek/index.ts";
import { ordinary, temporaryFolder, writeJsonLog, writeTsvLog } from "./write-log.ts";

const columns = [
  "ts",
  "duration",
  "orig_bytes",
  "resp_bytes",
  "missed_bytes",
  "orig_pkts",
  "orig_ip_bytes",
  "resp_pkts",
  "resp_ip_bytes",
  "ip_proto",
  "orig_p",
  "resp_p",
  "local_orig",
  "local_resp",
] as const;
const texts = ["proto", "service", "conn_state", "history", "label", "detailedlabel"] as const;

async function twoLogs(): Promise<Batch[]> {
  const folder = temporaryFolder();
  const odd = { service: "dns", label: "Malicious   C&C", local_resp: false, history: "^d", uid: 'Cé"x' };
  const tsv = writeTsvLog(
    folder,
    "conn.log",
    [0, 1, 2, 3, 4].map((i) => ordinary(i, i === 3 ? { label: "Benign" } : {})),
  );
  const json = writeJsonLog(folder, "conn.json.log", [
    ordinary(10, odd),
    {
      ts: 1_700_000_000.123457,
      "id.orig_h": "2001:db8::1",
      "id.orig_p": 1,
      "id.resp_h": "::1",
      "id.resp_p": 2,
      proto: "udp",
    },
    ordinary(12),
  ]);
  const batches: Batch[] = [];
  for await (const batch of readConnections([tsv, json])) batches.push(batch);
  return batches;
}

function valuesOf(batch: Batch, row: number): unknown[] {
  return [
    ...columns.map((name) => batch[name][row]),
    ...texts.map((name) => batch[name].values[batch[name].codes[row]!]),
    ...batch.orig_h.slice(4 * row, 4 * row + 4),
    ...batch.resp_h.slice(4 * row, 4 * row + 4),
    batch.lineNumber[row],
    new TextDecoder().decode(batch.text.subarray(batch.uid.start[row], batch.uid.end[row])),
  ];
}

test("gathered rows hold what their pieces hold, in the columns as in the text", async () => {
  const batches = await twoLogs();
  const pieces: Piece[] = batches.map((batch) => ({ batch }));
  const all = batches.flatMap(({ rows }, piece) =>
    Array.from({ length: rows }, (_, row) => ({ piece, row })),
  );
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...all), { maxLength: 20 }), (order) => {
      const gathered = gatherRows(
        pieces,
        Uint32Array.from(order, ({ piece }) => piece),
        Uint32Array.from(order, ({ row }) => row),
      );
      expect(gathered.rows).toBe(order.length);
      order.forEach(({ piece, row }, i) => {
        const written = valuesOf(gathered, i);
        const source = valuesOf(batches[piece]!, row);
        // A uid that JSON escapes stays escaped in the text.
        expect(written.slice(0, -1)).toEqual(source.slice(0, -1));
        expect(readRecord(gathered, i)).toEqual(readRecord(batches[piece]!, row));
      });
    }),
    { numRuns: 100 },
  );
});

function lineOf({ text, lineStart, lineEnd }: Batch, row: number): string {
  return new TextDecoder().decode(text.subarray(lineStart[row], lineEnd[row]));
}

test("rows of one log keep their lines as they were written", async () => {
  const [batch] = await twoLogs();
  const gathered = gatherRows([{ batch: batch! }], new Uint32Array(2), Uint32Array.of(3, 1));
  expect(gathered.source.layout.kind).toBe("tsv");
  expect(lineOf(gathered, 0)).toBe(lineOf(batch!, 3));
  expect(lineOf(gathered, 1)).toBe(lineOf(batch!, 1));
  expect(valuesOf(gathered, 0)).toEqual(valuesOf(batch!, 3));
});

test("changes show in the columns and in the record", async () => {
  const [batch] = await twoLogs();
  const changes = {
    shiftSeconds: 86_400,
    originator: parseAddress("192.0.2.7")!,
    localOrig: 0,
    strip: ["history", "orig_pkts", "local_resp"] as const,
  };
  const gathered = gatherRows([{ batch: batch!, changes }], Uint32Array.of(0), Uint32Array.of(2));
  const before = readRecord(batch!, 2);
  const { history: _history, orig_pkts: _pkts, ...rest } = before;
  expect(readRecord(gathered, 0)).toEqual({
    ...rest,
    ts: batch!.ts[2]! + 86_400,
    "id.orig_h": "192.0.2.7",
    local_orig: false,
  });
  expect(gathered.ts[0]).toBe(batch!.ts[2]! + 86_400);
  expect(gathered.orig_pkts[0]).toBeNaN();
  expect(gathered.history.codes[0]).toBe(0);
  expect(gathered.local_orig[0]).toBe(0);
  expect([...gathered.orig_h]).toEqual([0, 0, 0xffff, 0xc0000207]);
});

test("a batch of no rows can be gathered", () => {
  expect(gatherRows([], new Uint32Array(0), new Uint32Array(0)).rows).toBe(0);
});
