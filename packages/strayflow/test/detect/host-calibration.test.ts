import fc from "fast-check";
import { expect, test } from "vitest";
import { ByteReader, ByteWriter } from "../../src/base/bytes.ts";
import { seededRandom } from "../../src/base/random.ts";
import { HostCalibration } from "../../src/detect/host-calibration.ts";
import type { HashKey } from "../../src/features/behavior/fingerprint.ts";
import { makeBatch, type SomeConnection } from "../features/make-batch.ts";

const key: HashKey = [11, 22, 33, 44];
const start = 1_700_000_000;
const HOUR = 3600;
const DAY = 86_400;

/** A connection with the p-value that the network as a whole gives it. */
interface Row extends SomeConnection {
  readonly network: number;
}

/** The p-values of the rows' hosts, the rows given in one batch. */
function specialise(hosts: HostCalibration, rows: readonly Row[], include?: Uint8Array, named?: Uint8Array) {
  const p = Float64Array.from(rows, ({ network }) => network);
  const history = new Uint16Array(rows.length);
  hosts.specialise(makeBatch(rows), p, history, { include, named });
  return { p, history };
}

function saved(hosts: HostCalibration): Uint8Array {
  const out = new ByteWriter();
  hosts.write(out);
  return out.finish();
}

function restored(bytes: Uint8Array, options?: { onlyNatives: boolean }): HostCalibration {
  const hosts = new HostCalibration(key, options);
  const input = new ByteReader(bytes, "the test");
  hosts.read(input);
  input.end();
  return hosts;
}

const ours = "10.0.0.5";
const stranger = "203.0.113.9";

/** Ordinary days of one host, a connection every few minutes; `from` is in days. */
function ordinary(host: string, from: number, days: number, peers = 3): Row[] {
  const random = seededRandom(`${host} ${from}`);
  const rows: Row[] = [];
  for (let time = 0; time < days * DAY; time += 100 + random.integer(400)) {
    const to = `198.51.100.${1 + random.integer(peers)}`;
    rows.push({
      ts: start + from * DAY + time,
      "id.orig_h": host,
      "id.resp_h": to,
      network: 1 - random.uniform(),
    });
  }
  return rows;
}

/** Many connections in a row that the network finds rare. */
function burst(host: string, at: number, count: number, seconds: number, network: number): Row[] {
  return Array.from({ length: count }, (_, i) => ({
    ts: at + (i * seconds) / count,
    "id.orig_h": host,
    "id.resp_h": "198.51.100.99",
    "id.resp_p": i % 65_536,
    network,
  }));
}

const anyRow = fc.record({
  ts: fc.integer({ min: start, max: start + 3 * DAY }),
  duration: fc.constantFrom(0, 1, 4000),
  "id.orig_h": fc.constantFrom(ours, "10.0.0.6", "fe80::1", "2001:db8::7", stranger, "203.0.113.10"),
  "id.resp_h": fc.integer({ min: 1, max: 40 }).map((n) => `198.51.100.${n}`),
  local_orig: fc.boolean(),
  network: fc.double({ min: 1e-9, max: 1, noNaN: true }),
});
/** Enough rows that hosts come to have a history. */
const stream = fc.array(anyRow, { minLength: 1, maxLength: 400, size: "max" });

test("no host makes a connection rarer than the network finds it, and no p-value exceeds 1", () => {
  fc.assert(
    fc.property(stream, fc.boolean(), (rows, onlyNatives) => {
      const { p } = specialise(new HostCalibration(key, { onlyNatives }), rows);
      rows.forEach(({ network }, row) => expect(p[row]! >= network && p[row]! <= 1).toBe(true));
    }),
    { numRuns: 40 },
  );
});

