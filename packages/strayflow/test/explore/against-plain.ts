import { expect } from "vitest";
import type { ExploreResult } from "../../src/explore/result.ts";
import { countBy, numberOf, openClock, pearson, quantile, ranks, type PlainRow } from "./plain-log.ts";

const bytesOf = (row: PlainRow) => (numberOf(row, "orig_bytes") || 0) + (numberOf(row, "resp_bytes") || 0);
const sumOf = (rows: readonly PlainRow[], of: (row: PlainRow) => number) =>
  rows.reduce((sum, row) => sum + (of(row) || 0), 0);

/** Holds every number of a result against plain computation on the lines of the log. */
export function expectPlain(result: ExploreResult, rows: readonly PlainRow[]): void {
  shapeIs(result, rows);
  columnsAre(result, rows);
  histogramsAre(result, rows);
  correlationsAre(result, rows);
  timeIs(result, rows);
  topsAre(result, rows);
  hostsAre(result, rows);
  unusualIs(result, rows);
}

function shapeIs({ shape }: ExploreResult, rows: readonly PlainRow[]): void {
  const ts = rows.map((row) => numberOf(row, "ts"));
  const ends = rows.map((row) => numberOf(row, "ts") + (numberOf(row, "duration") || 0));
  expect(shape).toMatchObject({
    connections: rows.length,
    from: ts.reduce((a, b) => Math.min(a, b)),
    to: ts.reduce((a, b) => Math.max(a, b)),
    originators: new Set(rows.map((row) => row["id.orig_h"])).size,
    responders: new Set(rows.map((row) => row["id.resp_h"])).size,
    hosts: new Set(rows.flatMap((row) => [row["id.orig_h"], row["id.resp_h"]])).size,
    pairs: new Set(rows.map((row) => `${row["id.orig_h"]} ${row["id.resp_h"]}`)).size,
    sentBytes: sumOf(rows, (row) => numberOf(row, "orig_bytes")),
    receivedBytes: sumOf(rows, (row) => numberOf(row, "resp_bytes")),
    repeatedUids: rows.length - new Set(rows.map((row) => row["uid"])).size,
  });
  expect(shape.lastEnd).toBeCloseTo(
    ends.reduce((a, b) => Math.max(a, b)),
    5,
  );
}

function columnsAre({ columns }: ExploreResult, rows: readonly PlainRow[]): void {
  expect(columns.length).toBeGreaterThan(15);
  for (const { column, set, unset, distinct, top, numbers } of columns) {
    const own = rows.flatMap((row) => (row[column] === undefined ? [] : [row[column]]));
    expect([column, set, unset]).toEqual([column, own.length, rows.length - own.length]);
    const keys = numbers === null ? own : own.map((value) => String(Number(value)));
    expect([column, distinct]).toEqual([column, new Set(keys).size]);
    const counts = countBy(
      keys.map((value) => ({ value })),
      ({ value }) => value!,
    ).map(([, count]) => count);
    expect(top.map(({ connections }) => connections)).toEqual(counts.slice(0, top.length));
    const plain = (value: string) => (value === "true" ? "T" : value === "false" ? "F" : value);
    for (const { value, connections } of top) {
      expect([column, value, connections]).toEqual([
        column,
        value,
        keys.filter((key) => key === plain(value)).length,
      ]);
    }
    if (numbers === null) continue;
    const values = own.map(Number).sort((a, b) => a - b);
    expect(numbers.zeros).toBe(values.filter((value) => value === 0).length);
    close(numbers.mean, values.reduce((sum, value) => sum + value, 0) / values.length, column);
    for (const { share, value } of numbers.quantiles)
      close(value, quantile(values, share), `${column} ${share}`);
  }
}

