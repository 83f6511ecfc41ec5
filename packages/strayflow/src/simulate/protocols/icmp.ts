import type { Random } from "../../base/random.ts";
import type { Flow, Micros } from "../connection.ts";
import { logNormal } from "../draw.ts";
import { groups, type Path, type Peer } from "../network/peer.ts";

/** `count` echo requests, one a second, of which the first `answered` came back. Ports are ICMP's type and code. */
export function ping(
  at: Micros,
  from: Peer,
  to: Peer,
  path: Path,
  count: number,
  answered: number,
  random: Random,
): Flow {
  const bytes = from.stack.pingBytes;
  const seconds = (count - 1) * (1 + 0.002 * random.uniform()) + logNormal(random, path.rttSeconds, 0.2);
  return icmp(at, from, to, from.v6 ? 128 : 8, from.v6 ? 129 : 0, count, answered, bytes, seconds);
}

/** A host says which multicast groups it listens to (MLDv2), or asks for routers. */
export function ipv6Housekeeping(at: Micros, from: Peer, random: Random): Flow {
  if (random.uniform() < 0.7) {
    const packets = 1 + random.integer(4);
    return icmp(at, from, groups.listeners6, 143, 0, packets, 0, 20, packets * 0.7 + random.uniform());
  }
  return icmp(at, from, groups.routers6, 133, 134, 1, 0, 8, 0);
}

/** "Port unreachable", quoting the head of the datagram that met no one. */
export function portUnreachable(at: Micros, from: Peer, to: Peer, quoted: number): Flow {
  return icmp(at, from, to, from.v6 ? 1 : 3, from.v6 ? 4 : 3, 1, 0, quoted, 0);
}

function icmp(
  at: Micros,
  from: Peer,
  to: Peer,
  type: number,
  code: number,
  count: number,
  answered: number,
  payload: number,
  seconds: number,
): Flow {
  const header = from.v6 ? 48 : 28;
  const one = count + answered === 1;
  return {
    startMicros: at,
    durationMicros: one ? undefined : Math.max(1, Math.round(seconds * 1e6)),
    orig_h: from.address,
    orig_p: type,
    resp_h: to.address,
    resp_p: code,
    proto: "icmp",
    ip_proto: from.v6 ? 58 : 1,
    service: undefined,
    orig_bytes: one ? undefined : count * payload,
    resp_bytes: one ? undefined : answered * payload,
    conn_state: "OTH",
    local_orig: from.local,
    local_resp: to.local,
    missed_bytes: 0,
    history: undefined,
    orig_pkts: count,
    orig_ip_bytes: count * (payload + header),
    resp_pkts: answered,
    resp_ip_bytes: answered * (payload + header),
  };
}