test("where the stream is cut, and whether the memory was written and read there, does not matter", () => {
  fc.assert(
    fc.property(stream, fc.boolean(), fc.nat(), fc.nat(), (rows, onlyNatives, a, b) => {
      const options = { onlyNatives };
      const [from, to] = [a % (rows.length + 1), b % (rows.length + 1)].toSorted((x, y) => x - y) as [
        number,
        number,
      ];
      const whole = new HostCalibration(key, options);
      const expected = [specialise(whole, rows.slice(0, from))];
      whole.settle();
      expected.push(specialise(whole, rows.slice(from)));

      const first = new HostCalibration(key, options);
      const found = [specialise(first, rows.slice(0, from))];
      first.settle();
      const second = restored(saved(first), options);
      found.push(specialise(second, rows.slice(from, to)));
      const third = restored(saved(second), options);
      found.push(specialise(third, rows.slice(to)));
      for (const part of ["p", "history"] as const) {
        expect(found.flatMap((one) => [...one[part]])).toEqual(expected.flatMap((one) => [...one[part]]));
      }
      expect(saved(third)).toEqual(saved(whole));
    }),
    { numRuns: 40 },
  );
});

test("rows that are passed over leave no trace", () => {
  fc.assert(
    fc.property(stream, fc.infiniteStream(fc.boolean()), (rows, choose) => {
      const kept = rows.map(() => choose.next().value === true);
      const some = new HostCalibration(key);
      const { p } = specialise(some, rows, Uint8Array.from(kept, Number));
      const only = new HostCalibration(key);
      const { p: expected } = specialise(
        only,
        rows.filter((_, row) => kept[row]),
      );
      expect([...p].filter((_, row) => kept[row])).toEqual([...expected]);
      expect([...p].filter((_, row) => !kept[row])).toEqual(
        rows.filter((_, row) => !kept[row]).map(({ network }) => network),
      );
      expect(saved(some)).toEqual(saved(only));
    }),
    { numRuns: 40 },
  );
});

test("a connection that the network finds rare, but this host makes every few, is excused once it has shown so", () => {
  const rows = ordinary(ours, 0, 20).map((row, i) => (i % 5 === 0 ? { ...row, network: 1e-5 } : row));
  const { p } = specialise(new HostCalibration(key), rows);
  const habit = [...p].filter((_, row) => row % 5 === 0);
  expect(Math.min(...habit)).toBeGreaterThan(0.01);
  expect(Math.min(...habit.slice(50, 100))).toBeGreaterThan(0.05);
  // The same connection from its neighbour, who never does it, is as rare as the network says.
  const neighbour = new HostCalibration(key);
  specialise(neighbour, rows);
  specialise(neighbour, ordinary("10.0.0.6", 20, 4));
  const { p: once } = specialise(neighbour, burst("10.0.0.6", start + 24 * DAY, 1, 1, 1e-5));
  expect(once[0]).toBe(1e-5);
});

test("what is rarer than the host's habits is not excused by them", () => {
  const hosts = new HostCalibration(key);
  specialise(
    hosts,
    ordinary(ours, 0, 4).map((row, i) => (i % 5 === 0 ? { ...row, network: 1e-3 } : row)),
  );
  const { p } = specialise(hosts, burst(ours, start + 4 * DAY, 1, 1, 1e-6));
  expect(p[0]).toBe(1e-6);
});

test("an attack of 10,000 rows in an hour from a known host does not teach it that this is normal", () => {
  for (const days of [2, 10]) {
    const hosts = new HostCalibration(key);
    specialise(hosts, ordinary(ours, 0, days));
    const { p, history } = specialise(hosts, burst(ours, start + days * DAY + 60, 10_000, HOUR, 1e-5));
    expect(history[0]).toBeGreaterThan(400);
    // As rare at first as on the network, and to the end rarer than one connection in a hundred.
    expect(p[0]).toBe(1e-5);
    expect(Math.max(...p)).toBeLessThan(0.01);
    // Sending more teaches no more than sending what the hour has room for.
    const fewer = new HostCalibration(key);
    specialise(fewer, ordinary(ours, 0, days));
    const { p: patient } = specialise(fewer, burst(ours, start + days * DAY + 60, 100, HOUR, 1e-5));
    expect(Math.max(...p)).toBeLessThanOrEqual(Math.max(...patient));
  }
});

test("a whole day of attack from a known host leaves it rare", () => {
  const hosts = new HostCalibration(key);
  specialise(hosts, ordinary(ours, 0, 10));
  const { p } = specialise(hosts, burst(ours, start + 10 * DAY, 20_000, DAY, 1e-5));
  expect(Math.max(...p)).toBeLessThan(0.02);
});