function histogramsAre({ histograms }: ExploreResult, rows: readonly PlainRow[]): void {
  expect(histograms.length).toBeGreaterThan(6);
  for (const { column, scale, edges, counts, zeros, unset } of histograms) {
    const values = rows.map((row) => numberOf(row, column));
    expect([column, unset]).toEqual([column, values.filter(Number.isNaN).length]);
    expect(zeros).toBe(scale === "log" ? values.filter((value) => value === 0).length : 0);
    // An edge is written with twelve digits, so a value upon it may lie on either side.
    const expected = counts.map(
      (_, k) => values.filter((v) => v >= edges[k]! * (1 - 1e-11) && v < edges[k + 1]! * (1 - 1e-11)).length,
    );
    if (scale === "log" && edges[0]! > 0) expect([column, counts]).toEqual([column, expected]);
    expect(counts.reduce((a, b) => a + b, 0) + zeros + unset).toBe(rows.length);
    if (scale === "linear") expect([column, counts]).toEqual([column, expected]);
  }
}

function correlationsAre({ correlations }: ExploreResult, rows: readonly PlainRow[]): void {
  const { columns, spearmanConnections } = correlations;
  expect(columns.length).toBeGreaterThan(4);
  expect(spearmanConnections).toBe(rows.length);
  const values = columns.map((column) => rows.map((row) => numberOf(row, column)));
  for (const [y, a] of values.entries()) {
    for (const [x, b] of values.entries()) {
      const both = a.map((_, k) => k).filter((k) => !Number.isNaN(a[k]!) && !Number.isNaN(b[k]!));
      const [left, right] = [both.map((k) => a[k]!), both.map((k) => b[k]!)];
      const name = `${columns[y]} ${columns[x]}`;
      close(correlations.pearson[y]![x] ?? NaN, pearson(left, right), `pearson ${name}`, 1e-6);
      close(
        correlations.spearman[y]![x] ?? NaN,
        pearson(ranks(left), ranks(right)),
        `spearman ${name}`,
        1e-6,
      );
    }
  }
}

function timeIs({ time, zone, shape }: ExploreResult, rows: readonly PlainRow[]): void {
  const at = openClock(zone);
  const line = Array.from({ length: time.connections.length }, () => 0);
  const sent = [...line];
  const received = [...line];
  const halfHours = new Map<string, { connections: number; bytes: number }>();
  const week = new Map<number, number>();
  const newPairs = new Map<string, number>();
  const newHosts = new Map<string, number>();
  const seen = new Set<string>();
  for (const row of rows.toSorted((a, b) => numberOf(a, "ts") - numberOf(b, "ts"))) {
    const ts = numberOf(row, "ts");
    const bin = Math.floor((ts - time.start) / time.bin);
    line[bin]!++;
    sent[bin]! += numberOf(row, "orig_bytes") || 0;
    received[bin]! += numberOf(row, "resp_bytes") || 0;
    const { date, hour, minute, weekday } = at(ts);
    const key = `${date} ${2 * hour + Math.floor(minute / 30)}`;
    const before = halfHours.get(key) ?? { connections: 0, bytes: 0 };
    halfHours.set(key, { connections: before.connections + 1, bytes: before.bytes + bytesOf(row) });
    week.set(24 * weekday + hour, (week.get(24 * weekday + hour) ?? 0) + 1);
    const first = (name: string, into: Map<string, number>) => {
      if (!seen.has(name)) into.set(date, (into.get(date) ?? 0) + 1);
      seen.add(name);
    };
    first(`${row["id.orig_h"]} ${row["id.resp_h"]}`, newPairs);
    for (const host of [row["id.orig_h"]!, row["id.resp_h"]!]) first(host, newHosts);
  }
  const present = (values: readonly (number | null)[]) => values.map((value) => value ?? 0);
  expect(present(time.connections)).toEqual(line);
  expect(present(time.sentBytes)).toEqual(sent);
  expect(present(time.receivedBytes)).toEqual(received);
  const found = time.days.flatMap(({ date, connections, bytes }) =>
    connections.flatMap((count, bin) =>
      (count ?? 0) > 0 ? [[`${date} ${bin}`, { connections: count!, bytes: bytes[bin]! }] as const] : [],
    ),
  );
  expect(new Map(found)).toEqual(halfHours);
  for (const { date, connections, bytes, newPairs: pairs, newHosts: hosts } of time.dates) {
    const own = rows.filter((row) => at(numberOf(row, "ts")).date === date);
    expect([date, connections, bytes]).toEqual([date, own.length, sumOf(own, bytesOf)]);
    expect([date, pairs, hosts]).toEqual([date, newPairs.get(date) ?? 0, newHosts.get(date) ?? 0]);
  }
  // The mean of an hour of the week times the hours that the log has of it.
  for (const [index, mean] of time.week.flat().entries()) {
    expect(mean === null ? 0 : Math.sign(mean)).toBe(Math.sign(week.get(index) ?? 0));
  }
  if (shape.to - shape.from < 6 * 86_400 && shape.gaps.length === 0) {
    let covered = 0;
    for (let start = Math.floor(shape.from / 900) * 900; start <= shape.to; start += 900) {
      const { hour, weekday } = at(start);
      covered += weekday === 2 && hour === 12 ? 0.25 : 0;
    }
    if (covered > 0) close(time.week[2]![12]!, (week.get(60) ?? 0) / covered, "a Wednesday's noon");
  }
}

