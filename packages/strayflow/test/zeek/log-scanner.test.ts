import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyLog, plainLog, plainRow, scan } from "./logs.ts";
import { readSlowly, rowsOf, withoutPlace } from "./tsv-reference.ts";

const encoder = new TextEncoder();

test("any columns in any order are read as the plain slow reader reads them", () => {
  fc.assert(
    fc.property(anyLog(20), (log) => {
      const { batches, tally, rejects } = scan([log], { batchRows: 7 });
      const expected = readSlowly(encoder.encode(log));
      expect(rejects).toEqual([]);
      expect(rowsOf(batches)).toEqual(expected);
      expect(tally.rows).toBe(expected.length);
    }),
  );
});

test("cutting the log at any bytes gives the same connections", () => {
  fc.assert(
    fc.property(
      anyLog(12),
      fc.array(fc.nat(), { maxLength: 8 }),
      fc.integer({ min: 1, max: 9 }),
      (log, cuts, batchRows) => {
        const bytes = encoder.encode(log);
        const places = [
          0,
          ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b),
          bytes.length,
        ];
        const pieces = places.slice(1).map((end, index) => bytes.subarray(places[index], end));
        const whole = scan([bytes], { batchRows });
        const cut = scan(pieces, { batchRows });
        expect(rowsOf(cut.batches)).toEqual(rowsOf(whole.batches));
        expect(cut.batches.map((batch) => batch.rows)).toEqual(whole.batches.map((batch) => batch.rows));
        expect(cut.tally).toEqual(whole.tally);
      },
    ),
  );
});

test("a log fed byte by byte gives the same, bad lines and two headers included", () => {
  const bad = plainLog([{}, { orig_bytes: "-5" }, { "id.resp_p": "70000" }, {}]);
  const log = `\ufeff${bad}\n\n\t${plainLog([{}, { ts: "x" }], Object.keys(plainRow).reverse())}cut\tshort`;
  const whole = scan([log]);
  const bytes = encoder.encode(log);
  const fed = scan(Array.from(bytes, (_, index) => bytes.subarray(index, index + 1)));
  expect(rowsOf(fed.batches)).toEqual(rowsOf(whole.batches));
  expect(fed.rejects).toEqual(whole.rejects);
  expect(whole.tally.rows).toBe(3);
  expect(whole.rejects.map(({ reason }) => reason)).toEqual([
    "number-negative",
    "port-invalid",
    "time-invalid",
    "cut-short",
  ]);
});

test("a batch is handed over as soon as its last row is in", () => {
  const lines = plainLog([{}, {}, {}]).split("\n");
  const { batches } = scan([lines.slice(0, 10).join("\n"), "\n"], { batchRows: 2 });
  expect(batches.map((batch) => batch.rows)).toEqual([2]);
});

test("text values are made once per batch and numbered in order of appearance", () => {
  const log = plainLog(["dns", "-", "http", "dns", "(empty)"].map((service) => ({ service })));
  const { service } = scan([log]).batches[0]!;
  expect(service.values).toEqual(["", "dns", "http"]);
  expect([...service.codes]).toEqual([1, 0, 2, 1, 0]);
});

test("a batch can hold as many distinct texts as rows", () => {
  const rows = 65535;
  const log = plainLog(Array.from({ length: rows + 10 }, (_, index) => ({ service: `s${index}` })));
  const { batches } = scan([log], { batchRows: rows });
  expect(batches.map((batch) => batch.rows)).toEqual([rows, 10]);
  const { codes, values } = batches[0]!.service;
  expect(values.length).toBe(rows + 1);
  expect(values[codes[rows - 1]!]).toBe(`s${rows - 1}`);
});