function settled(...training: readonly (readonly Row[])[]): HostCalibration {
  const hosts = new HostCalibration(key);
  for (const rows of training) specialise(hosts, rows);
  hosts.settle();
  return hosts;
}

test("a stranger is judged by what is normal on the network, however often it comes", () => {
  const rows = burst(stranger, start, 3000, 5 * DAY, 1e-4);
  const { p } = specialise(settled(), rows);
  expect(new Set(p)).toEqual(new Set([1e-4]));
});

/** Strangers that come once each; the network finds one in `every` rare. */
function knocks(from: number, count: number, proto: string, every: number): Row[] {
  return Array.from({ length: count }, (_, i) => ({
    ts: start + from * DAY + i * 60,
    "id.orig_h": `203.0.${100 + (i >> 8)}.${i & 255}`,
    "id.resp_h": "198.51.100.1",
    proto,
    network: i % every === 0 ? 0.005 : 0.5,
  }));
}

test("strangers of a transport that is always somewhat rare are excused as far as they were so in training", () => {
  // One connection in a hundred was a ping, and one ping in four rare: rare on the network as well.
  const hosts = settled(knocks(0, 3000, "tcp", 1000), knocks(3, 60, "icmp", 4));
  const pings = specialise(hosts, knocks(4, 400, "icmp", 4)).p;
  expect(Math.min(...pings)).toBeGreaterThan(0.05);
  // Others are as rare as before; so is a ping that is rarer than those.
  expect(Math.min(...specialise(hosts, knocks(5, 400, "tcp", 4)).p)).toBe(0.005);
  expect(Math.min(...specialise(hosts, knocks(5, 400, "udp", 4)).p)).toBe(0.005);
  const rarer = knocks(6, 1, "icmp", 1).map((row) => ({ ...row, network: 1e-5 }));
  expect(specialise(hosts, rarer).p[0]).toBe(1e-5);
});

test("strangers teach nothing once training has ended, and in training no single one teaches much", () => {
  const tcp = (row: Row): Row => ({ ...row, proto: "tcp" });
  const attack = burst(stranger, start + 4 * DAY, 10_000, HOUR, 1e-5).map(tcp);
  const hosts = settled(knocks(0, 2000, "tcp", 1000));
  expect(new Set(specialise(hosts, attack).p)).toEqual(new Set([1e-5]));
  const contaminated = settled(knocks(0, 2000, "tcp", 1000), attack);
  const later = burst("203.0.113.77", start + 5 * DAY, 1, 1, 1e-5).map(tcp);
  expect(specialise(contaminated, later).p[0]).toBeLessThan(0.05);
});

test("a public address is one of ours when the log says so, or when it has called many others", () => {
  const said = burst(stranger, start, 400, 5 * DAY, 1e-4).map((row) => ({ ...row, local_orig: true }));
  expect(specialise(new HostCalibration(key), said).p.at(-1)).toBeGreaterThan(0.1);
  const calls = burst(stranger, start, 400, 5 * DAY, 1e-4).map((row, i) => ({
    ...row,
    "id.resp_h": `192.0.2.${i % 30}`,
  }));
  const { p } = specialise(settled(), calls);
  expect(new Set(p.subarray(0, 15))).toEqual(new Set([1e-4]));
  expect(p.at(-1)).toBeGreaterThan(0.1);
});

test("a host of ours without history is judged with care: its first connections are not rare, whatever they are", () => {
  const { p, history } = specialise(new HostCalibration(key), burst(ours, start, 400, 5 * DAY, 1e-6));
  expect([...history.subarray(0, 50)]).toEqual(Array.from({ length: 50 }, (_, i) => i));
  expect(p[0]).toBe(1);
  expect(Math.min(...p.subarray(0, 50))).toBeGreaterThan(0.019);
});