const keyOf: Readonly<Record<string, (row: PlainRow) => string>> = {
  proto: (row) => row["proto"] ?? "(unset)",
  service: (row) => row["service"] ?? "(unset)",
  conn_state: (row) => row["conn_state"] ?? "(unset)",
  port: (row) => `${row["id.resp_p"]}/${row["proto"]}`,
  source: (row) => row["id.orig_h"]!,
  destination: (row) => row["id.resp_h"]!,
  pair: (row) => `${row["id.orig_h"]} ${row["id.resp_h"]}`,
};

function topsAre({ tops }: ExploreResult, all: readonly PlainRow[]): void {
  expect(tops).toHaveLength(14);
  for (const { dimension, by, rows: found, distinct, others } of tops) {
    const rows = dimension === "port" ? all.filter((row) => row["proto"] !== "icmp") : all;
    const groups = [...Map.groupBy(rows, keyOf[dimension]!)].map(([name, own]) => ({
      name,
      connections: own.length,
      sentBytes: sumOf(own, (row) => numberOf(row, "orig_bytes")),
      receivedBytes: sumOf(own, (row) => numberOf(row, "resp_bytes")),
    }));
    const size = (group: (typeof groups)[number]) =>
      by === "connections" ? group.connections : group.sentBytes + group.receivedBytes;
    expect(distinct).toBe(groups.length);
    // Among equals any may come first.
    expect(found.map(size)).toEqual(
      groups
        .map(size)
        .toSorted((a, b) => b - a)
        .slice(0, found.length),
    );
    for (const row of found) expect(groups).toContainEqual(row);
    const left = groups.filter(({ name }) => !found.some((row) => row.name === name));
    expect(others).toEqual({
      count: left.length,
      connections: left.reduce((sum, { connections }) => sum + connections, 0),
      bytes: left.reduce((sum, { sentBytes, receivedBytes }) => sum + sentBytes + receivedBytes, 0),
    });
  }
}

const vain = new Set(["S0", "SH", "RSTOS0", "REJ", "RSTRH"]);
const replied = new Set(["SF", "S1", "S2", "S3", "RSTO", "RSTR", undefined]);
const isAnswered = (row: PlainRow) => replied.has(row["conn_state"]) && numberOf(row, "resp_pkts") > 0;

