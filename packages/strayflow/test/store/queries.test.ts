import { afterAll, beforeAll, expect, test } from "vitest";
import type { Filter, Store } from "../../src/store/index.ts";
import { filledStore } from "./filled-store.ts";
import { directionOf, pearson, quantile, ranks, satisfies, wallClockOf, type Plain } from "./plain.ts";
import { randomRows } from "./random-rows.ts";

const rows = randomRows(6000, 7) as Plain[];
const small = rows.slice(0, 400);
let store: Store;
let smallStore: Store;

beforeAll(async () => {
  store = await filledStore(rows);
  smallStore = await filledStore(small);
});
afterAll(async () => {
  await store.close();
  await smallStore.close();
});

const filters: Record<string, Filter> = {
  nothing: {},
  "an IPv4 address": { host: ["10.0.0.1"] },
  "an IPv4 network of the originator": { orig: ["10.0.0.0/8"] },
  "an IPv6 network": { resp: ["2001:db8::/63"] },
  "a long IPv6 prefix": { host: ["2001:db8:0:1::/127", "::1/128"] },
  "everything IPv4 as IPv6": { orig: ["::ffff:0:0/96"] },
  "every address": { host: ["::/0"] },
  "0.0.0.0/0": { resp: ["0.0.0.0/0"] },
  "a pair, either way": { pair: [["10.0.0.0/24", "fe80::1"]] },
  ports: { respPort: [53, { from: 400, to: 500 }], origPort: [{ from: 20_000 }] },
  "unset text": { service: [null] },
  "text and unset": { service: ["dns", null], state: ["SF"] },
  "a hostile text": { service: ["x'; DROP TABLE connections; --", "\u202egpj.exe"] },
  "text that nobody has": { service: ["' OR 1=1 --"] },
  "a member of a set": { serviceHas: ["http"] },
  "a letter of the history": { historyHas: ["^", "R"] },
  direction: { direction: ["outbound", "unknown"] },
  "ranges of numbers": {
    numbers: [
      { column: "orig_bytes", from: 300, to: 900 },
      { column: "duration", to: 50 },
    ],
  },
  "set columns": { set: ["orig_bytes", "service", "local_orig"] },
  times: { from: rows[1000]!.ts, to: rows[3000]!.ts },
  "an empty list": { proto: [] },
  "not each of them": {
    not: { service: ["dns"], respPort: [443], numbers: [{ column: "orig_bytes", from: 500 }] },
  },
  "not a network": { proto: ["tcp"], not: { host: ["10.0.0.0/8", "2001:db8::/32"], label: [null] } },
  "not a direction": { not: { direction: ["unknown"], set: ["label"] } },
  labels: { label: ["Malicious"], history: ["Dd", "ShADadfFShADadfFlong"] },
};

test.each(Object.entries(filters))(
  "a filter on %s leaves the same rows as looking at each",
  async (_, filter) => {
    expect(await store.count(filter)).toBe(rows.filter((row) => satisfies(row, filter)).length);
  },
);

