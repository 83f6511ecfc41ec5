import type { Random } from "../../base/random.ts";
import { chance, logNormal, pick, popular, size } from "../draw.ts";
import { internetPath, peer, type Path, type Peer } from "./peer.ts";
import { stacks } from "./stack.ts";

/** A service on the internet that people and programs use. */
export interface Site {
  readonly addresses: readonly Peer[];
  readonly addresses6: readonly Peer[];
  readonly path: Path;
  /** Offers HTTP/3. */
  readonly quic: boolean;
  /** Share of its connections that still use plain HTTP. */
  readonly plain: number;
  /** Typical answer in bytes. */
  readonly answer: number;
  /** Length of its name. */
  readonly name: number;
}

/** The invented world outside. */
export interface Internet {
  /** The most visited first. */
  readonly sites: readonly Site[];
  readonly resolvers: readonly Peer[];
  readonly timeServers: readonly Peer[];
  readonly mailServers: readonly Peer[];
}

/**
 * Sites, resolvers, time and mail servers, all in ranges that nobody owns: benchmarking (198.18.0.0/15, RFC 2544) and
 * documentation (192.0.2.0/24, 198.51.100.0/24, 2001:db8::/32).
 */
export function inventInternet(random: Random, sites: number): Internet {
  return {
    // The great ones are modern; of the small ones, fewer.
    sites: Array.from({ length: sites }, (_, rank) => inventSite(random, rank < 40 ? 0.8 : 0.4)),
    resolvers: ["192.0.2.53", "192.0.2.54"].map((address) => peer(address, false, stacks.linux)),
    timeServers: Array.from({ length: 8 }, () => outsider(random)),
    mailServers: Array.from({ length: 40 }, () => outsider(random)),
  };
}

/** A site; with probability `modernShare` one that speaks IPv6 and perhaps HTTP/3. */
export function inventSite(random: Random, modernShare = 0.4): Site {
  const modern = chance(random, modernShare);
  return {
    addresses: Array.from({ length: 1 + random.integer(modern ? 4 : 2) }, () => outsider(random)),
    addresses6: modern ? Array.from({ length: 1 + random.integer(2) }, () => outsider6(random)) : [],
    path: internetPath(
      Math.min(0.32, logNormal(random, modern ? 0.014 : 0.04, 0.7)),
      chance(random, 0.04) ? 0.01 : 0.0004,
    ),
    quic: modern && chance(random, 0.7),
    plain: chance(random, 0.1) ? 0.9 : chance(random, 0.1) ? 0.1 : 0,
    answer: size(random, 9000, 1, 600, 400_000),
    name: 9 + random.integer(26),
  };
}

/** The site that the next visit goes to: popular ones often, a brand new one seldom. */
export function someSite(internet: Internet, random: Random): Site {
  return chance(random, 0.012) ? inventSite(random) : internet.sites[popular(random, internet.sites.length)]!;
}

/** Some host out there with an IPv4 address. */
export function outsider(random: Random, stack = stacks.linux): Peer {
  return peer(outsideAddress(random), false, stack);
}

/** The address of one: mostly from the large range, so that no role can be told by its range. */
export function outsideAddress(random: Random): string {
  if (chance(random, 0.03)) {
    return `${pick(random, ["192.0.2", "198.51.100"] as const)}.${60 + random.integer(190)}`;
  }
  return `198.${18 + random.integer(2)}.${random.integer(256)}.${1 + random.integer(254)}`;
}

function outsider6(random: Random): Peer {
  const group = () => random.integer(65536).toString(16);
  const network = (0x4000 + random.integer(0x8000)).toString(16);
  const address = chance(random, 0.5)
    ? `2001:db8:${network}::${(1 + random.integer(65535)).toString(16)}`
    : `2001:db8:${network}:${(1 + random.integer(255)).toString(16)}:${nonZero(group())}:${nonZero(group())}:${nonZero(group())}:${nonZero(group())}`;
  return peer(address, false, stacks.linux);
}

/** Zeek writes addresses in their shortest form; without zero groups there is only one way to write them. */
function nonZero(group: string): string {
  return group === "0" ? "1" : group;
}