function hostsAre({ hosts, profiles }: ExploreResult, rows: readonly PlainRow[]): void {
  expect(hosts.byRole.reduce((sum, { hosts: count }) => sum + count, 0)).toBe(hosts.count);
  for (const row of [...hosts.top.slice(0, 15), ...hosts.fanOut.slice(0, 10)]) {
    const opened = rows.filter((one) => one["id.orig_h"] === row.host);
    const got = rows.filter((one) => one["id.resp_h"] === row.host);
    const answered = got.filter(isAnswered);
    const ts = [...opened, ...got].map((one) => numberOf(one, "ts"));
    const sum = (own: readonly PlainRow[], column: string) => sumOf(own, (one) => numberOf(one, column));
    const port = (one: PlainRow) => `${one["id.resp_p"]}/${one["proto"]}`;
    expect(row).toMatchObject({
      opened: opened.length,
      failed: opened.filter((one) => vain.has(one["conn_state"]!)).length,
      peers: new Set(opened.map((one) => one["id.resp_h"])).size,
      targets: new Set(opened.map((one) => `${one["id.resp_h"]} ${port(one)}`)).size,
      ports: new Set(opened.map(port)).size,
      sentBytes: sum(opened, "orig_bytes") + sum(got, "resp_bytes"),
      receivedBytes: sum(opened, "resp_bytes") + sum(got, "orig_bytes"),
      got: got.length,
      answered: answered.length,
      callers: new Set(answered.map((one) => one["id.orig_h"])).size,
      answeredPorts: new Set(answered.map(port)).size,
      firstSeen: ts.reduce((a, b) => Math.min(a, b)),
      lastSeen: ts.reduce((a, b) => Math.max(a, b)),
    });
  }
  for (const { host, opened, got, days, tops } of profiles) {
    const total = (values: readonly (number | null)[]) =>
      values.reduce<number>((sum, value) => sum + (value ?? 0), 0);
    expect([total(opened), total(got)]).toEqual([host.opened, host.got]);
    const own = rows.filter((row) => row["id.orig_h"] === host.host || row["id.resp_h"] === host.host);
    expect(days.reduce((sum, { connections }) => sum + total(connections), 0)).toBe(own.length);
    const contacts = tops.find(({ dimension }) => dimension === "contacts");
    const expected = countBy(
      rows.filter((row) => row["id.orig_h"] === host.host),
      (row) => row["id.resp_h"]!,
    );
    expect(contacts?.rows.map(({ connections }) => connections) ?? []).toEqual(
      expected.slice(0, 10).map(([, count]) => count),
    );
  }
}

function unusualIs({ unusual }: ExploreResult, rows: readonly PlainRow[]): void {
  const durations = rows
    .map((row) => numberOf(row, "duration"))
    .filter((value) => value > 0)
    .sort((a, b) => b - a);
  unusual.longest.forEach(({ duration }, k) => close(duration!, durations[k]!, "duration"));
  for (const { name, connections, originators } of unusual.rarePorts) {
    const own = rows.filter((row) => isAnswered(row) && `${row["id.resp_p"]}/${row["proto"]}` === name);
    expect([name, connections, originators]).toEqual([
      name,
      own.length,
      new Set(own.map((row) => row["id.orig_h"])).size,
    ]);
  }
  for (const { name, connections } of unusual.rareServices) {
    expect([name, connections]).toEqual([name, rows.filter((row) => row["service"] === name).length]);
  }
  for (const { originator, responder, first, connections, bytes } of unusual.firstContacts) {
    const own = rows.filter(
      (row) => row["id.orig_h"] === originator && row["id.resp_h"] === responder && isAnswered(row),
    );
    expect(first).toBeGreaterThanOrEqual(unusual.newSince!);
    expect([first, connections, bytes]).toEqual([
      own.map((row) => numberOf(row, "ts")).reduce((a, b) => Math.min(a, b)),
      own.length,
      sumOf(own, bytesOf),
    ]);
  }
}

function close(found: number, expected: number, what: string, tolerance = 1e-9): void {
  const distance = Math.abs(found - expected) / Math.max(1, Math.abs(expected));
  expect(distance, `${what}: found ${found}, expected ${expected}`).toBeLessThan(tolerance);
}
