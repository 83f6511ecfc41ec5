import { unreachable } from "../base/errors.ts";
import { permutation, type Random } from "../base/random.ts";
import type { AttackKind } from "../simulate/index.ts";
import type { HostSurvey, SurveyedHost } from "./selftest-hosts.ts";

/** Who does it to whom. */
export interface AttackPlace {
  readonly source: string;
  readonly targets: readonly [string, ...string[]];
}

/** A host that opened fewer connections has no habits yet that it could leave. */
const ORDINARY_LEAST = 20;

/**
 * A place for an attack among the hosts that the traffic has: an ordinary local host as the one that is taken over, real
 * hosts as targets, and for what comes from outside or goes there a neighbour of an address that occurs. `undefined` where
 * the traffic has nobody for it.
 */
export function placeIn(survey: HostSurvey, kind: AttackKind, random: Random): AttackPlace | undefined {
  const local = survey.hosts.filter(({ isLocal }) => isLocal);
  const candidates = local.length > 0 ? local : survey.hosts;
  const v4 = candidates.filter((host) => !isV6(host));
  const insider = ordinaryOf(v4.length > 0 ? v4 : candidates, random);
  if (insider === undefined) return undefined;
  const source = insider.address;
  // Scans and logins are aimed at IPv4 ranges or at the one server; a mixture of both would connect to nobody.
  const others = local.filter((host) => host !== insider && isV6(host) === isV6(insider));
  const stranger = survey.hosts.find(
    (host) => !host.isLocal && host.opened > 0 && isV6(host) === isV6(insider),
  );
  const outside = () => survey.unseenOutside(random, isV6(insider));
  switch (kind) {
    case "port-scan":
      if (others.length > 0) return { source, targets: [serverOf(others).address] };
      return { source: stranger?.address ?? outside(), targets: [source] };
    case "host-sweep": {
      if (others.length > 0) return { source, targets: addressesOf(others) };
      return { source, targets: [outside()] };
    }
    case "ssh-brute-force": {
      const server =
        local.find((host) => host.serves.has(22)) ?? serverOf(others.length > 0 ? others : local);
      if (server === undefined) return undefined;
      if (server !== insider && others.length > 0 && stranger === undefined)
        return { source, targets: [server.address] };
      return { source: outside(), targets: [server.address] };
    }
    case "beacon":
    case "exfiltration":
      return { source, targets: [outside()] };
    case "syn-flood": {
      const server = serverOf(local);
      return server === undefined ? undefined : { source: outside(), targets: [server.address] };
    }
    case "lateral-movement": {
      if (others.length === 0) return undefined;
      const order = Array.from(permutation(others.length, random), (i) => others[i]!);
      return { source, targets: addressesOf(order) };
    }
    case "dns-tunnel": {
      const { resolver } = survey;
      const asks = resolver !== undefined && resolver !== source && resolver.includes(":") === isV6(insider);
      return { source, targets: [asks ? resolver : outside()] };
    }
    default:
      return unreachable(kind);
  }
}

/** One from the middle half of the hosts that open connections at all: neither the busiest nor the quietest. */
function ordinaryOf(hosts: readonly SurveyedHost[], random: Random): SurveyedHost | undefined {
  const active = hosts.filter(({ opened }) => opened >= ORDINARY_LEAST).sort((a, b) => b.opened - a.opened);
  if (active.length === 0) return hosts.find(({ opened }) => opened > 0) ?? hosts[0];
  const from = Math.floor(active.length / 4);
  const to = Math.max(from + 1, Math.ceil((3 * active.length) / 4));
  return active[from + random.integer(to - from)];
}

/** The host that most connections are opened to. */
function serverOf(hosts: readonly SurveyedHost[]): SurveyedHost {
  return hosts.toSorted((a, b) => b.received - a.received)[0]!;
}

function addressesOf(hosts: readonly SurveyedHost[]): readonly [string, ...string[]] {
  const [first, ...rest] = hosts.map(({ address }) => address);
  return [first!, ...rest];
}

function isV6({ address }: SurveyedHost): boolean {
  return address.includes(":");
}
