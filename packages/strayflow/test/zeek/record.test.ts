import { describe, expect, test } from "vitest";
import { readRecord } from "../../src/zeek/index.ts";
import { plainLog, plainRow, scan } from "./logs.ts";

const recordsOf = (log: string) =>
  scan([log]).batches.flatMap((batch) =>
    Array.from({ length: batch.rows }, (_, row) => readRecord(batch, row)),
  );

describe("a row of a TSV log", () => {
  test("has every field in the log's order, typed as #types says, without those that are unset", () => {
    const columns = [...Object.keys(plainRow), "vlan", "community_id", "ip_proto"];
    const log = plainLog(
      [{ service: "-", vlan: "12", community_id: "1:x=", tunnel_parents: "Ca,Cb", local_resp: "F" }],
      columns,
    );
    const [record] = recordsOf(log);
    expect(record).toEqual({
      ts: 1700000000.123456,
      uid: "CHhAvVGS1DHFjwGM9",
      "id.orig_h": "10.0.0.5",
      "id.orig_p": 51234,
      "id.resp_h": "93.184.216.34",
      "id.resp_p": 443,
      proto: "tcp",
      duration: 1.5,
      orig_bytes: 100,
      resp_bytes: 2000,
      conn_state: "SF",
      local_orig: true,
      local_resp: false,
      missed_bytes: 0,
      history: "ShADadFf",
      orig_pkts: 5,
      orig_ip_bytes: 300,
      resp_pkts: 6,
      resp_ip_bytes: 2300,
      tunnel_parents: ["Ca", "Cb"],
      vlan: 12,
      community_id: "1:x=",
    });
    expect(Object.keys(record!)).toEqual(columns.filter((name) => name in record!));
  });
  test("undoes escapes, after sets and fields were taken apart", () => {
    const log = plainLog([
      { history: "a\\x09b\\xc3\\xa4", tunnel_parents: "C\\x2ca,Cb", service: "(empty)" },
    ]);
    const [record] = recordsOf(log);
    expect(record).toMatchObject({ history: "a\tbä", tunnel_parents: ["C,a", "Cb"], service: "" });
  });
  test("takes glued labels apart", () => {
    const columns = [...Object.keys(plainRow).slice(0, -1), "tunnel_parents   label   detailed-label"];
    const log = plainLog([{ [columns.at(-1)!]: "(empty)   Malicious   C&C" }], columns).replace(
      /^(#types.*)string$/m,
      "$1set[string]   string   string",
    );
    expect(recordsOf(log)[0]).toMatchObject({ tunnel_parents: [], label: "Malicious", detailedlabel: "C&C" });
  });
  test("keeps numbers that no double holds, and other times, as they were written", () => {
    const columns = ["big", ...Object.keys(plainRow)];
    const log = plainLog([{ big: "12345678901234567890", ts: "2023-11-14T22:13:20.123456Z" }], columns);
    const typed = log.replace(/^#types\tstring/m, "#types\tcount");
    expect(recordsOf(typed)[0]).toMatchObject({
      big: "12345678901234567890",
      ts: "2023-11-14T22:13:20.123456Z",
    });
  });
  test("may have any column name and any text", () => {
    const log = plainLog([{ __proto__x: "evil" }], ["__proto__x", ...Object.keys(plainRow)]).replace(
      "__proto__x",
      "__proto__",
    );
    const [record] = recordsOf(log);
    expect(Object.getOwnPropertyDescriptor(record, "__proto__")?.value).toBe("evil");
    expect(Object.getPrototypeOf(record)).toBe(Object.prototype);
  });
});

test("a row of a JSON log has Zeek's spelling, whatever the writer's", () => {
  const ends = { "id.orig_h": "10.0.0.5", "id.orig_p": 1, "id.resp_h": "::1", "id.resp_p": 2 };
  const underscored = { id_orig_h: "10.0.0.5", id_orig_p: 1, id_resp_h: "::1", id_resp_p: 2 };
  const nested = { id: { orig_h: "10.0.0.5", orig_p: 1, resp_h: "::1", resp_p: 2 } };
  for (const written of [ends, underscored, nested]) {
    const line = JSON.stringify({
      ts: 5.5,
      ...written,
      proto: "tcp",
      service: null,
      tunnel_parents: ["Ca"],
      extra: { a: 1 },
    });
    expect(recordsOf(`${line}\n`)).toEqual([
      { ts: 5.5, ...ends, proto: "tcp", tunnel_parents: ["Ca"], extra: { a: 1 } },
    ]);
  }
});
