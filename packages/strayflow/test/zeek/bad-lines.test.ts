import { describe, expect, test } from "vitest";
import { plainLog, plainRow, scan } from "./logs.ts";
import { rowsOf } from "./tsv-reference.ts";

describe("a field that is not what its type says rejects its row, names the column, and no other row is lost", () => {
  test.each([
    ["ts", "-", "time-missing"],
    ["ts", "", "time-missing"],
    ["ts", "abc", "time-invalid"],
    ["ts", "-5.000000", "time-range"],
    ["ts", "99999999999.000000", "time-range"],
    ["ts", "1e308", "time-range"],
    ["id.orig_h", "-", "address-missing"],
    ["id.orig_h", "10.0.0", "address-invalid"],
    ["id.orig_h", "10.0.0.256", "address-invalid"],
    ["id.orig_h", "10.0.0.0001", "address-invalid"],
    ["id.orig_h", "10.0.0.1.", "address-invalid"],
    ["id.orig_h", "10.0..1", "address-invalid"],
    ["id.resp_h", "fe80::1::2", "address-invalid"],
    ["id.resp_h", "host", "address-invalid"],
    ["id.orig_p", "-", "port-missing"],
    ["id.orig_p", "65536", "port-invalid"],
    ["id.orig_p", "99999999999999", "port-invalid"],
    ["id.resp_p", "-1", "port-invalid"],
    ["proto", "-", "proto-missing"],
    ["orig_bytes", "-5", "number-negative"],
    ["orig_bytes", "9007199254740994", "number-huge"],
    ["orig_bytes", "99999999999999999999999999", "number-huge"],
    ["resp_bytes", "12x", "number-invalid"],
    ["resp_bytes", "1\u00002", "number-invalid"],
    ["resp_pkts", "1.5", "number-fraction"],
    ["duration", "-0.5", "number-negative"],
    ["duration", "soon", "number-invalid"],
    ["local_orig", "maybe", "boolean-invalid"],
    ["local_resp", "X", "boolean-invalid"],
  ])("%s = %j: %s", (column, value, reason) => {
    const { batches, rejects, tally } = scan([plainLog([{ uid: "C1" }, { [column]: value }, { uid: "C2" }])]);
    expect(rowsOf(batches).map((row) => row["uid"])).toEqual(["C1", "C2"]);
    expect(rejects).toMatchObject([{ file: "conn.log", line: 10, reason, column }]);
    expect(rejects[0]!.text).toContain(value);
    expect(tally).toMatchObject({ rows: 2, rejected: 1, rejectedByReason: { [reason]: 1 } });
  });

  test("also where the column is the last of the line, under CR LF", () => {
    const columns = Object.keys(plainRow).filter((name) => name !== "resp_bytes");
    const log = plainLog([{ resp_bytes: "-5" }, {}], [...columns, "resp_bytes"]).replaceAll("\n", "\r\n");
    const { batches, rejects } = scan([log]);
    expect(rejects).toMatchObject([{ reason: "number-negative", column: "resp_bytes" }]);
    expect(rowsOf(batches)[0]!["resp_bytes"]).toBe(2000);
  });
});

test.each([
  ["0.000000", 0],
  ["0", 0],
  ["1.000000", 1],
  ["7258118399.000000", 7258118399],
  ["1700000000", 1700000000],
  ["1700000000.1", 1700000000.1],
  ["1700000000.123456789", Number("1700000000.123456789")],
])("the time %s is read", (ts, expected) => {
  expect(rowsOf(scan([plainLog([{ ts }])]).batches)[0]!["ts"]).toBe(expected);
});

test("times may be out of order", () => {
  const { batches, rejects } = scan([plainLog([{ ts: "5.0" }, { ts: "3.0" }, { ts: "4.0" }])]);
  expect(rejects).toEqual([]);
  expect(rowsOf(batches).map((row) => row["ts"])).toEqual([5, 3, 4]);
});

