import { MINUTE } from "../connection.ts";
import { chance, exponential, pick } from "../draw.ts";
import type { Peer } from "../network/peer.ts";
import { probedOpen, refused, unanswered } from "../protocols/tcp-attempts.ts";
import type { Attack, AttackScene } from "./attack.ts";

export interface HostSweepParameters {
  readonly hosts: number;
  readonly hostsPerMinute: number;
}

export const hostSweep: Attack<HostSweepParameters> = {
  summary: "One host tries the same port of many addresses, most of which nobody has.",
  direction: "internal",
  parameters: {
    hosts: { unit: "addresses", summary: "Addresses that are tried, each once." },
    hostsPerMinute: { unit: "1/min", summary: "Addresses tried a minute, on average." },
  },
  levels: {
    faint: { hosts: 20, hostsPerMinute: 0.5 },
    weak: { hosts: 60, hostsPerMinute: 10 },
    medium: { hosts: 254, hostsPerMinute: 120 },
    strong: { hosts: 2000, hostsPerMinute: 3000 },
  },
  rows: ({ hosts }) => hosts,
  plant(scene, { hosts, hostsPerMinute }) {
    const { random, source, path } = scene;
    const toPort = pick(random, [22, 445, 445, 3389, 80] as const);
    const known = new Map(scene.targets.map((target) => [target.address, target]));
    const flows = [];
    let at = scene.start;
    for (const address of addressesAround(scene, hosts)) {
      const target = known.get(address);
      const to: Peer = target ?? scene.peer(address);
      const attempt = { at, from: source, fromPort: scene.ports.next(), to, toPort };
      at += 1 + Math.round(exponential(random, MINUTE / hostsPerMinute));
      if (target === undefined) flows.push(unanswered(attempt, chance(random, 0.8) ? 1 : 2, random));
      else if (scene.isOpen(to, toPort)) flows.push(probedOpen(attempt, path.rttSeconds, random));
      else flows.push(refused(attempt, path.rttSeconds, random));
    }
    return flows;
  },
};

/** All addresses of the targets' networks (/24, or the last group of IPv6), in order, one network after the other. */
function addressesAround(scene: AttackScene, count: number): readonly string[] {
  const networks = new Set(
    scene.targets.map(({ address, v6 }) => address.slice(0, 1 + address.lastIndexOf(v6 ? ":" : "."))),
  );
  const found: string[] = [];
  for (const network of networks) {
    for (let last = 1; last < 255 && found.length < count; last++) {
      const address = network + (network.endsWith(":") ? last.toString(16) : last);
      if (address !== scene.source.address) found.push(address);
    }
  }
  // Networks beside the first, when more are wanted than the targets have.
  const [first] = networks;
  const parts = first?.split(".") ?? [];
  for (let next = 1; parts.length === 4 && found.length < count && next < 255; next++) {
    const network = `${parts[0]}.${parts[1]}.${(Number(parts[2]) + next) % 256}.`;
    if (networks.has(network)) continue;
    for (let last = 1; last < 255 && found.length < count; last++) found.push(network + last);
  }
  return found;
}
