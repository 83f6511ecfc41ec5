import { describe, expect, test } from "vitest";
import { seededRandom } from "../../src/base/random.ts";
import { learnBaseline, openExtractor } from "../../src/features/index.ts";
import { connectionReference } from "./connection-reference.ts";
import { makeBatch } from "./make-batch.ts";
import type { SomeConnection } from "./make-batch.ts";
import { randomRows } from "./random-rows.ts";

/** The matrix of `rows` by column name, after training on `training`. */
function features(
  training: readonly SomeConnection[],
  rows: readonly SomeConnection[],
): Record<string, number>[] {
  const learner = learnBaseline("connection");
  learner.learn(makeBatch(training));
  const extractor = openExtractor("connection", learner.finish());
  const out = new Float64Array(rows.length * extractor.width);
  extractor.fill(out, makeBatch(rows));
  return rows.map((_, row) =>
    Object.fromEntries(extractor.columns.map(({ id }, k) => [id, out[row * extractor.width + k]!])),
  );
}

const http: SomeConnection = {
  ts: 1.7e9,
  proto: "tcp",
  service: "http",
  "id.orig_p": 50_000,
  "id.resp_p": 80,
  history: "ShADadFf",
  conn_state: "SF",
};
const ssl: SomeConnection = { ...http, service: "ssl", "id.resp_p": 443 };
const ordinary = [...Array.from({ length: 60 }, () => http), ...Array.from({ length: 40 }, () => ssl)];

test.each([1, 2, 3])("every column agrees with the plain reference on random traffic, seed %i", (seed) => {
  const random = seededRandom(seed);
  const training = randomRows(random, 300);
  const rows = [...randomRows(random, 200), ...training.slice(0, 50)];
  const reference = connectionReference(training);
  const actual = features(training, rows);
  rows.forEach((row, i) => {
    const expected = reference.valuesOf(row);
    expect(Object.keys(actual[i]!).sort()).toEqual(Object.keys(expected).sort());
    // Rarities come from tables of 32-bit floats.
    const wrong = Object.entries(expected)
      .map(([id, value]) => ({ id, value, actual: actual[i]![id]! }))
      .filter(
        (found) => !(Math.abs(found.actual - found.value) <= (found.id.endsWith("rarity") ? 1e-5 : 1e-9)),
      );
    expect({ row, wrong }).toEqual({ row, wrong: [] });
  });
});

describe("services", () => {
  test("come in any order", () => {
    const [a, b] = features(
      [...ordinary, ...Array.from({ length: 9 }, () => ({ ...ssl, service: "quic,ssl" }))],
      [
        { ...ssl, service: "quic,ssl" },
        { ...ssl, service: "ssl,quic" },
      ],
    );
    expect(a).toEqual(b);
    expect(a).toMatchObject({ service_ssl: 1, service_quic: 1, service_is_other: 0, service_is_missing: 0 });
  });

  test("that training did not see are other, and none is missing", () => {
    const [strange, none] = features(ordinary, [
      { ...http, service: "gopher" },
      { ...http, service: "" },
    ]);
    expect(strange).toMatchObject({
      service_http: 0,
      service_ssl: 0,
      service_is_other: 1,
      service_is_missing: 0,
    });
    expect(none).toMatchObject({
      service_http: 0,
      service_ssl: 0,
      service_is_other: 0,
      service_is_missing: 1,
    });
  });

  test("that Zeek took back do not count as recognised", () => {
    const [row] = features(ordinary, [{ ...ssl, service: "http,-ssl" }]);
    expect(row).toMatchObject({
      service_http: 1,
      service_ssl: 0,
      service_is_negated: 1,
      service_is_other: 0,
    });
  });

  test("are rarer on a port where another one is usual", () => {
    const [usual, odd] = features(ordinary, [http, { ...http, service: "ssl" }]);
    expect(usual!["service_rarity"]).toBeLessThan(0.1);
    expect(odd!["service_rarity"]).toBeGreaterThan(4);
  });

  test("with hostile names become plain and distinct column names", () => {
    const names = ["a-b", "a_b", "\u001b[31mred", "is_other", "x".repeat(300), "rarity"];
    const training = names.flatMap((service) => Array.from({ length: 6 }, () => ({ ...http, service })));
    const ids = Object.keys(features(training, [http])[0]!);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[a-z0-9_]{1,60}$/);
  });
});

