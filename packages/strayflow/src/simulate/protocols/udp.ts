import type { Flow, Micros } from "../connection.ts";
import type { Peer } from "../network/peer.ts";

/** Datagrams between two ports until both fell silent. */
export interface UdpExchange {
  readonly at: Micros;
  readonly from: Peer;
  readonly fromPort: number;
  readonly to: Peer;
  readonly toPort: number;
  readonly service?: string | undefined;
  /** Payload bytes and datagrams of the originator and of the responder. */
  readonly sent: number;
  readonly sentPackets?: number;
  readonly received?: number;
  readonly receivedPackets?: number;
  /** From the first datagram to the last. */
  readonly seconds: number;
}

/** The exchange as Zeek sees it: SF when it was answered, S0 when not. */
export function udp(talk: UdpExchange): Flow {
  const header = talk.from.v6 ? 48 : 28;
  const sentPackets = talk.sentPackets ?? 1;
  const received = talk.received ?? 0;
  const receivedPackets = received === 0 ? 0 : (talk.receivedPackets ?? 1);
  const answered = receivedPackets > 0;
  const one = sentPackets + receivedPackets === 1;
  return {
    startMicros: talk.at,
    durationMicros: one ? undefined : Math.max(1, Math.round(talk.seconds * 1e6)),
    orig_h: talk.from.address,
    orig_p: talk.fromPort,
    resp_h: talk.to.address,
    resp_p: talk.toPort,
    proto: "udp",
    ip_proto: 17,
    service: talk.service,
    orig_bytes: one ? undefined : talk.sent,
    resp_bytes: one ? undefined : received,
    conn_state: answered ? "SF" : "S0",
    local_orig: talk.from.local,
    local_resp: talk.to.local,
    missed_bytes: 0,
    history: answered ? "Dd" : "D",
    orig_pkts: sentPackets,
    orig_ip_bytes: talk.sent + sentPackets * header,
    resp_pkts: receivedPackets,
    resp_ip_bytes: received + receivedPackets * header,
  };
}