test("a row with too many or too few fields is rejected", () => {
  const log = plainLog([{}, { tunnel_parents: "(empty)\textra" }, {}]).replace(
    /\n([^#\n]*)\t\(empty\)\n/,
    "\n$1\n",
  );
  const { rejects, tally } = scan([log]);
  expect(tally.rows).toBe(1);
  expect(rejects.map(({ reason, line }) => [reason, line])).toEqual([
    ["field-count", 9],
    ["field-count", 10],
  ]);
});

test("NUL and bytes that are no UTF-8 are kept in text, replaced where there is no character for them", () => {
  const log = Buffer.from(
    plainLog([{ service: "a\0b" }, { service: "a~b" }]).replace("a~b", "a\u00ffb"),
    "latin1",
  );
  const { batches, rejects } = scan([log]);
  expect(rejects).toEqual([]);
  expect(rowsOf(batches).map((row) => row["service"])).toEqual(["a\0b", "a\ufffdb"]);
  expect(batches[0]!.text.includes(0xff)).toBe(true);
});

test("a line that is longer than the limit is dropped while it is read, and the next is read again", () => {
  const lines = plainLog([{ uid: "C1" }, { uid: "C2" }]).split("\n");
  const [first, second] = [lines.slice(0, 9).join("\n"), lines.slice(9).join("\n")];
  const long = "x".repeat(300_000);
  for (const bad of [long, `${lines[8]}${long}`, `#${long}${long}`]) {
    const { batches, rejects, tally } = scan([`${first}\n`, bad, long, `\n${second}`], {
      maxLineBytes: 200_000,
    });
    expect(rowsOf(batches).map((row) => row["uid"])).toEqual(["C1", "C2"]);
    expect(rejects).toMatchObject([{ line: 10, reason: "line-too-long" }]);
    expect(rejects[0]!.text.length).toBeLessThanOrEqual(4096);
    expect(tally.rejected).toBe(1);
    expect(rowsOf(batches)[1]!["line"]).toBe(11);
  }
});

test("a hundred megabytes without a line end are one reject, and memory stays flat", () => {
  const piece = new Uint8Array(1 << 20).fill(65);
  const before = process.memoryUsage().arrayBuffers;
  const log = plainLog([{}]);
  const { rejects, tally } = scan([log, ...Array.from({ length: 100 }, () => piece), `\n${plainLog([{}])}`]);
  expect(rejects.map(({ reason }) => reason)).toEqual(["line-too-long"]);
  expect(tally.rows).toBe(2);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(40 << 20);
});

describe("the end of the input", () => {
  const log = plainLog([{ uid: "C1" }, { uid: "C2" }]).replace(/\n#close.*\n$/, "");
  test("a last row without a line end is a row when it is complete", () => {
    expect(scan([log]).tally).toMatchObject({ rows: 2, rejected: 0 });
  });
  test("a last row of which only the last field suffered is a row", () => {
    expect(scan([log.slice(0, -3)]).tally).toMatchObject({ rows: 2, rejected: 0 });
  });
  test.each([40, 80])("a last row that lacks %s bytes is cut short", (missing) => {
    expect(scan([log.slice(0, -missing)]).rejects).toMatchObject([{ line: 10, reason: "cut-short" }]);
  });
});

test("rows of other logs in the same file are counted and left out, those of an unusable header rejected", () => {
  const dns = plainLog([{}, {}]).replace("#path\tconn", "#path\tdns");
  const broken = plainLog([{}]).replace("\tproto\t", "\tprotocol\t");
  const { tally } = scan([plainLog([{}]), dns, plainLog([{}]), broken]);
  expect(tally).toMatchObject({ rows: 2, skipped: 2, rejected: 1, rejectedByReason: { "no-header": 1 } });
  expect(tally.warnings.map(({ message }) => message)).toEqual([
    "left out 2 rows of dns",
    "the header lacks proto; the rows under this header were rejected",
  ]);
});