test("groups, measures and their filters agree with counting by hand", async () => {
  const where: Filter = { not: { service: ["dns"] } };
  const answer = await store.aggregate({
    by: { service: { kind: "column", column: "service" }, direction: { kind: "direction" } },
    measures: {
      n: { kind: "count" },
      tcp: { kind: "count", where: { proto: ["tcp"] } },
      share: { kind: "share", where: { state: [null] } },
      bytes: { kind: "sum", column: "total_bytes" },
      mean: { kind: "mean", column: "duration" },
      low: { kind: "min", column: "duration", where: { proto: ["udp"] } },
      median: { kind: "quantile", column: "orig_bytes", q: 0.9 },
      peers: { kind: "distinct", of: { kind: "host", side: "resp" } },
      pairs: { kind: "distinct", of: [{ kind: "pair" }, { kind: "column", column: "label" }] },
      set: { kind: "set", column: "resp_bytes", where: { proto: ["udp"] } },
    },
    where,
  });
  const chosen = rows.filter((row) => satisfies(row, where));
  const groups = Map.groupBy(chosen, (row) => JSON.stringify([row.service ?? null, directionOf(row)]));
  expect(answer.rows).toBe(groups.size);
  expect(answer.groups).toBe(groups.size);
  for (let i = 0; i < answer.rows; i++) {
    const group = groups.get(JSON.stringify([answer.keys.service[i], answer.keys.direction[i]]))!;
    const values = (column: keyof Plain, only = group) =>
      only.flatMap((row) => (row[column] === undefined ? [] : [row[column] as number]));
    const udp = group.filter((row) => row.proto === "udp");
    const sum = (list: number[]) => list.reduce((a, b) => a + b, 0);
    expect(answer.values.n[i]).toBe(group.length);
    expect(answer.values.tcp[i]).toBe(group.filter((row) => row.proto === "tcp").length);
    expect(answer.values.share[i]).toBeCloseTo(
      group.filter((row) => row.conn_state === undefined).length / group.length,
      12,
    );
    const bytes = sum(values("orig_bytes")) + sum(values("resp_bytes"));
    expect(Math.abs(answer.values.bytes[i]! - bytes)).toBeLessThanOrEqual(bytes * 1e-14);
    expect(answer.values.mean[i]).toBeCloseTo(sum(values("duration")) / values("duration").length, 9);
    expect(answer.values.low[i]).toBe(udp.length === 0 ? NaN : Math.min(...values("duration", udp)));
    expect(answer.values.median[i]).toBeCloseTo(quantile(values("orig_bytes"), 0.9), 9);
    expect(answer.values.peers[i]).toBe(new Set(group.map((row) => row["id.resp_h"])).size);
    const pairs = group
      .filter((row) => row.label !== undefined)
      .map((row) => [...[row["id.orig_h"], row["id.resp_h"]].sort(), row.label].join());
    expect(answer.values.pairs[i]).toBe(new Set(pairs).size);
    expect(answer.values.set[i]).toBe(values("resp_bytes", udp).length);
  }
});

test("a connection counts for both of its hosts, once where they are the same", async () => {
  const answer = await store.aggregate({
    by: { host: { kind: "host", side: "either" }, role: { kind: "role" } },
    measures: {
      n: { kind: "count" },
      sent: { kind: "sum", column: "sent_bytes" },
      received: { kind: "max", column: "received_pkts" },
      peers: { kind: "distinct", of: { kind: "peer" } },
    },
    where: { respPort: [53] },
    order: [{ by: "n", descending: true }],
    limit: 7,
  });
  const ends = rows
    .filter((row) => row["id.resp_p"] === 53)
    .flatMap((row) => {
      const orig = {
        host: row["id.orig_h"],
        role: "orig",
        sent: row.orig_bytes,
        received: row.resp_pkts!,
        peer: row["id.resp_h"],
      };
      const resp = {
        host: row["id.resp_h"],
        role: "resp",
        sent: row.resp_bytes,
        received: row.orig_pkts!,
        peer: row["id.orig_h"],
      };
      return orig.host === resp.host ? [orig] : [orig, resp];
    });
  const groups = Map.groupBy(ends, ({ host, role }) => `${host} ${role}`);
  const sizes = [...groups.values()].map((group) => group.length).sort((a, b) => b - a);
  expect([...answer.values.n]).toEqual(sizes.slice(0, 7));
  expect(answer.groups).toBe(groups.size);
  for (let i = 0; i < answer.rows; i++) {
    const group = groups.get(`${answer.keys.host[i]} ${answer.keys.role[i]}`)!;
    expect(answer.values.n[i]).toBe(group.length);
    const sent = group.reduce((sum, end) => sum + (end.sent ?? 0), 0);
    expect(Math.abs(answer.values.sent[i]! - sent)).toBeLessThanOrEqual(sent * 1e-14);
    expect(answer.values.received[i]).toBe(Math.max(...group.map((end) => end.received)));
    expect(answer.values.peers[i]).toBe(new Set(group.map((end) => end.peer)).size);
  }
});

