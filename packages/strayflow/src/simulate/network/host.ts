import type { Random } from "../../base/random.ts";
import { lanPath, peer, portSource, wifiPath, type Path, type Peer, type PortSource } from "./peer.ts";
import type { Site } from "./internet.ts";
import { stacks, type StackName } from "./stack.ts";

const roles = [
  "gateway",
  "domain-controller",
  "file-server",
  "mail-server",
  "web-server",
  "backup-server",
  "workstation",
  "laptop",
  "phone",
  "printer",
  "iot",
] as const;
export type Role = (typeof roles)[number];

/** What sets an odd host apart from others of its role; it does so from the first day, so it is normal here. */
export const quirks = [
  "night-owl",
  "always-on",
  "uploader",
  "developer",
  "dead-printer",
  "legacy",
  "streamer",
  "bad-cable",
] as const;
type Quirk = (typeof quirks)[number];

/** A machine of the simulated network. */
export interface Host {
  readonly name: string;
  readonly role: Role;
  readonly quirk: Quirk | undefined;
  readonly v4: Peer;
  readonly v6: Peer | undefined;
  readonly linkLocal: Peer | undefined;
  /** To the others in the building. */
  readonly path: Path;
  readonly ports: PortSource;
  readonly random: Random;
  /** Sites that it visits most; filled when the network is complete. */
  readonly favourites: Site[];
  /** How busy it is against others of its role; 1 is usual. */
  readonly vigour: number;
}

/** Where a host stands in the address plan. */
export interface HostPlace {
  readonly role: Role;
  readonly number: number;
  readonly address: string;
  readonly stack: StackName;
  readonly wireless: boolean;
  /** Third part of its IPv6 network, 2001:db8:20:VLAN::/64; undefined for hosts that only speak IPv4. */
  readonly vlan: number | undefined;
  readonly quirk?: Quirk | undefined;
}

export function makeHost(place: HostPlace, random: Random): Host {
  const stack = stacks[place.stack];
  // EUI-64 form, as devices make it from their hardware address; never a zero group.
  const tail = `${hex(random, 0x0200, 0xfe00)}:${hex(random, 0x10, 0xff)}ff:fe${hex(random, 0x10, 0xff)}:${hex(random, 0x1000, 0xffff)}`;
  const usual = place.wireless ? wifiPath : lanPath;
  return {
    name: `${place.role}-${place.number}`,
    role: place.role,
    quirk: place.quirk,
    v4: peer(place.address, true, stack),
    v6: place.vlan === undefined ? undefined : peer(`2001:db8:20:${place.vlan}:${tail}`, true, stack),
    linkLocal: place.vlan === undefined ? undefined : peer(`fe80::${tail}`, true, stack),
    path: place.quirk === "bad-cable" ? { ...usual, loss: 0.02, down: usual.down / 8 } : usual,
    ports: portSource(stack, random.fork("ports")),
    random,
    favourites: [],
    vigour: Math.min(3, Math.max(0.35, Math.exp(0.45 * random.normal()))),
  };
}

function hex(random: Random, low: number, high: number): string {
  return (low + random.integer(high - low + 1)).toString(16);
}