test("an unseen value is moderate after little training and never above the cap", () => {
  const strange = { ...http, history: "ShR", "id.resp_p": 31_337 };
  const [little] = features(ordinary.slice(0, 20), [strange]);
  expect(little!["history_rarity"]).toBeLessThan(Math.log(30));
  expect(little!["port_rarity"]).toBeLessThan(Math.log(30));
  const learner = learnBaseline("connection");
  const batch = makeBatch(ordinary);
  for (let i = 0; i < 3000; i++) learner.learn(batch);
  const extractor = openExtractor("connection", learner.finish());
  const out = new Float64Array(extractor.width);
  extractor.fill(out, makeBatch([strange]));
  const at = (id: string) => out[extractor.columns.findIndex((column) => column.id === id)]!;
  expect(at("history_rarity")).toBeCloseTo(Math.log(1e5), 6);
  expect(at("port_rarity")).toBeCloseTo(Math.log(1e5), 5);
});

test("ICMP types are no ports", () => {
  const echo: SomeConnection = { ts: 1.7e9, proto: "icmp", "id.orig_p": 8, "id.resp_p": 0 };
  const neighbour = {
    ...echo,
    "id.orig_h": "fe80::1",
    "id.resp_h": "ff02::1",
    "id.orig_p": 135,
    "id.resp_p": 136,
  };
  const [a, b] = features([...ordinary, echo], [echo, neighbour]);
  for (const row of [a!, b!]) {
    const ports = Object.entries(row).filter(([id]) => id.startsWith("port_"));
    expect(ports.length).toBeGreaterThan(4);
    for (const [, value] of ports) expect(value).toBe(0);
    expect(row["service_rarity"]).toBe(0);
  }
  expect(a).toMatchObject({ proto_icmp: 1, icmp_echo: 1, icmp_discovery: 0 });
  expect(b).toMatchObject({ proto_icmp: 1, icmp_echo: 0, icmp_discovery: 1, ipv6: 1, direction_group: 1 });
});

test("unset is not zero", () => {
  const [zero, unset] = features(ordinary, [
    { ...http, orig_bytes: 0, resp_bytes: 0, duration: 0, orig_pkts: 0, resp_pkts: 0 },
    http,
  ]);
  expect(zero).toMatchObject({
    duration_missing: 0,
    sent_bytes_missing: 0,
    received_bytes_missing: 0,
    packets_missing: 0,
  });
  expect(unset).toMatchObject({
    duration_missing: 1,
    sent_bytes_missing: 1,
    received_bytes_missing: 1,
    packets_missing: 1,
  });
});

test("an address that ends in .255 is not a broadcast", () => {
  const [host, broadcast] = features(ordinary, [
    { ...http, "id.resp_h": "203.0.113.255" },
    { ...http, "id.resp_h": "255.255.255.255" },
  ]);
  expect(host).toMatchObject({ resp_public: 1, resp_broadcast: 0, direction_outbound: 1 });
  expect(broadcast).toMatchObject({ resp_public: 0, resp_broadcast: 1, direction_group: 1 });
});

test("Zeek's own word on what is local goes before the address", () => {
  const [told, guessed] = features(ordinary, [
    { ...http, "id.orig_h": "203.0.113.1", "id.resp_h": "203.0.113.2", local_orig: true, local_resp: true },
    { ...http, "id.orig_h": "203.0.113.1", "id.resp_h": "203.0.113.2" },
  ]);
  expect(told).toMatchObject({ direction_internal: 1 });
  expect(guessed).toMatchObject({ direction_external: 1 });
});

test("the hour says nothing until training saw three days, the weekday nothing until fourteen", () => {
  expect(circles(2)).toEqual([0, 0]);
  expect(circles(3)).toEqual([1, 0]);
  expect(circles(13)).toEqual([1, 0]);
  expect(circles(14)).toEqual([1, 1]);
});

/** Whether the columns of the hour, and those of the weekday, lie on their circle rather than at 0. */
function circles(count: number): number[] {
  const days = Array.from({ length: count }, (_, i) => ({ ...http, ts: 1.7e9 + i * 86_400 }));
  const [row] = features(days, [{ ...http, ts: 1.7e9 + 5 * 3600 }]);
  const { hour_sin = 0, hour_cos = 0, weekday_sin = 0, weekday_cos = 0 } = row!;
  return [hour_sin ** 2 + hour_cos ** 2, weekday_sin ** 2 + weekday_cos ** 2].map(Math.round);
}