describe("header", () => {
  const read = (log: string) => {
    const { batches, problem, rejects } = scan([log]);
    expect(rejects).toEqual([]);
    expect(problem).toBeUndefined();
    return rowsOf(batches);
  };
  const plain = plainLog([{}, { service: "-", duration: "-" }]);
  const expected = withoutPlace(readSlowly(encoder.encode(plain)));
  const withoutText = (log: string) => withoutPlace(read(log));

  test("line ends may be CR LF", () => {
    expect(withoutText(plain.replaceAll("\n", "\r\n"))).toEqual(expected);
    const endsInText = plainLog(
      [{}],
      ["history", "ts", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "uid", "proto"],
    );
    const [row] = read(endsInText.replaceAll("\n", "\r\n"));
    expect(row).toMatchObject({ proto: "tcp", history: "ShADadFf" });
  });
  test("a byte order mark does not matter", () => expect(withoutText(`\ufeff${plain}`)).toEqual(expected));
  test.each([
    [",", "#separator ,", ";"],
    ["|", "#separator \\x7c", ","],
    [" ", "#separator \\x20", ","],
    ["\t", "#separator\t\\x09", ","],
    ["\t", "#separator \t", ","],
    ["\u0001", "#separator \\x01", ","],
  ])("the separator %j, written as %j", (separator, directive, setSeparator) => {
    const log = plain
      .replaceAll("\t", separator)
      .replace(/^#separator.*/, directive)
      .replace(/^#set_separator.*/m, `#set_separator${separator}${setSeparator}`);
    expect(withoutText(log)).toEqual(expected);
  });
  test("marks for unset and empty are those that the header names", () => {
    const log = plainLog([
      { service: "NULL", duration: "NULL", history: "EMPTY", local_orig: "NULL", uid: "NULL" },
    ])
      .replace("#unset_field\t-", "#unset_field\tNULL")
      .replace("#empty_field\t(empty)", "#empty_field\tEMPTY");
    expect(read(log)[0]).toMatchObject({ service: "", duration: NaN, history: "", local_orig: 2, uid: "" });
  });
  test("a second header in mid-file, indented, with other columns, starts a new batch", () => {
    const second = plainLog([{ ip_proto: "6" }], [...Object.keys(plainRow).reverse(), "ip_proto"]);
    const { batches, tally } = scan([`${plain}  ${second}`]);
    expect(batches.map((batch) => batch.rows)).toEqual([2, 1]);
    expect(rowsOf(batches).map((row) => row["ip_proto"])).toEqual([NaN, NaN, 6]);
    expect(tally.columns.has("ip_proto")).toBe(true);
  });
  test("labels glued on by three spaces, as in the IoT-23 logs, are columns of their own", () => {
    const columns = [...Object.keys(plainRow).slice(0, -1), "tunnel_parents   label   detailed-label"];
    const glued = (value: string) => ({ [columns.at(-1)!]: value });
    const log = plainLog(
      [glued("(empty)   Malicious   C&C"), glued("-   Benign   -"), glued("-   Benign")],
      columns,
    );
    const { batches, tally, rejects } = scan([log]);
    expect(rowsOf(batches).map(({ label, detailedlabel }) => [label, detailedlabel])).toEqual([
      ["Malicious", "C&C"],
      ["Benign", ""],
    ]);
    expect(rejects.map(({ reason }) => reason)).toEqual(["field-count"]);
    expect(tally.columns.has("detailedlabel")).toBe(true);
  });
  test.each(["detailedlabel", "detailed-label", "detailed_label"])("labels in a column %s", (name) => {
    const log = plainLog([{ label: "Malicious", [name]: "Scan" }], [...Object.keys(plainRow), "label", name]);
    expect(read(log)[0]).toMatchObject({ label: "Malicious", detailedlabel: "Scan" });
  });
  test("underscores in the names of the ends, and ISO-8601 times", () => {
    const log = plainLog([{ ts: "2023-11-14T22:13:20.123456Z" }]).replaceAll("\tid.", "\tid_");
    expect(read(log)[0]).toMatchObject({ ts: 1700000000.123456, orig_p: 51234 });
  });
  test("a bare line of column names is a header", () => {
    const log = plain
      .replace(/^#(?!fields|types).*\n/gm, "")
      .replace("#fields\t", "")
      .replace(/^#types.*\n/m, "");
    expect(withoutText(log)).toEqual(expected);
  });
  test("rows whose header is gone are read if they fit Zeek's own columns, and a warning says so", () => {
    const headless = plain.replace(/^#.*\n/gm, "");
    const { batches, tally } = scan([headless]);
    expect(withoutPlace(rowsOf(batches))).toEqual(expected);
    expect(tally.warnings[0]!.message).toMatch(/#fields is missing.*Zeek up to 7\.0/);
    const doubtful = headless.replaceAll("\tSF\t", "\tWHAT\t");
    expect(scan([doubtful]).problem?.message).toMatch(/no Zeek log/);
  });
  test.each(["conn", "conn_long", "open_conn"])("#path %s is a conn log", (path) => {
    expect(withoutText(plain.replace("#path\tconn", `#path\t${path}`))).toEqual(expected);
  });
  test("escapes and set separators are undone in text", () => {
    const log = plainLog(
      [{ service: "\\x2d", history: "a\\x09b\\\\", label: "x;y" }],
      [...Object.keys(plainRow), "label"],
    )
      .replace("#set_separator\t,", "#set_separator\t;")
      .replace(/^(#types.*)string$/m, "$1set[string]");
    expect(read(log)[0]).toMatchObject({ service: "-", history: "a\tb\\", label: "x,y" });
  });
});

test("a first row whose text begins with a brace is a row of its header, not JSON", () => {
  const log = `#separator \\x09\n#path\tconn\n#fields\tservice\tts\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\n#types\tstring\ttime\taddr\tport\taddr\tport\tenum\n{S\t1.5\t10.0.0.1\t1\t10.0.0.2\t2\ttcp\n`;
  const { batches, rejects } = scan([log], { batchRows: 7 });
  expect(rejects).toEqual([]);
  expect(batches[0]?.service.values).toEqual(["", "{S"]);
});
