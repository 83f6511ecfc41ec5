import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { zeekColumns, type Batch } from "../../src/zeek/batch.ts";
import { zeekTypes } from "../../src/zeek/columns.ts";
import { LogScanner } from "../../src/zeek/log-scanner.ts";
import type { Reject } from "../../src/zeek/rejects.ts";
import { hasSharedData, sharedData } from "../shared-data.ts";
import { expectedOutcome, plainRow, type PlainRow } from "./json-reference.ts";
import { jsonLine, plainLine } from "./json-shapes.ts";

interface Result {
  readonly rows: readonly PlainRow[];
  /** The line that each row was read from, as the batch refers to it. */
  readonly lines: readonly string[];
  readonly lineNumbers: readonly number[];
  readonly rejects: readonly Pick<Reject, "line" | "reason">[];
  readonly skipped: number;
}

function read(pieces: readonly Uint8Array[], batchRows?: number): Result {
  const rows: PlainRow[] = [];
  const lines: string[] = [];
  const lineNumbers: number[] = [];
  const rejects: Pick<Reject, "line" | "reason">[] = [];
  const scanner = new LogScanner({
    file: "test",
    batchRows,
    onBatch(batch) {
      for (let row = 0; row < batch.rows; row++) {
        rows.push(plainRow(batch, row));
        lines.push(new TextDecoder().decode(batch.text.subarray(batch.lineStart[row], batch.lineEnd[row])));
        lineNumbers.push(batch.lineNumber[row]!);
      }
    },
    onReject: ({ line, reason }) => rejects.push({ line, reason }),
  });
  for (const piece of pieces) scanner.push(piece);
  scanner.flush();
  return { rows, lines, lineNumbers, rejects, skipped: scanner.tally.skipped };
}

const bytesOf = (text: string) => new TextEncoder().encode(text);

test("cutting a JSON log at any byte gives the same connections and the same rejects", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(jsonLine, plainLine), { minLength: 1, maxLength: 8 }),
      fc.array(fc.nat(), { maxLength: 4 }),
      fc.integer({ min: 1, max: 5 }),
      fc.boolean(),
      (lines, cuts, batchRows, hasEnd) => {
        const bytes = bytesOf(lines.join("\n") + (hasEnd ? "\n" : ""));
        const places = [0, ...cuts.map((cut) => cut % bytes.length).sort((a, b) => a - b), bytes.length];
        const pieces = places.slice(1).map((end, i) => bytes.subarray(places[i], end));
        expect(read(pieces, batchRows)).toEqual(read([bytes]));
      },
    ),
    { numRuns: 300 },
  );
});

test("a row says where its line stands, and its uid where in it", () => {
  fc.assert(
    fc.property(fc.array(plainLine, { minLength: 1, maxLength: 20 }), (lines) => {
      const { lines: seen, lineNumbers, rows } = read([bytesOf(`\n${lines.join("\n\n")}`)], 3);
      expect(seen).toEqual(lines);
      expect(lineNumbers).toEqual(lines.map((_, i) => 2 + i * 2));
      expect(rows.map((row) => row["uid"])).toEqual(
        lines.map((line) => (JSON.parse(line) as { uid: string }).uid),
      );
    }),
    { numRuns: 100 },
  );
});

test("the same connections as TSV and as JSON give the same rows", () => {
  fc.assert(
    fc.property(fc.array(plainLine, { minLength: 1, maxLength: 20 }), (lines) => {
      const json = read([bytesOf(`${lines.join("\n")}\n`)]);
      expect(read([bytesOf(asTsv(lines))]).rows).toEqual(json.rows);
      expect(json.rows).toEqual(lines.map((line) => rowOf(line)));
    }),
    { numRuns: 200 },
  );
});

const plain = JSON.stringify({
  ts: 1.5,
  "id.orig_h": "1.2.3.4",
  "id.orig_p": 1,
  "id.resp_h": "::1",
  "id.resp_p": 2,
  proto: "tcp",
});
const outcomeOf = (text: string) => {
  const { lineNumbers, rejects, lines } = read([bytesOf(text)]);
  expect(lines.filter((line) => line.startsWith("{"))).toEqual(
    lines.filter((line) => line.startsWith("{")).map(() => plain),
  );
  return { rows: lineNumbers, rejects: rejects.map(({ line, reason }) => `${line} ${reason}`) };
};