test("bins hold what their borders say, zeros apart", async () => {
  const answer = await store.aggregate({
    by: { log: { kind: "log-bin", column: "orig_bytes", perDecade: 4 } },
    measures: {
      low: { kind: "min", column: "orig_bytes" },
      high: { kind: "max", column: "orig_bytes" },
      n: { kind: "count" },
    },
  });
  expect(answer.values.n.reduce((a, b) => a + b)).toBe(rows.length);
  const fits = (bin: number, value: number) =>
    bin === -Infinity ? value === 0 : value >= 10 ** (bin / 4) * (1 - 1e-12) && value < 10 ** ((bin + 1) / 4);
  const { low, high } = answer.values;
  const wrong = [...answer.keys.log.entries()].filter(([i, bin]) =>
    Number.isNaN(bin) ? !Number.isNaN(low[i]) : !fits(bin, low[i]!) || !fits(bin, high[i]!),
  );
  expect(wrong).toEqual([]);
  const linear = await store.aggregate({
    by: { bin: { kind: "bin", column: "duration", from: 0, width: 10 } },
    measures: { n: { kind: "count" } },
  });
  for (const [i, bin] of linear.keys.bin.entries())
    expect(linear.values.n[i]).toBe(
      rows.filter(({ duration }) =>
        duration === undefined ? Number.isNaN(bin) : duration >= bin * 10 && duration < bin * 10 + 10,
      ).length,
    );
});