test("a new host of which a named detector speaks is not spared, nor taught by what it does then, but is spared again later", () => {
  const scan = burst(ours, start, 300, 1500, 1e-4);
  // A detector speaks of some of them only.
  const named = Uint8Array.from(scan, (_, i) => (i % 5 === 0 ? 1 : 0));
  const hosts = new HostCalibration(key);
  hosts.settle();
  expect([...specialise(hosts, scan, undefined, named).p].every((p) => p === 1e-4)).toBe(true);
  const later = { ...scan[0]!, ts: start + DAY };
  expect(specialise(hosts, [later]).p[0]).toBeGreaterThan(0.01);
  expect([...specialise(new HostCalibration(key), scan).p].every((p) => p > 1e-3)).toBe(true);
});

test("a habit that ended is forgotten", () => {
  const hosts = new HostCalibration(key);
  specialise(
    hosts,
    ordinary(ours, 0, 4).map((row, i) => (i % 5 === 0 ? { ...row, network: 1e-5 } : row)),
  );
  const atOnce = specialise(restored(saved(hosts)), burst(ours, start + 4 * DAY, 1, 1, 1e-5)).p[0]!;
  specialise(hosts, ordinary(ours, 4, 40));
  const later = specialise(hosts, burst(ours, start + 44 * DAY, 1, 1, 1e-5)).p[0]!;
  expect(atOnce).toBeGreaterThan(0.04);
  expect(later).toBeLessThan(1e-4);
});

test("where only hosts that training knew are heard, others are silent once it has ended", () => {
  const hosts = new HostCalibration(key, { onlyNatives: true });
  const newcomer = "10.0.0.77";
  const before = specialise(hosts, [
    ...ordinary(ours, 0, 2),
    ...burst(newcomer, start + 2 * DAY, 20, HOUR, 1e-4),
  ]);
  expect(Math.min(...before.p)).toBeLessThan(0.5);
  hosts.settle();
  for (const memory of [hosts, restored(saved(hosts), { onlyNatives: true })]) {
    // Known but barely, not known at all, and not known but with a long history since.
    for (const host of [newcomer, "10.0.0.78", stranger]) {
      const { p } = specialise(memory, burst(host, start + 3 * DAY, 300, DAY, 1e-6));
      expect(new Set(p)).toEqual(new Set([1]));
    }
    expect(specialise(memory, burst(ours, start + 4 * DAY, 1, 1, 1e-6)).p[0]).toBe(1e-6);
  }
  const open = new HostCalibration(key);
  open.settle();
  expect(specialise(open, burst(stranger, start, 1, 1, 1e-6)).p[0]).toBe(1e-6);
});

test("a million spoofed originators take bounded memory, and a host that goes on working keeps its history", () => {
  const hosts = new HostCalibration(key);
  specialise(hosts, ordinary(ours, 0, 4));
  const rows = 8192;
  const flood = makeBatch(
    Array.from({ length: rows }, (_, i) => ({
      ts: start + 4 * DAY + i / 10,
      "id.orig_h": "198.18.0.0",
      local_orig: true,
    })),
  );
  const mine = makeBatch([{ ts: start + 4 * DAY + 1, "id.orig_h": ours }]);
  const p = new Float64Array(rows);
  const history = new Uint16Array(rows);
  let largest = 0;
  for (let spoofed = 0; spoofed < 1_000_000; spoofed += rows) {
    for (let row = 0; row < rows; row++) flood.orig_h[4 * row + 3] = 0x40_00_00_00 + spoofed + row;
    hosts.specialise(flood, p.fill(0.5), history);
    // Nobody inherits the history of the one whose place it takes.
    for (const known of history) if (known !== 0) throw new Error("a newcomer has a history");
    hosts.specialise(mine, p.fill(0.5), history);
    expect(history[0]).toBeGreaterThan(400);
    if (spoofed % (40 * rows) === 0) largest = Math.max(largest, saved(hosts).length);
  }
  expect(Math.max(largest, saved(hosts).length)).toBeLessThan(6_000_000);
});

test("a damaged memory is refused", () => {
  const hosts = new HostCalibration(key);
  specialise(hosts, ordinary(ours, 0, 1));
  const bytes = saved(hosts);
  for (const cut of [0, 3, 10, 60, bytes.length - 400, bytes.length - 1]) {
    expect(() => restored(bytes.subarray(0, cut))).toThrow(
      expect.objectContaining({ kind: "model-damaged" }),
    );
  }
});