describe("what is readable in a damaged JSON log is read", () => {
  test("its first line is the rest of a row", () => {
    expect(outcomeOf(`_pkts":5}\n${plain}\n${plain}\n`)).toEqual({ rows: [2, 3], rejects: ["1 no-header"] });
  });
  test("a byte order mark, blank lines and remarks", () => {
    expect(outcomeOf(`\uFEFF\n\n# remark\n${plain}\n \n\uFEFF${plain}`)).toEqual({
      rows: [4, 6],
      rejects: [],
    });
  });
  test("runs of NUL, which a crash leaves", () => {
    const nuls = "\0".repeat(5000);
    expect(outcomeOf(`${nuls}${plain}\n${nuls}\n${nuls}${plain}${nuls}\n${plain}\n${nuls}`)).toEqual({
      rows: [1, 3, 4],
      rejects: [],
    });
  });
  test("it ends in the middle of a row", () => {
    expect(outcomeOf(`${plain}\n${plain.slice(0, -9)}`)).toEqual({ rows: [1], rejects: ["2 cut-short"] });
  });
  test("a last row that is whole but wrong is not called cut", () => {
    expect(outcomeOf(`${plain}\n${plain.replace('":2,', '":70000,')}`)).toEqual({
      rows: [1],
      rejects: ["2 port-invalid"],
    });
  });
  test("a line is longer than any connection", () => {
    const long = plain.replace("}", `,"x":"${"x".repeat(5 << 20)}"}`);
    expect(outcomeOf(`${long}\n${plain}\n`)).toEqual({ rows: [2], rejects: ["1 line-too-long"] });
  });
  test("TSV and JSON follow each other", () => {
    const tsv = asTsv([plain]);
    const lines = tsv.split("\n").length;
    expect(outcomeOf(`${plain}\n${tsv}${plain}\n`)).toEqual({ rows: [1, lines, lines + 1], rejects: [] });
  });
});

function asTsv(lines: readonly string[]): string {
  const names = [...zeekColumns];
  const field = (value: unknown) => {
    if (value === undefined) return "-";
    if (Array.isArray(value)) return value.length === 0 ? "(empty)" : value.join(",");
    if (typeof value === "boolean") return value ? "T" : "F";
    return typeof value === "string" ? value : JSON.stringify(value);
  };
  const rows = lines.map((line) => {
    const row = JSON.parse(line) as Record<string, unknown>;
    return names.map((name) => field(row[name])).join("\t");
  });
  const header = [
    "#separator \\x09",
    "#path\tconn",
    `#fields\t${names.join("\t")}`,
    `#types\t${names.map((name) => zeekTypes[name]).join("\t")}`,
  ];
  return [...header, ...rows, ""].join("\n");
}

function rowOf(line: string): PlainRow {
  const outcome = expectedOutcome(line);
  if (outcome.kind !== "row") throw new Error(`not a row: ${line}`);
  return outcome.row;
}

/** Rows as the catalogue states them; lines of other logs; rejects. */
const files: Readonly<Record<string, readonly [rows: number, skipped: number, rejected: number]>> = {
  "formats/epoch.conn.json.log": [50, 0, 0],
  "formats/sparse_keys.conn.json.log": [576, 0, 0],
  "formats/labelled.conn.json.log": [100, 0, 0],
  "formats/list_tunnel_parents.conn.json.gz": [729, 0, 0],
  "formats/corelight_mixed_types.json": [2, 32, 0],
  "formats/json_with_all_fields_conn.log": [29, 0, 0],
  "formats/json_with_all_fields_open_conn.log": [59, 0, 0],
  // Three whole rows, of which one has the originator's port 93145, and one that is cut.
  "formats/truncated_conn_json.log": [3, 0, 1],
  "scans/nmap.conn.json.gz": [4504, 0, 0],
  "apt29-json/day1-NASHUA_conn.log": [479, 0, 0],
  "apt29-json/day1-SCRANTON_conn.log": [134, 0, 0],
  "apt29-json/day2-NEWYORK_conn.log": [314, 0, 0],
  "apt29-json/day2-SCRANTON_conn.log": [53, 0, 0],
  "apt29-json/day2-UTICA-A_conn.log": [353, 0, 0],
  "apt29-json/day2-UTICA-C_conn.log": [31, 0, 0],
  "apt29-json/day2-UTICA-D_conn.log": [357, 0, 0],
  "apt29-json/day2-UTICA-ONE-DRIVE_conn.log": [64, 0, 0],
};

describe.skipIf(!hasSharedData)("real JSON logs are read row for row as JSON.parse reads them", () => {
  test.each(Object.entries(files))("%s", (file, [rows, skipped, rejected]) => {
    const stored = readFileSync(sharedData(file));
    const bytes = file.endsWith(".gz") ? gunzipSync(stored) : stored;
    const lines = bytes
      .toString("utf8")
      .split("\n")
      .filter((line) => line !== "");
    const result = read([bytes]);
    expect([result.rows.length, result.skipped, result.rejects.length]).toEqual([rows, skipped, rejected]);
    const expected = lines
      .map(expectedOutcome)
      .flatMap((outcome) => (outcome.kind === "row" ? [outcome.row] : []));
    // The reference does not know other logs that do not name themselves.
    expect(result.rows).toEqual(skipped === 0 ? expected : result.rows);
  });
});

test("an originator's port that cannot be costs the port, not the row", () => {
  const rows: Batch[] = [];
  const scanner = new LogScanner({ file: "conn.log", onBatch: (batch) => rows.push(batch) });
  scanner.push(
    Buffer.from(
      '{"ts":1.5,"id.orig_h":"1.2.3.4","id.orig_p":93145,"id.resp_h":"::1","id.resp_p":2,"proto":"tcp","orig_bytes":7}\n',
    ),
  );
  scanner.flush();
  expect(rows[0]?.orig_p[0]).toBe(0);
  expect(rows[0]?.orig_bytes[0]).toBe(7);
  expect(scanner.tally.rejected).toBe(0);
  expect(scanner.tally.warnings.map(({ message }) => message)).toEqual([
    "read id.orig_p as 0 in 1 rows where it is over 65535",
  ]);
});
