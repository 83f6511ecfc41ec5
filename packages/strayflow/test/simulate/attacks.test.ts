import * as fc from "fast-check";
import { expect, test } from "vitest";
import { strengthLevels } from "../../src/simulate/attacks/attack.ts";
import { attackKinds, attacks, type AttackKind } from "../../src/simulate/attacks/attacks.ts";
import { plantAttack, strengthParameters } from "../../src/simulate/attacks/plant-attack.ts";
import { endMicros, HOUR, MINUTE, SECOND } from "../../src/simulate/connection.ts";
import { monday } from "./life-of.ts";

const where = { start: monday, source: "10.1.1.1", targets: ["10.1.1.2"] } as const;

test("the same options give the same connections, another seed gives others", () => {
  for (const kind of attackKinds) {
    const options = { ...where, seed: 5, strength: "weak" } as const;
    expect(plantAttack(kind, options)).toEqual(plantAttack(kind, options));
    expect(plantAttack(kind, { ...options, seed: 6 })).not.toEqual(plantAttack(kind, options));
  }
});

test("rows are in the log's order, begin at the start, end in time, and bear the attack's name", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...attackKinds),
      fc.constantFrom("faint", "weak", "medium"),
      fc.integer(),
      fc.integer({ min: 1, max: 300 }),
      (kind, strength, seed, minutes) => {
        const until = monday + minutes * MINUTE;
        const rows = plantAttack(kind, { ...where, seed, strength, until, id: 3 });
        const ends = rows.map(endMicros);
        expect(ends).toEqual([...ends].sort((a, b) => a - b));
        expect(rows.filter((row) => row.startMicros < monday || endMicros(row) > until)).toEqual([]);
        const origin = { kind: "attack", attack: kind, id: 3 };
        expect(rows.map((row) => row.origin)).toEqual(rows.map(() => origin));
        expect(new Set(rows.map((row) => row.uid)).size).toBe(rows.length);
      },
    ),
    { numRuns: 40 },
  );
});

test("each attack makes about as many rows as it says, and each level is at least as loud as the one before", () => {
  const targets = Array.from({ length: 60 }, (_, i) => `10.1.2.${i + 1}`) as [string, ...string[]];
  for (const kind of attackKinds) {
    const made = strengthLevels.map(
      (strength) =>
        plantAttack(kind, {
          ...where,
          targets: kind === "dns-tunnel" ? ["10.1.2.1"] : targets,
          seed: 1,
          strength,
        }).length,
    );
    strengthLevels.forEach((strength, i) => {
      const said = saidRows(kind, strength);
      expect(made[i]).toBeGreaterThan(0.6 * said - 4);
      expect(made[i]).toBeLessThan(1.25 * said + 6);
    });
    // Exfiltration is louder by its bytes, not by its rows.
    const louder = kind === "exfiltration" ? made : [...made].sort((a, b) => a - b);
    expect(made).toEqual(louder);
  }
}, 60_000);

test("every parameter of every level is described", () => {
  for (const kind of attackKinds) {
    for (const strength of strengthLevels) {
      expect(Object.keys(strengthParameters(kind, strength)).sort()).toEqual(
        Object.keys(attacks[kind].parameters).sort(),
      );
    }
  }
});

test("a port scan tries each port once, at about the pace asked for", () => {
  const rows = plantAttack("port-scan", { ...where, seed: 2, strength: { ports: 600, portsPerMinute: 60 } });
  expect(rows).toHaveLength(600);
  expect(new Set(rows.map((row) => row.resp_p)).size).toBe(600);
  const minutes = (rows.at(-1)!.startMicros - monday) / MINUTE;
  expect(minutes).toBeGreaterThan(8);
  expect(minutes).toBeLessThan(12);
  expect(rows.filter((row) => row.conn_state === "REJ" || row.conn_state === "S0").length).toBeGreaterThan(
    500,
  );
});

test("a sweep tries each address once, on one port, and finds the hosts that exist", () => {
  const rows = plantAttack("host-sweep", {
    ...where,
    targets: ["10.1.1.7", "10.1.1.9"],
    seed: 2,
    strength: { hosts: 400, hostsPerMinute: 100 },
  });
  expect(rows).toHaveLength(400);
  expect(new Set(rows.map((row) => row.resp_h)).size).toBe(400);
  expect(new Set(rows.map((row) => row.resp_p)).size).toBe(1);
  expect(
    rows
      .filter((row) => row.resp_pkts > 0)
      .map((row) => row.resp_h)
      .sort(),
  ).toEqual(["10.1.1.7", "10.1.1.9"]);
});

test("a beacon's gaps stay within period and jitter, its sizes hardly differ", () => {
  const rows = plantAttack("beacon", {
    ...where,
    seed: 2,
    strength: { periodSeconds: 120, jitter: 0.1, hours: 10, bytesSent: 400, bytesReceived: 300 },
  });
  const starts = rows.map((row) => row.startMicros).sort((a, b) => a - b);
  for (let i = 1; i < starts.length; i++) {
    const gap = (starts[i]! - starts[i - 1]!) / SECOND;
    expect(gap).toBeGreaterThan(107.9);
    expect(gap).toBeLessThan(132.1);
  }
  expect(starts.at(-1)! - starts[0]!).toBeGreaterThan(9.9 * HOUR);
  const sizes = rows.map((row) => row.orig_bytes ?? 0).sort((a, b) => a - b);
  expect(sizes[Math.floor(rows.length * 0.9)]! / sizes[Math.floor(rows.length * 0.1)]!).toBeLessThan(1.2);
});

test("exfiltration sends the megabytes that were asked for, in good time", () => {
  const rows = plantAttack("exfiltration", {
    ...where,
    targets: ["198.18.9.9"],
    seed: 2,
    strength: { megabytes: 500, connections: 5, hours: 1 },
  });
  const sent = rows.reduce((sum, row) => sum + (row.orig_bytes ?? 0), 0);
  expect(sent / 1e6).toBeGreaterThan(350);
  expect(sent / 1e6).toBeLessThan(700);
  for (const row of rows) expect(row.durationMicros!).toBeGreaterThan(10 * SECOND);
});

test("a flood has as many sources as asked for, and no handshake is completed", () => {
  const rows = plantAttack("syn-flood", {
    ...where,
    source: "198.18.5.5",
    seed: 2,
    strength: { synPerSecond: 100, seconds: 20, sources: 50 },
  });
  expect(new Set(rows.map((row) => row.orig_h)).size).toBe(50);
  for (const row of rows) expect(["S0", "S1"]).toContain(row.conn_state);
  const single = plantAttack("syn-flood", {
    ...where,
    source: "198.18.5.5",
    seed: 2,
    strength: { sources: 1 },
  });
  expect(new Set(single.map((row) => row.orig_h))).toEqual(new Set(["198.18.5.5"]));
});

test("an attack outside of private networks takes the locality that it is told", () => {
  const rows = plantAttack("ssh-brute-force", {
    ...where,
    source: "198.18.5.5",
    targets: ["203.0.113.4"],
    seed: 1,
    strength: "faint",
    isLocal: (address) => address.startsWith("203.0.113."),
  });
  for (const row of rows) expect([row.local_orig, row.local_resp]).toEqual([false, true]);
});

function saidRows<Kind extends AttackKind>(kind: Kind, strength: (typeof strengthLevels)[number]): number {
  const attack = attacks[kind];
  return attack.rows(attack.levels[strength]);
}
