import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { displayWidth } from "../../src/output/display-width.ts";
import { openOutput } from "../../src/output/output-file.ts";
import { scoreWriter, type ScoreFormat } from "../../src/output/score-writer.ts";
import type { ScoredConnection } from "../../src/output/scored.ts";
import { collector } from "./collect.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "strayflow-score-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const plain: ScoredConnection = {
  record: {
    ts: 1_740_229_495.123456,
    uid: "CHhAvVGS1DHFjwGM9",
    "id.orig_h": "10.0.0.23",
    "id.orig_p": 50123,
    "id.resp_h": "203.0.113.9",
    "id.resp_p": 8443,
    proto: "tcp",
    service: "ssl",
    duration: 1.5,
    orig_bytes: 1_400_000_000,
    local_orig: true,
    community_id: "1:abc",
    tunnel_parents: ["C1", "C2"],
  },
  ts: 1_740_229_495.123456,
  score: 48.234,
  pValue: 1 / 214_937,
  flagged: true,
  folded: false,
  reasons: [
    {
      feature: "orig_bytes",
      value: 21.06,
      usual: 8.3,
      share: 0.7,
      text: "sent 1.4 GB; connections like this one usually send 2 to 40 kB",
    },
    {
      feature: "port_rarity",
      value: 8,
      usual: 1,
      share: 0.2,
      text: "to port 8443, as 1 in 3,000 connections",
    },
  ],
};

const hostile: ScoredConnection = {
  ...plain,
  record: {
    ...plain.record,
    "id.orig_h": "2001:0db8:1111:2222:3333:4444:5555:6666",
    "id.resp_h": "2001:0db8:1111:2222:3333:4444:5555:7777",
    service: '=cmd|"x"!A1\x1b[2J\u202e,\nssl',
    uid: "+1+1",
  },
  reasons: [{ feature: "f", value: 1, usual: 0, share: 1, text: "service \x1b]0;owned\x07 never seen" }],
};

async function write(
  format: ScoreFormat,
  connections: readonly ScoredConnection[],
  closing?: string[],
): Promise<Buffer> {
  const path = join(folder, "scores");
  await using output = await openOutput(path, collector());
  const writer = scoreWriter(format, output, { columns: 100, colour: false });
  for (const connection of connections) await writer.add(connection);
  await writer.finish(closing);
  await output.commit();
  return await readFile(path);
}

test("NDJSON is Zeek's own fields, then what we say of them", async () => {
  const lines = (await write("ndjson", [plain, hostile])).toString().trimEnd().split("\n");
  expect(lines).toHaveLength(2);
  const first = JSON.parse(lines[0]!) as Record<string, unknown>;
  expect(Object.keys(first)).toEqual([
    ...Object.keys(plain.record),
    "score",
    "p_value",
    "flagged",
    "reasons",
  ]);
  expect(first).toEqual({
    ...plain.record,
    score: 48.234,
    p_value: 1 / 214_937,
    flagged: true,
    reasons: plain.reasons,
  });
  expect((JSON.parse(lines[1]!) as Record<string, unknown>)["service"]).toBe(hostile.record["service"]);
});

describe("CSV", () => {
  test("has one head for every log, and the rest of a row in its extra cell", async () => {
    const [head, line] = (await write("csv", [plain])).toString().trimEnd().split("\n");
    expect(head).toBe(
      "ts,uid,id.orig_h,id.orig_p,id.resp_h,id.resp_p,proto,service,duration,orig_bytes,resp_bytes,conn_state,local_orig,local_resp,missed_bytes,history,orig_pkts,orig_ip_bytes,resp_pkts,resp_ip_bytes,tunnel_parents,ip_proto,label,detailedlabel,extra,score,p_value,flagged,reasons",
    );
    expect(line).toMatch(
      /^1740229495\.123456,CHhAvVGS1DHFjwGM9,10\.0\.0\.23,50123,203\.0\.113\.9,8443,tcp,ssl,1\.5,1400000000,,,true,,/,
    );
    expect(line).toContain('"C1,C2"');
    expect(line).toContain('"{""community_id"":""1:abc""}"');
    expect(line).toMatch(/,48\.234,[^,]+,true,"sent 1\.4 GB; connections/);
  });

  test("makes hostile strings inert", async () => {
    const text = (await write("csv", [hostile])).toString();
    expect(text).not.toContain("\x1b");
    expect(text.trimEnd().split("\n")).toHaveLength(2);
    expect(text).toContain(`,"'=cmd|""x""!A1\\x1b[2J\\u{202e},\\nssl",`);
    expect(text).toContain(",'+1+1,");
  });
});

test("Parquet has typed columns, nulls for what is unset, and reasons as JSON", async () => {
  await write("parquet", [plain, { ...hostile, record: { ts: "2025-02-22T13:04:55Z", orig_pkts: "12" } }]);
  const [first, second] = await parquetReadObjects({
    file: await asyncBufferFromFile(join(folder, "scores")),
  });
  expect(first).toMatchObject({
    ts: new Date(1_740_229_495_123),
    "id.orig_h": "10.0.0.23",
    "id.resp_p": 8443n,
    orig_bytes: 1_400_000_000n,
    duration: 1.5,
    local_orig: true,
    resp_bytes: null,
    extra: '{"community_id":"1:abc"}',
    score: 48.234,
    flagged: true,
  });
  expect(JSON.parse(String(first?.["reasons"]))).toEqual(plain.reasons);
  expect(second).toMatchObject({ ts: new Date(1_740_229_495_123), orig_pkts: 12n, uid: null, extra: null });
});

test("Parquet keeps every row over several row groups", async () => {
  await write(
    "parquet",
    Array.from({ length: 45_000 }, (_, row) => ({ ...plain, score: row })),
  );
  const rows = await parquetReadObjects({
    file: await asyncBufferFromFile(join(folder, "scores")),
    columns: ["score"],
  });
  expect(rows.map(({ score }) => score as number)).toEqual(Array.from({ length: 45_000 }, (_, row) => row));
});

describe("the table", () => {
  test("is what a person reads", async () => {
    expect(`\n${(await write("table", [plain], ["1 of 20 connections is flagged."])).toString()}`)
      .toMatchInlineSnapshot(`
        "
          #   score           1 in  time (UTC)           connection
          1    48.2        210,000  2025-02-22 13:04:55  10.0.0.23 -> 203.0.113.9:8443 tcp ssl
             sent 1.4 GB; connections like this one usually send 2 to 40 kB
             to port 8443, as 1 in 3,000 connections

        1 of 20 connections is flagged.
        "
      `);
  });

  test("stays within 100 columns and inert, whatever the log holds", async () => {
    const text = (await write("table", [plain, hostile, plain])).toString();
    // oxlint-disable-next-line no-control-regex
    expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\u202e]/);
    for (const line of text.split("\n")) expect(displayWidth(line)).toBeLessThanOrEqual(100);
  });

  test("without connections is its closing lines", async () => {
    expect((await write("table", [], ["Nothing."])).toString()).toBe("Nothing.\n");
  });

  test("says of a row that the sensor explains why it is not flagged", async () => {
    const text = (await write("table", [{ ...plain, flagged: false, folded: true }, plain])).toString();
    expect(text.match(/not flagged: trouble with the sensor explains it/g)).toHaveLength(1);
  });

  test("shows ICMP without the type and code that Zeek keeps in its port columns", async () => {
    const ping = { ...plain, record: { ...plain.record, proto: "icmp", service: "", "id.resp_p": 0 } };
    expect((await write("table", [ping])).toString()).toContain("10.0.0.23 -> 203.0.113.9 icmp\n");
  });
});
