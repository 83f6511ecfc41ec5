import * as fc from "fast-check";
import { expect, test } from "vitest";
import { compileQuery, parseQuery } from "../../src/query/index.ts";
import { ExpectedError } from "../../src/base/errors.ts";
import { readConnections, readRecord } from "../../src/zeek/index.ts";
import { hasSharedData, sharedData } from "../shared-data.ts";
import { makeBatch, type SomeConnection } from "../features/make-batch.ts";
import { anyQuery, fewAddresses, fewServices, fewTexts } from "./any-query.ts";
import { holdsFor } from "./slow-evaluator.ts";

const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const texts = maybe(fc.constantFrom(...fewTexts));
const numbers = maybe(fc.constantFrom(0, 0.5, 1, 60, 1500, 1e6));

const anyRow: fc.Arbitrary<SomeConnection> = fc
  .record({
    ts: fc.constantFrom(0, 940, 1000, 1713484795.943239),
    uid: texts,
    "id.orig_h": fc.constantFrom(...fewAddresses),
    "id.orig_p": fc.constantFrom(0, 443, 65_535),
    "id.resp_h": fc.constantFrom(...fewAddresses),
    "id.resp_p": fc.constantFrom(0, 25, 443, 445),
    proto: fc.constantFrom("tcp", "udp"),
    service: maybe(fc.constantFrom(...fewServices)),
    duration: numbers,
    orig_bytes: numbers,
    resp_bytes: numbers,
    conn_state: texts,
    local_orig: maybe(fc.boolean()),
    local_resp: maybe(fc.boolean()),
    missed_bytes: numbers,
    history: texts,
    resp_pkts: numbers,
    ip_proto: numbers,
    label: texts,
    detailedlabel: texts,
  })
  .map((row) => Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined)));

test("the compiled query selects what a slow evaluation of each record selects", () => {
  fc.assert(
    fc.property(anyQuery, fc.array(anyRow, { maxLength: 20 }), (query, rows) => {
      const selected = compileQuery(query, { now: 1060 })(makeBatch(rows));
      expect([...selected]).toEqual(rows.map((row) => (holdsFor(query, row, 1060) ? 1 : 0)));
    }),
    { numRuns: 500 },
  );
});

test.skipIf(!hasSharedData)("on real logs it selects what the records of the rows say", async () => {
  const queries = [
    "service:dns or service:ssl",
    "duration > 0.5 orig_bytes < 2kB",
    "src:192.168.0.0/16 not dst:192.168.0.0/16",
    "state:SF,S0 and history ~ D",
    "label:Malicious or detailedlabel = -",
    "port:1..1024 proto != tcp",
    "local_orig = T or local_resp = T",
    "resp_pkts >= 3 and missed_bytes = 0",
    "duration = - or service = -",
  ].map((text) => parseQuery(text));
  let seen = 0;
  for (const file of [
    "formats/labelled.conn.json.log",
    "formats/bro2.conn.log",
    "windows-attacked/008.conn.log.labeled.gz",
  ]) {
    for await (const batch of readConnections([sharedData(file)])) {
      const records = Array.from({ length: batch.rows }, (_, row) => statedOf(readRecord(batch, row)));
      for (const query of queries) {
        const selected = compileQuery(query)(batch);
        expect([...selected]).toEqual(records.map((record) => (holdsFor(query, record, 0) ? 1 : 0)));
        seen += selected.filter((one) => one === 1).length;
      }
    }
  }
  expect(seen).toBeGreaterThan(1000);
});

test("an unset value holds for no comparison, and for every not of one", () => {
  const batch = makeBatch([{}, { duration: 5, service: "dns", label: "x" }]);
  const select = (text: string) => [...compileQuery(parseQuery(text))(batch)];
  expect(select("duration >= 0")).toEqual([0, 1]);
  expect(select("duration < 10")).toEqual([0, 1]);
  expect(select("duration != 7")).toEqual([1, 1]);
  expect(select("service != dns")).toEqual([1, 0]);
  expect(select("duration = -")).toEqual([1, 0]);
  expect(select("label != -")).toEqual([0, 1]);
});

test("services match in any order and case", () => {
  const batch = makeBatch([
    { service: "ssl,quic" },
    { service: "quic,ssl" },
    { service: "ssl" },
    { service: "SSL" },
  ]);
  const select = (text: string) => [...compileQuery(parseQuery(text))(batch)];
  expect(select(`service = "ssl,quic"`)).toEqual([1, 1, 0, 0]);
  expect(select("service:quic")).toEqual([1, 1, 0, 0]);
  expect(select("service:Ssl")).toEqual([1, 1, 1, 1]);
});

test.each(["p:<0.001", "score > 3", "flagged = T", "flagged = -"])("%s cannot be asked of a log", (text) => {
  expect(() => compileQuery(parseQuery(text))).toThrow(/known only once connections are scored/);
});

test("an age needs a present", () => {
  expect(() => compileQuery(parseQuery("since:2d"))).toThrow(ExpectedError);
  const select = compileQuery(parseQuery("since:1h"), { now: 10_000 });
  expect([
    ...select(makeBatch([{ ts: 6000, duration: 400 }, { ts: 6000, duration: 399 }, { ts: 6500 }])),
  ]).toEqual([1, 0, 1]);
});

/** In a batch an empty text is unset; a record shows it. */
function statedOf(record: object): SomeConnection {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== ""));
}