test.each(["Europe/Berlin", "UTC", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu"])(
  "dates, hours, weekdays and bins of the day are those of the clock in %s",
  async (zone) => {
    // These rows cross the end of March, when clocks of Europe go forward, and reach into April, when those of Lord Howe go back.
    const answer = await store.aggregate({
      by: {
        date: { kind: "date", zone },
        hour: { kind: "hour", zone },
        bin: { kind: "time-of-day", minutes: 30, zone },
        weekday: { kind: "weekday", zone },
      },
      measures: { n: { kind: "count" } },
    });
    const wallClock = wallClockOf(zone);
    const clocks = rows.map(({ ts }) => wallClock(ts));
    const expected = new Map<string, number>();
    for (const { date, hour, minute, weekday } of clocks) {
      const name = [date, hour, Math.floor(minute / 30) * 30, weekday].join();
      expected.set(name, (expected.get(name) ?? 0) + 1);
    }
    const { date, hour, bin, weekday } = answer.keys;
    const found = new Map(
      Array.from(answer.values.n, (n, i) => [[date[i], hour[i], bin[i], weekday[i]].join(), n]),
    );
    expect(found).toEqual(expected);
  },
);

test.each([
  ["Europe/Berlin", 30],
  ["Europe/Berlin", 1440],
  ["Australia/Lord_Howe", 60],
  ["America/St_Johns", 1440],
] as const)(
  "bins of local time in %s, %i minutes wide, begin on the clock and cover their rows",
  async (zone, minutes) => {
    const answer = await store.aggregate({
      by: { start: { kind: "time", minutes, zone } },
      measures: {
        n: { kind: "count" },
        first: { kind: "min", column: "ts" },
        last: { kind: "max", column: "ts" },
      },
    });
    expect(answer.values.n.reduce((a, b) => a + b)).toBe(rows.length);
    const { first, last } = answer.values;
    const starts = [...answer.keys.start];
    const before = Float64Array.of(-Infinity, ...last);
    const wrong = starts.filter(
      (start, i) => first[i]! < start || last[i]! - start >= minutes * 60 + 3600 || before[i]! >= start,
    );
    expect(wrong).toEqual([]);
    const wallClock = wallClockOf(zone);
    const astray = starts.filter((start) => wallClock(start).minute % Math.min(minutes, 30) !== 0);
    expect(astray).toEqual([]);
  },
);

test.each(["Europe/Berlin", "America/St_Johns"])("a bin of a day is a date in %s", async (zone) => {
  const answer = await store.aggregate({
    by: { start: { kind: "time", minutes: 1440, zone } },
    measures: { n: { kind: "count" } },
  });
  const wallClock = wallClockOf(zone);
  expect([...answer.keys.start].map((start) => wallClock(start).minute)).toEqual(Array(answer.rows).fill(0));
  const byDate = Map.groupBy(rows, ({ ts }) => wallClock(ts).date);
  const found = Array.from(
    answer.keys.start,
    (start, i) => [wallClock(start).date, answer.values.n[i]] as const,
  );
  expect(new Map(found)).toEqual(new Map([...byDate].map(([date, group]) => [date, group.length])));
});

test("profiles of numbers agree with sorting them", async () => {
  for (const column of ["duration", "orig_bytes", "resp_bytes", "missed_bytes", "id.resp_p", "ts"] as const) {
    const profile = await store.profile({ column });
    const values = rows.flatMap((row) => (row[column] === undefined ? [] : [row[column]]));
    expect(profile.rows).toBe(rows.length);
    expect(profile.unset).toBe(rows.length - values.length);
    expect(profile.zeros).toBe(values.filter((value) => value === 0).length);
    expect(profile.distinct).toBe(new Set(values).size);
    expect(profile.numbers!.min).toBe(Math.min(...values));
    expect(profile.numbers!.max).toBe(Math.max(...values));
    for (const { q, value } of profile.numbers!.quantiles) {
      const expected = quantile(values, q);
      expect(Math.abs(value - expected)).toBeLessThanOrEqual(Math.abs(expected) * 1e-14);
    }
    const counts = [...Map.groupBy(values, (value) => value)].map(([value, same]) => ({
      value,
      rows: same.length,
    }));
    counts.sort((a, b) => b.rows - a.rows || a.value - b.value);
    expect(profile.top).toEqual(counts.slice(0, 10));
  }
});

test("profiles of texts, addresses and flags agree with counting", async () => {
  const service = await store.profile({ column: "service", top: 3 });
  const known = rows.filter((row) => row.service !== undefined);
  expect(service.unset).toBe(rows.length - known.length);
  expect(service.distinct).toBe(7);
  expect(service.numbers).toBeUndefined();
  const counts = [...Map.groupBy(known, (row) => row.service)]
    .map(([, group]) => group.length)
    .sort((a, b) => b - a);
  expect(service.top.map((one) => one.rows)).toEqual(counts.slice(0, 3));
  const address = await store.profile({ column: "id.orig_h" });
  expect(address.distinct).toBe(10);
  expect(new Set(address.top.map(({ value }) => value))).toEqual(
    new Set(rows.map((row) => row["id.orig_h"])),
  );
  const flag = await store.profile({ column: "local_orig" });
  expect(flag.unset).toBe(rows.filter((row) => row.local_orig === undefined).length);
  expect(flag.top.find(({ value }) => value === true)?.rows).toBe(
    rows.filter((row) => row.local_orig === true).length,
  );
});

test("correlations use the rows where both are set, ties sharing their average rank", async () => {
  const columns = [
    "duration",
    "orig_bytes",
    "resp_bytes",
    "orig_pkts",
    "resp_ip_bytes",
    "missed_bytes",
    "ts",
  ] as const;
  for (const method of ["pearson", "spearman"] as const) {
    const { matrix, rows: both, sampled } = await smallStore.correlations({ columns, method });
    expect(sampled).toBe(false);
    columns.forEach((x, i) => {
      columns.forEach((y, j) => {
        const shared = small.filter((row) => row[x] !== undefined && row[y] !== undefined);
        const of = (column: (typeof columns)[number]) => {
          const values = shared.map((row) => row[column]!);
          return method === "pearson" ? values : ranks(values);
        };
        expect(both[i * columns.length + j]).toBe(shared.length);
        const expected = pearson(of(x), of(y));
        const found = matrix[i * columns.length + j]!;
        const near = Number.isNaN(expected) ? Number.isNaN(found) : Math.abs(found - expected) < 1e-9;
        expect(near, `${x} and ${y}: ${found}, not ${expected}`).toBe(true);
      });
    });
  }
});

test("above the most rows, Spearman's coefficient comes from a part of them and says so", async () => {
  const {
    matrix,
    rows: used,
    sampled,
  } = await store.correlations({
    columns: ["ts", "orig_pkts", "id.orig_p"],
    method: "spearman",
    mostRows: 1000,
  });
  expect(sampled).toBe(true);
  expect(used[0]).toBeGreaterThan(700);
  expect(used[0]).toBeLessThan(1300);
  expect(matrix[0]).toBe(1);
});

test("gaps are the stretches between two starts that are longer than asked", async () => {
  const times = rows.map(({ ts }) => ts).sort((a, b) => a - b);
  for (const longerThan of [100, 555.5]) {
    const expected = times
      .slice(1)
      .map((to, i) => ({ from: times[i]!, to }))
      .filter(({ from, to }) => Math.round((to - from) * 1e6) > longerThan * 1e6);
    const found = await store.gaps({ longerThan, limit: 100_000 });
    expect([...found].sort((a, b) => a.from - b.from)).toEqual(expected);
    expect((await store.gaps({ longerThan, limit: 1 }))[0]).toEqual(found[0]);
  }
});

test("pages of rows give every row once, in order, unset values last", async () => {
  const where: Filter = { proto: ["tcp"] };
  for (const order of [{ by: "orig_bytes", descending: true }, { by: "duration" }, { by: "ts" }] as const) {
    const seen: number[] = [];
    const values: (number | null)[] = [];
    for (let cursor: string | undefined; ;) {
      const page = await store.rows({ where, order, limit: 300, cursor });
      seen.push(...page.rows.map(({ row }) => row));
      values.push(...page.rows.map((row) => row[order.by]));
      cursor = page.next;
      if (cursor === undefined) break;
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.length).toBe(rows.filter((row) => row.proto === "tcp").length);
    const down = "descending" in order;
    const key = (value: number | null) => value ?? (down ? -Infinity : Infinity);
    const sorted = [...values].sort((a, b) => (down ? key(b) - key(a) : key(a) - key(b)) || 0);
    expect(values.map(key)).toEqual(sorted.map(key));
  }
});

test("a row comes back as it went in, unset as null", async () => {
  const kept = await filledStore(small, { keepUid: true });
  const page = await kept.rows({ limit: 400, order: { by: "ts" } });
  for (const found of page.rows) {
    const { row, source, p_value, score, flagged, ...columns } = found;
    expect([source, p_value, score, flagged]).toEqual([0, null, null, null]);
    const expected = Object.fromEntries(
      Object.keys(columns).map((name) => [name, small[row]![name as keyof Plain] ?? null]),
    );
    expect(columns).toEqual(expected);
  }
  expect(await kept.count({ uid: ["C1abcdefghijklmnop"] })).toBe(small[1]!.uid === undefined ? 0 : 1);
  await kept.close();
});

test("first contacts are when each was seen first", async () => {
  const since = rows[50]!.ts;
  const found = await store.firstContacts({ of: "pair", since, limit: 1000 });
  const groups = Map.groupBy(rows, (row) => `${row["id.orig_h"]} ${row["id.resp_h"]}`);
  const expected = [...groups].map(([name, group]) => [
    name,
    Math.min(...group.map(({ ts }) => ts)),
    group.length,
  ]);
  expect(new Map(found.map((one) => [`${one.host} ${one.peer}`, [one.ts, one.connections]]))).toEqual(
    new Map(expected.filter(([, ts]) => (ts as number) >= since).map(([name, ...rest]) => [name, rest])),
  );
  expect(await store.firstContacts({ of: "host", limit: 100 })).toHaveLength(10);
  const services = await store.firstContacts({ of: "host-service", limit: 1 });
  const [first] = [...rows].sort((a, b) => a.ts - b.ts);
  expect(services[0]).toMatchObject({
    host: first!["id.orig_h"],
    respPort: first!["id.resp_p"],
    proto: first!.proto,
  });
});

test("a column with too many values to count gets the same profile from the engine", async () => {
  for (const column of ["duration", "orig_bytes", "ts"] as const) {
    const counted = await store.profile({ column });
    const engine = await store.profile({ column, mostCounted: 1 });
    expect({ ...engine, numbers: undefined }).toEqual({ ...counted, numbers: undefined });
    expect([engine.numbers!.min, engine.numbers!.max]).toEqual([counted.numbers!.min, counted.numbers!.max]);
    expect(engine.numbers!.mean).toBeCloseTo(counted.numbers!.mean, 6);
    for (const [i, { value }] of engine.numbers!.quantiles.entries())
      expect(value).toBeCloseTo(counted.numbers!.quantiles[i]!.value, 6);
  }
});
