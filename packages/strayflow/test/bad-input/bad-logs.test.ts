import { chmod, mkdir, open, readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { run } from "../cli/test-io.ts";
import { lineOfRow, openSample, type Sample, type SampleLog } from "./sample.ts";

let sample: Sample;
beforeAll(async () => {
  sample = await openSample();
}, 60_000);
afterAll(() => sample[Symbol.asyncDispose]());

/** Scores one input and keeps its rejected lines. */
async function scoring(input: string) {
  const rejects = sample.path("rejects.ndjson");
  const words = ["score", input, "--model", sample.model, "--json", "--rejects", rejects];
  const { status, stdout, stderr } = await run(words);
  const lines = (await readFile(rejects, "utf8")).trimEnd().split("\n");
  const rejected = lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Rejected);
  const summary = stdout === "" ? undefined : (JSON.parse(stdout) as { rows: number; rejected: number });
  return { status, stderr, rejected, summary };
}

interface Rejected {
  readonly line: number;
  readonly reason: string;
  readonly column?: string;
}

describe("what holds no connection ends with status 65, names the file and says what it is", () => {
  const noise = Uint8Array.from({ length: 5000 }, (_, index) => (index * 7919 + (index >> 3)) & 255);
  test.each<[string, (log: SampleLog) => string | Uint8Array, RegExp]>([
    ["an empty file", () => "", /the file is empty; expected a Zeek conn log/],
    ["a header and nothing else", (log) => log.text([]), /has a header and no connections/],
    ["prose", () => "Dear diary,\ntoday nothing happened.\n", /this is no Zeek log: it has no #fields line/],
    ["noise", () => noise, /no Zeek log/],
    ["a log in UTF-16", (log) => Buffer.from(`\ufeff${log.text()}`, "utf16le"), /no Zeek log/],
    ["another log of Zeek", () => dnsLog, /this is a dns log; expected a conn log/],
    [
      "JSON of something else",
      () => '{"name":"x"}\n{"name":"y"}\n',
      /none of its 2 lines is of a conn log; expected a conn log/,
    ],
    ["gzip of nothing", () => gzipSync(""), /empty/],
    ["gzip data without its beginning", (log) => gzipSync(log.text()).subarray(100), /no Zeek log/],
    [
      "a log without columns that it needs",
      (log) =>
        log.text(
          log.rows,
          log.columns.map((name) => name.replace(/^(proto|id\.resp_p)$/, "x_$1")),
        ),
      /the header lacks id\.resp_p, proto; expected a Zeek conn log/,
    ],
    [
      "a log that names a column twice",
      (log) =>
        log.text(
          log.rows,
          log.columns.map((name) => (name === "local_resp" ? "local_orig" : name)),
        ),
      /names the column "local_orig" twice/,
    ],
    [
      "a log whose every row is bad",
      (log) => log.text(log.rows.map((row) => row.with(log.columns.indexOf("id.orig_h"), "nohost"))),
      /every one of its 1,?500 lines had to be rejected; the first because the field is not an IPv4 or IPv6 address/,
    ],
  ])("%s", async (_what, make, message) => {
    const file = await sample.write("bad.log", make(sample.log));
    const { status, stderr, summary } = await scoring(file);
    expect([status, summary]).toEqual([65, undefined]);
    expect(stderr).toMatch(message);
    expect(stderr).toContain(file);
    expect(stderr).not.toContain("    at ");
  });

  test.each<[string, () => Promise<string>, RegExp]>([
    ["a file that is missing", async () => sample.path("missing.log"), /no such file/],
    ["a pattern that fits nothing", async () => sample.path("*.nothing"), /no file fits this pattern/],
    ["a directory of other things", () => folderWith("barren", "notes.txt"), /no conn log in this directory/],
    ["an empty directory", () => folderWith("hollow"), /no conn log in this directory: it holds no files/],
  ])("%s", async (_what, make, message) => {
    const input = await make();
    const { status, stderr } = await scoring(input);
    expect(status).toBe(65);
    expect(stderr).toMatch(message);
    expect(stderr).toContain(input);
  });

  test.skipIf(process.getuid?.() === 0)("a file that may not be read", async () => {
    const file = await sample.write("secret.log", sample.log.text());
    await chmod(file, 0);
    const { status, stderr } = await scoring(file);
    expect(status).toBe(65);
    expect(stderr).toContain("no permission to read it");
  });
});

async function folderWith(name: string, file?: string): Promise<string> {
  await mkdir(sample.path(name));
  if (file !== undefined) await sample.write(`${name}/${file}`, "x");
  return sample.path(name);
}

const dnsLog = [
  "#separator \\x09",
  "#path\tdns",
  "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\ttrans_id\tquery",
  "1741000000.5\tC1\t10.0.0.1\t5000\t10.0.0.2\t53\tudp\t1\texample.org",
  "",
].join("\n");

describe("a field that cannot be rejects its row alone, with place and reason", () => {
  test.each([
    ["id.orig_p", "65536", "port-invalid"],
    ["id.resp_p", "70000", "port-invalid"],
    ["id.resp_p", "-1", "port-invalid"],
    ["orig_bytes", "-5", "number-negative"],
    ["resp_bytes", "99999999999999999999", "number-huge"],
    ["resp_bytes", "twelve", "number-invalid"],
    ["orig_pkts", "1e400", "number-huge"],
    ["orig_pkts", "1.5", "number-fraction"],
    ["duration", "nan", "number-invalid"],
    ["ts", "-", "time-missing"],
    ["ts", "-1.000000", "time-range"],
    ["ts", "99999999999999.000000", "time-range"],
    ["ts", "yesterday", "time-invalid"],
    ["local_orig", "perhaps", "boolean-invalid"],
  ])("%s = %s: %s", async (column, value, reason) => {
    const { status, rejected, summary } = await scoring(
      await sample.write("field.log", sample.log.changed(column, value)),
    );
    expect([status, summary]).toMatchObject([0, { rows: sample.log.rows.length - 1, rejected: 1 }]);
    expect(rejected).toMatchObject([{ line: lineOfRow(5), reason, column }]);
  });

  test.each([
    ["ts", "0.000000"],
    ["ts", "7258118399.000000"],
    ["id.resp_p", "65535"],
    ["orig_bytes", "9007199254740992"],
    ["service", "\u0000\u0007"],
  ])("%s = %j is unusual and read", async (column, value) => {
    const file = await sample.write("odd.log", sample.log.changed(column, value));
    expect(await scoring(file)).toMatchObject({
      status: 0,
      rejected: [],
      summary: { rows: sample.log.rows.length },
    });
  });

  test("times in any order are read", async () => {
    const file = await sample.write("reversed.log", sample.log.text(sample.log.rows.toReversed()));
    expect(await scoring(file)).toMatchObject({ status: 0, summary: { rows: sample.log.rows.length } });
  });
});

describe("damage loses nothing that was readable, and is told", () => {
  test.each<
    [string, (log: SampleLog) => string | Uint8Array, { lost: number; rejected: number; says: RegExp }]
  >([
    [
      "an end in the middle of a row",
      (log) => log.text().slice(0, -60),
      { lost: 1, rejected: 1, says: /^$/ },
    ],
    [
      "a beginning without header",
      (log) => log.text().split("\n").slice(103).join("\n"),
      { lost: 100, rejected: 0, says: /#fields is missing; the rows fit the default columns of Zeek/ },
    ],
    [
      "a beginning in the middle of a row",
      (log) => log.text().split("\n").slice(102).join("\n").slice(30),
      { lost: 100, rejected: 1, says: /#fields is missing/ },
    ],
    [
      "NUL bytes in a time, and in place of rows, as a crash leaves them",
      (log) =>
        `${log.changed("ts", "17410\0").replace(/\n(?=\d)/, `\n${"\0".repeat(99)}\n`)}${"\0".repeat(4096)}`,
      { lost: 1, rejected: 1, says: /^$/ },
    ],
    [
      "bytes that are no UTF-8, in a line and in a number",
      (log) => Buffer.from(`${log.changed("orig_pkts", "1\u00ff")}\u00fe\u00ff\u00c3\n`, "latin1"),
      { lost: 1, rejected: 2, says: /^$/ },
    ],
  ])("%s", async (_what, make, { lost, rejected, says }) => {
    const found = await scoring(await sample.write("damaged.log", make(sample.log)));
    expect(found).toMatchObject({
      status: 0,
      summary: { rows: sample.log.rows.length - lost, rejected },
    });
    expect(found.stderr).toMatch(says);
    expect(found.rejected).toHaveLength(rejected);
  });

  test.each<[string, (gz: Buffer) => Uint8Array, RegExp]>([
    [
      "an end in the middle",
      (gz) => gz.subarray(0, gz.length >> 1),
      /the gzip data ends early; kept the [\d,]+ con/,
    ],
    [
      "garbage in the middle",
      (gz) => gz.fill(0xff, gz.length >> 1, (gz.length >> 1) + 300),
      /gzip data is damaged/,
    ],
  ])("gzip data with %s", async (_what, damage, says) => {
    const file = await sample.write("damaged.log.gz", damage(gzipSync(sample.log.text())));
    const { status, stderr, summary } = await scoring(file);
    expect(status).toBe(0);
    expect(stderr).toMatch(says);
    expect(summary!.rows).toBeGreaterThan(400);
    expect(summary!.rejected).toBeLessThanOrEqual(1);
  });

  test("training and features tell it too", async () => {
    const file = await sample.write("half.log.gz", gzipSync(sample.log.text()).subarray(0, -3000));
    const model = ["--model", sample.path("half.model"), "--epochs", "1", "--json"];
    for (const words of [
      ["train", file, "--preset", "connection", ...model],
      ["features", file, "--preset", "seed", "--out", sample.path("half.npy")],
    ]) {
      const { status, stderr } = await run(words);
      expect(status).toBe(0);
      expect(stderr).toContain("the gzip data ends early");
      expect(stderr).toContain("1 line could not be read; --rejects FILE keeps them.");
    }
  });

  test("a line of 100 MB, as a hole that a crash left in the file", async () => {
    const file = sample.path("hole.log");
    const handle = await open(file, "w");
    const { bytesWritten } = await handle.write(`${sample.log.text()}x`);
    await handle.write(`x\n${sample.log.rows[0]!.join("\t")}\n`, bytesWritten + 100_000_000);
    await handle.close();
    const { status, summary, rejected } = await scoring(file);
    expect([status, summary]).toMatchObject([0, { rows: sample.log.rows.length + 1, rejected: 1 }]);
    expect(rejected).toMatchObject([{ line: lineOfRow(sample.log.rows.length), reason: "line-too-long" }]);
  });
});

describe("training on too little", () => {
  test.each<[string, (log: SampleLog) => string, RegExp]>([
    [
      "a handful of rows",
      (log) => log.text(log.rows.slice(0, 20)),
      /part has \d+ of the 20 connections; training needs at least 10/,
    ],
    [
      "rows of which all but a few are bad",
      (log) => log.text(log.rows.map((row, index) => (index < 9 ? row : row.with(0, "soon")))),
      /of the 9 connections/,
    ],
    [
      "rows of which all are bad",
      (log) => log.text(log.rows.map((row) => row.with(0, "soon"))),
      /every one of its/,
    ],
  ])("%s", async (_what, make, message) => {
    const file = await sample.write("few.log", make(sample.log));
    const model = sample.path("few.model");
    const { status, stdout, stderr } = await run(["train", file, "--model", model, "--preset", "connection"]);
    expect([status, stdout]).toEqual([65, ""]);
    expect(stderr).toMatch(message);
    await expect(readFile(model)).rejects.toMatchObject({ code: "ENOENT" });
  });
});

describe("traffic without a column that the model learned from", () => {
  test("is refused where a header shows it, by the column's name", async () => {
    const columns = sample.log.columns.map((name) => (name === "orig_bytes" ? "my_bytes" : name));
    const file = await sample.write("less.log", sample.log.text(sample.log.rows, columns));
    const { status, stderr, summary } = await scoring(file);
    expect([status, summary]).toEqual([66, undefined]);
    expect(stderr).toContain("the model learned from orig_bytes, which this log does not have");
  });

  test("is remarked on in JSON, where only all rows together show it", async () => {
    const needed = ["ts", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "proto"];
    const line = (row: readonly string[]) =>
      JSON.stringify(
        Object.fromEntries(
          needed.map((name) => {
            const value = row[sample.log.columns.indexOf(name)]!;
            return [name, name === "ts" || name.endsWith("_p") ? Number(value) : value];
          }),
        ),
      );
    const file = await sample.write("less.json", `${sample.log.rows.map(line).join("\n")}\n`);
    const { status, stderr, summary } = await scoring(file);
    expect([status, summary]).toMatchObject([0, { rows: sample.log.rows.length, rejected: 0 }]);
    expect(stderr).toMatch(
      /the model learned from .*orig_bytes.*, which no connection here has \(.*less\.json\)/,
    );
  });

  test("is none where a column only has another writer's spelling", async () => {
    const columns = sample.log.columns.map((name) => name.replace(/^id\./, "id_"));
    const file = await sample.write("spelled.log", sample.log.text(sample.log.rows, columns));
    expect(await scoring(file)).toMatchObject({ status: 0, summary: { rows: sample.log.rows.length } });
  });
});
