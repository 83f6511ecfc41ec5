import * as fc from "fast-check";
import { BlockList, isIPv6 } from "node:net";
import { expect, test } from "vitest";
import { attackKinds } from "../../src/simulate/attacks/attacks.ts";
import { plantAttack } from "../../src/simulate/attacks/plant-attack.ts";
import { strengthLevels } from "../../src/simulate/attacks/attack.ts";
import type { Flow } from "../../src/simulate/connection.ts";
import { faultsOf } from "./faults-of.ts";
import { lifeOf, monday } from "./life-of.ts";

test("every row of ordinary life is one that Zeek could have written", () => {
  fc.assert(
    fc.property(
      fc.integer(),
      fc.integer({ min: 10, max: 60 }),
      fc.integer({ min: 0, max: 6 }),
      fc.integer({ min: 0, max: 23 }),
      (seed, hosts, day, hour) => {
        const { flows } = lifeOf({ seed, hosts, day, hour, hours: 3 });
        expect(dishonest(flows)).toEqual([]);
      },
    ),
    { numRuns: 25 },
  );
});

test("every row of every attack is one that Zeek could have written", () => {
  for (const kind of attackKinds) {
    for (const strength of strengthLevels) {
      for (const seed of [1, 2]) {
        const inbound = kind === "ssh-brute-force" || kind === "syn-flood";
        const outbound = kind === "beacon" || kind === "exfiltration";
        const rows = plantAttack(kind, {
          seed,
          strength,
          start: monday,
          isLocal,
          source: inbound ? "198.18.3.4" : "10.20.16.20",
          targets: outbound ? ["198.19.7.7"] : ["10.20.0.20", "10.20.16.21", "10.20.16.22"],
        });
        expect(dishonest(rows)).toEqual([]);
      }
    }
  }
}, 120_000);

test("no address belongs to anyone: private, documentation, benchmarking, multicast or link-local", () => {
  const free = new BlockList();
  for (const [address, bits] of [
    ["10.0.0.0", 8],
    ["192.168.0.0", 16],
    ["192.0.2.0", 24],
    ["198.51.100.0", 24],
    ["203.0.113.0", 24],
    ["198.18.0.0", 15],
    ["224.0.0.0", 4],
    ["255.255.255.255", 32],
    ["0.0.0.0", 32],
  ] as const) {
    free.addSubnet(address, bits, "ipv4");
  }
  for (const [address, bits] of [
    ["2001:db8::", 32],
    ["fe80::", 10],
    ["ff00::", 8],
  ] as const)
    free.addSubnet(address, bits, "ipv6");
  const { flows } = lifeOf({ seed: 4, hosts: 60, day: 1, hour: 9, hours: 4 });
  for (const address of new Set(flows.flatMap((flow) => [flow.orig_h, flow.resp_h]))) {
    const family = isIPv6(address) ? "ipv6" : "ipv4";
    expect({ address, free: free.check(address, family) }).toEqual({ address, free: true });
  }
});

test("a working day has all the protocols of an office, and nights are calm", () => {
  const noon = lifeOf({ seed: 2, hosts: 40, day: 1, hour: 9, hours: 3 }).flows;
  const night = lifeOf({ seed: 2, hosts: 40, day: 1, hour: 1, hours: 3 }).flows;
  const sunday = lifeOf({ seed: 2, hosts: 40, day: 6, hour: 9, hours: 3 }).flows;
  expect(noon.length).toBeGreaterThan(3 * night.length);
  expect(noon.length).toBeGreaterThan(2 * sunday.length);
  const seen = new Set(noon.flatMap((flow) => flow.service?.split(",") ?? []));
  for (const service of [
    "dns",
    "http",
    "ssl",
    "quic",
    "smtp",
    "smb",
    "krb_tcp",
    "ldap_tcp",
    "ldap_udp",
    "ntp",
    "dhcp",
    "ssh",
    "snmp",
    "syslog",
    "dce_rpc",
  ]) {
    expect(seen).toContain(service);
  }
  const states = new Set(noon.map((flow) => flow.conn_state));
  for (const state of ["SF", "S0", "REJ", "RSTO", "RSTR", "OTH"] as const) expect(states).toContain(state);
  expect(noon.some((flow) => flow.proto === "icmp" && flow.ip_proto === 58)).toBe(true);
  expect(noon.some((flow) => flow.resp_h === "224.0.0.251")).toBe(true);
  expect(noon.some((flow) => flow.orig_h.startsWith("2001:db8:20:"))).toBe(true);
});

test("hosts differ: the busiest tenth of people makes a multiple of the calmest tenth's connections", () => {
  const { network, flows } = lifeOf({ seed: 9, hosts: 100, day: 2, hour: 8, hours: 9 });
  const counts = new Map<string, number>();
  for (const flow of flows) counts.set(flow.orig_h, (counts.get(flow.orig_h) ?? 0) + 1);
  const sorted = network.clients.map((host) => counts.get(host.v4.address) ?? 0).sort((a, b) => a - b);
  expect(sorted.at(-7)!).toBeGreaterThan(3 * sorted[6]!);
});

/** The first few rows that have a fault, with what it is. */
function dishonest(flows: readonly Flow[]): object[] {
  const found: object[] = [];
  for (const flow of flows) {
    const faults = faultsOf(flow);
    if (faults.length > 0 && found.length < 3) found.push({ faults, ...flow });
  }
  return found;
}

function isLocal(address: string): boolean {
  return address.startsWith("10.20.");
}
